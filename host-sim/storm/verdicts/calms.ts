// The promise of a way back, judged in each calm of a run: the time in which no fault lasts and none begins.

import { restsBetween } from "../../../firmware/settings/rules.js";
import type { Evidence } from "../evidence.js";
import { overAt } from "../lives.js";
import { announced, isShort } from "./recovery.js";
import type { Verdict } from "./verdict.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** From the end of a fault to the next acknowledgement. */
const BACK_WITHIN = 10 * MINUTE;

export const RECOVERS: Verdict = {
  name: "recovers",
  promise:
    "Wherever no fault lasts, a record is acknowledged within ten minutes of the last one's end, or of the first start.",
  seen: (evidence) => calmsOf(evidence).length,
  check: (evidence) =>
    calmsOf(evidence).flatMap(({ from, until }) => {
      const back = evidence.proofs.find((at) => at >= from);
      if (back !== undefined && back <= until) return [];
      const what =
        back === undefined ? "was never back" : `was back only after ${((back - from) / MINUTE).toFixed(1)} min`;
      return [{ at: until, what: `the device ${what}` }];
    }),
};

/** A device waits up to a quarter longer than it was asked to, so that a fleet does not come back in step. */
const DRAWN_OUT = 1.25;

/** A calm that is long enough to be judged. */
interface Calm {
  /** The last fault before it has ended, and what a service asked to wait is over. */
  from: number;
  /** By then a record must have been acknowledged. */
  until: number;
}

function calmsOf(evidence: Evidence): Calm[] {
  const { trial } = evidence;
  // The wait for what a server said may begin later, and is drawn out.
  const heard = evidence.askedWaits.map(({ at, ms }) => ({ at, ms: ms * DRAWN_OUT }));
  const asked = [...announced(evidence).filter(({ isAsked }) => isAsked), ...heard];
  const within = neededBy(evidence);
  const end = trial.hours * 60 * MINUTE;
  const calms: Calm[] = [];
  let over = 0;
  for (const trouble of [...troublesOf(evidence), { from: end, until: end }]) {
    // It may have been asked to wait before that, and waits.
    const from = asked.reduce((latest, { at, ms }) => (at <= over ? Math.max(latest, at + ms) : latest), over);
    const until = from + within;
    // Near the end of its day's volume its records are rare, and behind that there are none.
    if (until <= trouble.from && !isShort(evidence, from, until)) calms.push({ from, until });
    over = Math.max(over, trouble.until);
  }
  return calms;
}

/** What keeps a device off that is none of its doing, in the order of its beginning: faults, and images that are not well. */
function troublesOf({ trial, boots, updates }: Evidence): { from: number; until: number }[] {
  const acts = new Map(
    trial.setup.updates?.releases.flatMap(({ seq, act, wrong }) => (wrong === undefined ? [[seq, act] as const] : [])),
  );
  const faults = trial.faults.map((fault) => ({ from: fault.at, until: overAt(fault) }));
  const trials = (updates?.starts ?? []).flatMap(({ at, seq }) => {
    const until = boots.find((boot) => boot > at) ?? trial.hours * 60 * MINUTE;
    return (acts.get(seq) ?? "good") === "good" ? [] : [{ from: at, until }];
  });
  return [...faults, ...trials].sort((a, b) => a.from - b.from);
}

/** How long a device may take to have a record acknowledged where nothing hinders it, in milliseconds. */
function neededBy({ trial }: Evidence): number {
  // One that sleeps between records has nothing to say before the next one.
  const { power, telemetryIntervalS, recordsPerWake = 1, positionWaitS = 0 } = trial.setup.config;
  // One look for its position may come between, after the modem was woken for it.
  const look = positionWaitS > 0 ? positionWaitS * SECOND + MINUTE : 0;
  return BACK_WITHIN + look + (restsBetween(power) ? telemetryIntervalS * recordsPerWake * SECOND : 0);
}
