// Promises about what a device keeps: bounded, flat over days, flash written as it may be, no secret told.

import { MAX_QUEUED_COMMANDS, MAX_WAITERS } from "../../../firmware/modem/at/channel.js";
import { SEND_BUFFER } from "../../../firmware/mqtt/send-buffer.js";
import { SPAN } from "../../../firmware/store/checkpoint.js";
import { RECORD_LIMIT } from "../../../firmware/store/credentials.js";
import type { Evidence } from "../evidence.js";
import type { Breach, Verdict } from "./verdict.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Limits by the end of a container's path; the first that fits holds. */
const LIMITS: readonly (readonly [ending: RegExp, limit: number])[] = [
  [/\.channel\.#queue$/, MAX_QUEUED_COMMANDS],
  [/\.channel\.#waiters$/, MAX_WAITERS],
  [/\.#at\.done$/, SPAN],
  [/\.#notes$/, SPAN],
  [/\.#buffer\.#bytes bytes$/, SEND_BUFFER],
  [/^keyValue\.#values\[\] bytes$/, RECORD_LIMIT],
  [/ bytes$/, 2_048],
  // For whatever has no row of its own.
  [/$/, 64],
];
/** On so many days it has grown: a cache that is filled late, or a list that is longer for once, is none that grows. */
const GROWN_DAYS = 3;

export const BOUNDED: Verdict = {
  name: "bounded",
  promise: "No queue, table or buffer is ever above its limit.",
  seen: ({ measured }) => measured.length,
  check: ({ measured }) =>
    measured.flatMap(({ at, sizes }) =>
      Object.entries(sizes).flatMap(([path, size]) => {
        const limit = LIMITS.find(([ending]) => ending.test(path))![1];
        return size <= limit ? [] : [{ at, what: `${path} holds ${size}, its limit is ${limit}` }];
      }),
    ),
};

export const INVARIANTS: Verdict = {
  name: "invariants",
  promise: "What must hold inside outbox, MQTT session and AT channel holds at each of their steps.",
  seen: ({ checks }) => checks,
  check: ({ broken }) => [...broken],
};

export const FLAT: Verdict = {
  name: "flat",
  promise: "Over days, what queues and tables hold when all is quiet does not grow.",
  fromHours: (GROWN_DAYS + 1) * 24,
  seen: ({ measured }) => measured.length,
  check: (evidence) => {
    const days = restingByDay(evidence);
    const last = days.at(-1);
    if (last === undefined) return [];
    const breaches: Breach[] = [];
    for (const [path, size] of last) {
      const steps = days.slice(1).map((day, i) => (day.get(path) ?? 0) - (days[i]!.get(path) ?? 0));
      const grew = steps.every((step) => step >= 0) && steps.at(-1)! > 0;
      if (grew && steps.filter((step) => step > 0).length >= GROWN_DAYS)
        breaches.push({ at: days.length * DAY, what: `${path} grew from day to day, to ${size}` });
    }
    return breaches;
  },
};

/** The least that each container held on each day; one that was not there held nothing. */
function restingByDay({ measured }: Evidence): Map<string, number>[] {
  const days: { resting: Map<string, number>; looks: number; seen: Map<string, number> }[] = [];
  for (const { at, sizes } of measured) {
    const number = Math.floor((at - 1) / DAY);
    const day = days[number] ?? { resting: new Map<string, number>(), looks: 0, seen: new Map<string, number>() };
    days[number] = day;
    day.looks++;
    for (const [path, size] of Object.entries(sizes)) {
      day.resting.set(path, Math.min(size, day.resting.get(path) ?? size));
      day.seen.set(path, (day.seen.get(path) ?? 0) + 1);
    }
  }
  // A day without a measurement leaves a hole, which filter takes out.
  return days
    .filter(() => true)
    .map(
      ({ resting, looks, seen }) =>
        new Map([...resting].map(([path, size]) => [path, seen.get(path) === looks ? size : 0] as const)),
    );
}

export const FLASH_CLEAN: Verdict = {
  name: "flash-clean",
  promise: "Flash is written only where it is erased, as flash encryption demands.",
  seen: ({ records }) => records.size,
  check: ({ end, trial }) =>
    end.overwrites === 0 ? [] : [{ at: trial.hours * HOUR, what: `${end.overwrites} bytes were written twice` }],
};

export const SECRETS_KEPT: Verdict = {
  name: "secrets-kept",
  promise: "No token, no PIN and no place is in a line of the log.",
  seen: ({ onboardings }) => onboardings.length,
  check: ({ leaks }) => leaks.map(({ at, event, secret }) => ({ at, what: `a ${secret} is in the line "${event}"` })),
};
