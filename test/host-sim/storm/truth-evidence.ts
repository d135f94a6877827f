// Evidence made by hand for the promise that what a record tells was so: one field at a time told wrongly, and what looks
// like it.

import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import type { RecordLife, Truth } from "../../../host-sim/storm/ledger.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { DEFAULT_START_MS } from "../../../host-sim/world/virtual-world.js";
import { connection, HOUR, MINUTE, quietTrial, record } from "./evidence.js";

const ICCID = iccidOf(DEFAULT_SIM);
const SO: Truth = { delivered: 3, dropped: 2, droppedBefore: 2, sent: 5_000, taken: 9_000 };
/** What a record says five minutes after the start, where it is as `SO` has it. */
const TOLD = {
  uptime: 300,
  airTx: 5_000,
  airRx: 9_000,
  radioOn: 290,
  acked: 3,
  lost: 2,
  reconnects: 0,
  reset: "power",
};

type Fields = Record<string, unknown>;
const garbled = (at: number) => ({ at, fault: "at-garble-input", value: 1_966, duration: 30_000 });

/** A record, written five minutes after the start. */
const telemetry = (fields: Fields = {}, truth: Partial<Truth> = {}, change: Partial<RecordLife> = {}) =>
  record(5, {
    topic: `${ICCID}/telemetry`,
    text: JSON.stringify({ seq: 5, ...TOLD, ...fields }),
    truth: { ...SO, ...truth },
    ...change,
  });

const line = (at: number, event: string, fields: object) => ({ at, level: "info", event, fields }) as Logged;
const start = (fields: object = { reset: "power" }, at = 0) => line(at, "start", fields);
const CLOCK = line(MINUTE, "clock", { wallMs: DEFAULT_START_MS + MINUTE });
/** Online from the tenth second on. */
const LOG: readonly Logged[] = [start(), line(10_000, "phase", { phase: "online" })];
const fiveMinutesIn = DEFAULT_START_MS / 1_000 + 300;

/** The evidence of one record. */
const said = (
  fields: Fields = {},
  {
    truth,
    log = LOG,
    life,
    ...change
  }: Partial<Evidence> & { truth?: Partial<Truth>; life?: Partial<RecordLife> } = {},
): Partial<Evidence> => ({ records: new Map([telemetry(fields, truth, life)]), log, ...change });

const heard = (at: number) => ({
  ...{ at, life: 1, topic: `${ICCID}/commands/request`, text: '{"id":"1","cmd":"ping"}', retained: false },
  ...{ ackedAt: at, refused: 0 },
});
const answered = (at: number) =>
  record(4, { topic: `${ICCID}/responses`, text: '{"id":"1","ok":true}', keptAt: at, ackedAt: at });
const subscribed = (at: number) =>
  connection({ at, connack: { at, returnCode: 0, present: false }, grantedAt: at, endedAt: at + MINUTE });
const twice = [subscribed(MINUTE), subscribed(3 * MINUTE)];
const trial = quietTrial();
const sleeper = { ...trial, setup: { ...trial.setup, deepSleep: true } };
const withApp = { ...trial, setup: { ...trial.setup, app: "storm" as const } };
const failure = line(4 * MINUTE, "failure", { advice: "back-off" });
const rejected = line(4 * MINUTE, "rejected", { seq: 4 });

/** A day of a device that has moved 14 000 bytes: 420 KB in a month. */
const aDay = (fields: Fields) =>
  said(
    { uptime: 86_400, radioOn: 86_390, ...fields },
    { life: { keptAt: 24 * HOUR, ackedAt: 24 * HOUR }, trial: quietTrial({ hours: 25 }) },
  );

