// Evidence about an app of the device's own, for each verdict on it: what breaks the promise, and what does not.

import type { AppDeed, AppOutcome } from "../../../host-sim/desk/app-tap.js";
import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { evidenceOf, HOUR, MINUTE, quietTrial, record } from "./evidence.js";

const ICCID = iccidOf(DEFAULT_SIM);
const good = (value: object): AppOutcome => ({ good: JSON.stringify(value) });
const deed = (change: Partial<AppDeed>): AppDeed => ({
  ...{ what: "sample", at: MINUTE, life: 1, doneAt: MINUTE, outcome: good({ t: 21 }), settings: '{"threshold":30}' },
  ...change,
});
/** A deed that is not done. */
const pending = ({ doneAt: _, outcome: __, ...rest }: AppDeed): AppDeed => rest;
const threw = { outcome: { threw: "no" } };
const topics = { telemetry: `${ICCID}/telemetry`, alarm: `${ICCID}/telemetry/alarm`, responses: `${ICCID}/responses` };
/** A record of telemetry at a time. */
const told = (at: number, app: object | undefined, topic = topics.telemetry, more: object = {}) =>
  record(1, { topic, text: JSON.stringify({ seq: 1, uptime: 60, acked: 0, ...more, app }), keptAt: at });
const sampled = (deeds: AppDeed[], at: number, app: object | undefined, more = {}): Partial<Evidence> => ({
  deeds,
  records: new Map([told(at, app, topics.telemetry, more)]),
});
const error = { error: "it did not come in time" };

const command = { at: MINUTE, id: "7", cmd: "measure", kept: false, own: { wrong: false } };
const heard = {
  ...{ at: MINUTE, life: 1, topic: `${ICCID}/commands/request`, retained: false, ackedAt: MINUTE, refused: 0 },
  text: JSON.stringify({ id: "7", cmd: "measure" }),
};
const run = (change: Partial<AppDeed>) => deed({ what: "command", name: "measure", ...change });
const obeyed = (deeds: AppDeed[], at: number | undefined, answer: object = {}, how = command): Partial<Evidence> => ({
  commands: [how],
  heard: [heard],
  deeds,
  ...(at !== undefined && {
    records: new Map([
      record(1, { topic: topics.responses, text: JSON.stringify({ id: "7", ...answer }), keptAt: at }),
    ]),
  }),
});

/** Seven seconds later, in the life after. */
const again = { at: MINUTE + 7_000, doneAt: MINUTE + 7_000, life: 2 };

const publish = (change: Partial<AppDeed>) => deed({ what: "publish", name: "alarm", kept: true, ...change });
const before = told(1, undefined);
const alarms = (count: number) => ({
  deeds: Array.from({ length: count }, () => publish({})),
  records: new Map(
    Array.from({ length: count }, (_, i) =>
      record(i + 1, { topic: topics.alarm, text: '{"app":{"t":21}}', keptAt: MINUTE }),
    ),
  ),
});

const config = (text: string) => ({ ...heard, topic: `${ICCID}/config`, text });
const configured = { at: MINUTE, level: "info", event: "configured", fields: { telemetryIntervalS: 60 } } as Logged;
const start = (reset: string) => ({ at: MINUTE, level: "info", event: "start", fields: { reset } }) as Logged;