export const TRUE_FIELDS_TABLE: { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] } = {
  broken: [
    ...["airTx", "airRx", "radioOn", "acked", "lost"].map((name) => said({ [name]: 0 })),
    ...["airTx", "airRx", "acked", "lost"].map((name) => said({ [name]: 10_000 })),
    said({ radioOn: 400 }),
    // One failure explains one exchange.
    said({ airTx: 2_000 }, { log: [...LOG, failure] }),
    // A line that is garbled later explains nothing.
    said({ airTx: 5_504 }, { trial: quietTrial({ faults: [garbled(6 * MINUTE)] }) }),
    // What no broker takes is lost, and was not acknowledged.
    said({}, { log: [...LOG, rejected] }),
    said({}, { connections: twice }),
    said({ reconnects: 2 }, { connections: twice }),
    said({}, { heard: [heard(MINUTE)] }),
    said({ refused: 1 }),
    said({ refused: 1 }, { heard: [heard(MINUTE)], records: new Map([telemetry({ refused: 1 }), answered(MINUTE)]) }),
    aDay({}),
    aDay({ monthKb: 300 }),
    said({ monthKb: 5 }),
    said({}, { log: [...LOG, CLOCK] }),
    said({ time: fiveMinutesIn - 10 }, { log: [...LOG, CLOCK] }),
    said({ time: fiveMinutesIn + 10 }, { log: [...LOG, CLOCK] }),
    said({ reset: undefined }),
    said({ reset: "command" }),
    said({ reset: "sleep" }, { log: [start({ reset: "sleep" }), ...LOG.slice(1)] }),
    said({ safe: true }),
    said({}, { log: [start({ reset: "power", safe: true }), ...LOG.slice(1)] }),
  ],
  kept: [
    {},
    said(),
    // The modem has taken fewer bytes than it confirmed, as its command came as another one.
    said({ airTx: 5_504 }, { trial: quietTrial({ faults: [garbled(4 * MINUTE)] }) }),
    // What no firmware was asked for.
    said({ acked: 0 }, { life: { found: true } }),
    // Bytes that are under way, or whose exchange failed.
    said({ airTx: 4_000, airRx: 7_600 }),
    said({ airTx: 2_100 }, { log: [...LOG, failure] }),
    said({ airTx: 2_100 }, { log: [...LOG, line(4 * MINUTE, "renewal-postponed", { code: "tls-closed" })] }),
    said({ acked: 2, lost: 3 }, { log: [...LOG, rejected] }),
    // What was dropped for the record before, or for this one.
    said({ lost: 1 }, { truth: { droppedBefore: 1 } }),
    said({ reconnects: 1 }, { connections: twice }),
    // It had ended before it was counted.
    said({}, { connections: [twice[0]!, { ...twice[1]!, endedAt: twice[1]!.at }] }),
    said({}, { connections: [twice[0]!, { ...twice[1]!, grantedAt: 5 * MINUTE }] }),
    said({ refused: 1 }, { heard: [heard(MINUTE)] }),
    said({}, { heard: [heard(MINUTE)], records: new Map([telemetry(), answered(MINUTE)]) }),
    // It was read as its connection ended.
    said({}, { heard: [{ ...heard(MINUTE), ackedAt: undefined }] }),
    // Its app has not answered yet.
    said({}, { heard: [heard(5 * MINUTE - 5_000)], trial: withApp }),
    aDay({ monthKb: 420 }),
    aDay({ monthKb: 700 }),
    // What the lives before have counted is nobody's.
    said({ monthKb: 5, radioOn: 9_000 }, { trial: sleeper }),
    said({ time: fiveMinutesIn }, { log: [...LOG, CLOCK] }),
    // The network tells another, or somebody has moved the clock.
    ...["clock-wrong", "clock-jump"].map((fault) =>
      said(
        { time: 5 },
        { log: [...LOG, CLOCK], trial: quietTrial({ faults: [{ at: 2 * MINUTE, fault, duration: 0 }] }) },
      ),
    ),
    // The clock is being set.
    said({}, { log: [...LOG, { ...CLOCK, at: 5 * MINUTE - 500 }] }),
    said({ reset: undefined }, { log: [start({ reset: "sleep" }), ...LOG.slice(1)] }),
    said({ reset: undefined, lost: 3 }, { log: [...LOG, line(1, "not-recorded", { code: "x" })] }),
    said({ safe: true }, { log: [start({ reset: "power", safe: true }), ...LOG.slice(1)] }),
  ],
};