/** For each verdict, by name. */
export const APP_TABLE: Record<string, { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] }> = {
  "app-told": {
    broken: [
      sampled([deed({})], MINUTE, { t: 22 }),
      sampled([deed({})], MINUTE, undefined),
      sampled([deed(threw)], MINUTE, undefined),
      sampled([deed({ outcome: { wrong: true } })], MINUTE, { t: 21 }),
      sampled([deed({})], MINUTE, { t: 21 }, { safe: true }),
      // Nobody asked for it; nothing came of it.
      sampled([deed({})], 2 * MINUTE, { t: 21 }),
      { deeds: [pending(deed({}))] },
    ],
    kept: [
      sampled([deed({})], MINUTE, { t: 21 }),
      sampled([deed({ outcome: { nothing: true } })], MINUTE, undefined),
      sampled([deed(threw)], MINUTE, error),
      sampled([deed({ what: "start", ...threw })], MINUTE, error),
      sampled([pending(deed({}))], MINUTE + 5_000, error),
      // The one before has not come; it was a safe start; the life ended.
      sampled([pending(deed({ at: 1 }))], MINUTE, error, {}),
      sampled([deed({ what: "changed" })], 2 * MINUTE, undefined, { safe: true }),
      { deeds: [pending(deed({}))], boots: [0, 2 * MINUTE] },
    ].map((change) => ({ boots: [0, 2 * MINUTE], ...change })),
  },
  "app-answered": {
    broken: [
      obeyed([run({})], undefined),
      obeyed([run({})], MINUTE, { ok: true, t: 22 }),
      obeyed([run(threw)], MINUTE, { ok: true }),
      obeyed([run({}), run({})], MINUTE, { ok: true, t: 21 }),
      obeyed([run({})], MINUTE, { ok: true, t: 21 }, { ...command, own: { wrong: true } }),
      obeyed([], MINUTE, { ok: true }),
      obeyed([deed({ what: "start", ...threw })], MINUTE, { ok: true }),
      obeyed([deed({ what: "start", at: 1, ...threw })], MINUTE, { ok: false, error: "failed" }),
      obeyed([pending(run({}))], MINUTE + 12_000, { ok: false, error: "failed" }),
    ],
    kept: [
      obeyed([run({})], MINUTE, { ok: true, t: 21 }),
      obeyed([run({ outcome: { nothing: true } })], MINUTE, { ok: true }),
      obeyed([run(threw)], MINUTE, { ok: false, error: "failed", detail: "no" }),
      obeyed([deed({ what: "start", ...threw })], MINUTE, { ok: false, error: "failed", detail: "no" }),
      obeyed([run({ outcome: { threw: "no", code: "too-hot" } })], MINUTE, { ok: false, error: "too-hot" }),
      obeyed([pending(run({}))], MINUTE + 10_000, { ok: false, error: "failed" }),
      obeyed([], MINUTE, { ok: false, error: "busy" }),
      obeyed([], MINUTE, { ok: false, error: "bad-argument" }, { ...command, own: { wrong: true } }),
      { ...obeyed([run({})], undefined), boots: [0, 2 * MINUTE] },
      // A life ended before its answer was kept; the next one, to which the command came again, has answered.
      {
        ...obeyed([run(threw), run({ ...again, ...threw })], again.at, { ok: false, error: "failed", detail: "no" }),
        heard: [heard, { ...heard, at: again.at, life: 2 }],
        boots: [0, MINUTE + 3_000],
      },
    ],
  },
  "app-published": {
    broken: [
      { deeds: [publish({})] },
      { deeds: [publish({})], records: new Map([told(MINUTE, { t: 22 }, topics.alarm)]) },
      { deeds: [deed({})], records: new Map([told(MINUTE, { t: 21 }, topics.alarm)]) },
      { deeds: [publish({ outcome: { wrong: true } })], records: new Map([told(MINUTE, { t: 21 }, topics.alarm)]) },
      { deeds: [publish({ kept: false })], records: new Map([before]) },
      alarms(12),
    ],
    kept: [
      { deeds: [publish({})], records: new Map([told(MINUTE, { t: 21 }, topics.alarm)]) },
      { deeds: [publish({ kept: false, outcome: { wrong: true } })], records: new Map([before]) },
      // It has not been connected yet.
      { deeds: [publish({ kept: false })] },
      alarms(11),
    ],
  },
  "app-settings": {
    broken: [
      { deeds: [deed({}), deed({ settings: '{"threshold":31}' })] },
      {
        deeds: [deed({ at: 1 }), deed({ at: 2 * MINUTE })],
        heard: [config('{"threshold":31}')],
        log: [configured],
      },
    ],
    kept: [
      { deeds: [deed({}), deed({})] },
      {
        deeds: [deed({ at: 1 }), deed({ at: 2 * MINUTE, settings: '{"threshold":31}' })],
        heard: [config('{"threshold":31}')],
        log: [configured],
      },
      // It was refused; the device has started anew since.
      { deeds: [deed({ at: 1 }), deed({ at: 2 * MINUTE })], heard: [config('{"threshold":31}')] },
      {
        deeds: [deed({ at: 1 }), deed({ at: HOUR, life: 2 })],
        heard: [config('{"threshold":31}')],
        log: [configured],
        boots: [0, 2 * MINUTE],
      },
    ],
  },
  "app-harmless": {
    broken: [{ deeds: [deed({})], log: [start("engine:online")] }],
    kept: [
      { deeds: [deed({})], log: [start("ladder")] },
      {
        deeds: [deed({})],
        log: [start("engine:online")],
        trial: quietTrial({ faults: [{ at: MINUTE - 400, fault: "chip-restart", duration: 0 }] }),
      },
      { log: [start("engine:online")], deeds: evidenceOf().deeds },
    ],
  },
};
