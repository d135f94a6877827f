// Each verdict on evidence made by hand: what breaks the promise, and what looks like it and does not.

import { describe, expect, test } from "@jest/globals";
import type { Phase } from "../../../firmware/device/agent.js";
import type { LogEvent, LogEvents } from "../../../firmware/platform/events.js";
import type { Advice } from "../../../firmware/platform/failure.js";
import { moved } from "../../../host-sim/modem/motion.js";
import type { Command } from "../../../host-sim/storm/downlink.js";
import type { Evidence, Logged, Sent } from "../../../host-sim/storm/evidence.js";
import type { RecordLife } from "../../../host-sim/storm/ledger.js";
import { type Setup, TRACK } from "../../../host-sim/storm/setup.js";
import { judge, VERDICTS } from "../../../host-sim/storm/verdicts/index.js";
import type { Heard } from "../../../host-sim/storm/wire.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { DEFAULT_START_MS } from "../../../host-sim/world/virtual-world.js";
import { APP_TABLE } from "./app-evidence.js";
import { connection, evidenceOf, HOUR, MINUTE, quietTrial, record } from "./evidence.js";
import { ASKED_WAIT_TABLE, RUNGS_TABLE } from "./ladder-evidence.js";
import { LIMITS_TABLE } from "./limits-evidence.js";
import { NEWS_TABLE } from "./news-evidence.js";
import { TRUE_FIELDS_TABLE } from "./truth-evidence.js";
import { COURSE_TABLE } from "./updates-course-evidence.js";
import { UPDATES_TABLE } from "./updates-evidence.js";

const sent = (change: Partial<Sent>): Sent => ({
  ...{ at: 0, session: 1, resumed: false, packetId: 1, dup: false, sequence: 1 },
  ...change,
});
const arrived = (at: number, sequence: number | undefined, topic = "t") => ({ at, connection: 1, topic, sequence });
const closed = (
  reason: "AUTH_ERROR" | "CLIENT_ERROR" | "CONNECTION_LOST" | "CUSTOMAUTH_TTL_EXPIRATION",
  at = HOUR,
) => ({
  at,
  connection: 1,
  reason,
  detail: "",
});
/** A line of the log with the fields that verdicts go by. */
const logged = <E extends LogEvent>(at: number, event: E, fields: Partial<LogEvents[E]>) =>
  ({ at, level: "info", event, fields }) as Logged<E>;
const waits = (...parts: readonly [failures: number, ms: number, advice?: Advice][]) =>
  parts.flatMap(([failures, ms, advice = "back-off"], i): Logged[] => [
    logged(i * MINUTE, "failure", { advice }),
    logged(i * MINUTE, "backing-off", { failures, ms }),
  ]);
const end = (change: Partial<Evidence["end"]>) => ({ ...evidenceOf().end, ...change });
const fault = { at: 10 * MINUTE, fault: "socket-refused", duration: 10 * MINUTE };
const clockJump = (at: number) => ({ at, fault: "clock-jump", value: -5, duration: 0 });
const clockRead = (at: number, offMs: number) => logged(at, "clock", { wallMs: DEFAULT_START_MS + at + offMs });
const seconds = (count: number, everyMs: number, from = 0) =>
  Array.from({ length: count }, (_, i) => from + i * everyMs);
const starts = (times: readonly number[], reset: string) => times.map((at) => logged(at, "start", { reset }));
const dark = (fault: string, at: number) => ({
  trial: quietTrial({ faults: [{ at, fault, value: 366, duration: 0 }] }),
});
const day = (number: number, sizes: Record<string, number>) => ({ at: number * 24 * HOUR + HOUR, sizes });

const ICCID = iccidOf(DEFAULT_SIM);
/** A record of telemetry, written `sequence` minutes after the start. */
const telemetry = (sequence: number, fields: object = {}, change: Partial<RecordLife> = {}) => {
  const seen = { seq: sequence, uptime: sequence * 60, acked: 0, ...fields };
  return record(sequence, { topic: `${ICCID}/telemetry`, text: JSON.stringify(seen), ...change });
};
/** An answer to a ping, written `sequence` minutes after the start. */
const answer = (sequence: number, fields: object = {}, change: Partial<RecordLife> = {}) => {
  const said = { id: "1", ok: true, uptime: 5, ...fields };
  return record(sequence, { topic: `${ICCID}/responses`, text: JSON.stringify(said), ...change });
};
const command = (id: string) => JSON.stringify({ id, cmd: "ping" });
const asked = (change: Partial<Command>): Command => ({ at: 0, id: "1", cmd: "ping", kept: false, ...change });
const heard = (change: Partial<Heard>): Heard => ({
  ...{ at: 1, life: 1, topic: `${ICCID}/commands/request`, text: command("1"), retained: false, refused: 0 },
  ackedAt: undefined,
  ...change,
});
const configured = (at: number, telemetryIntervalS: number) => logged(at, "configured", { telemetryIntervalS });
const refused = (token: number, returnCode: number, at: number) =>
  connection({ at, token, connack: { at, returnCode, present: false } });
/** A quiet trial with other settings. */
const trialOf = (settings: Partial<Setup["config"]>) => {
  const trial = quietTrial();
  return { ...trial, setup: { ...trial.setup, config: { ...trial.setup.config, ...settings } } };
};
const PSM = trialOf({ power: "psm" });

const PLACED = trialOf({ positionS: 600, positionWaitS: 60 });
const phase = (minute: number, phase: Phase) => logged(minute * MINUTE, "phase", { phase });
const found = (minute: number) => [logged(minute * MINUTE, "located", {})];
/** Where the modem was at a time, and the age that is told of it. */
const place = (at: number, fixAge: number) => {
  const { latitude, longitude } = moved({ ...TRACK, since: 0 }, at);
  return { lat: latitude, lon: longitude, fixAge };
};

/** A device whose day has a volume, and its records, a minute from each other. */
const spentDay = (records: readonly object[]): Partial<Evidence> => ({
  trial: trialOf({ dataBudgetKbPerDay: 100 }),
  records: new Map(records.map((fields, i) => telemetry(i + 1, { time: 86_400 + i, ...fields }))),
});

/** For each verdict: evidence that breaks it, and evidence that does not. */
const TABLE: Record<string, { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] }> = {
  "nothing-lost": {
    broken: [
      { records: new Map([record(1, { arrivals: 0 })]) },
      { records: new Map([record(1, { arrivals: 0, ackedAt: undefined })]) },
      // Its number waits, and is another's.
      { vanished: [record(1, { arrivals: 0, ackedAt: undefined })[1]], end: end({ waiting: [1], size: 1 }) },
    ],
    kept: [
      { records: new Map([record(1)]) },
      // It waits; it was dropped; it was never promised to be kept.
      { records: new Map([record(1, { arrivals: 0, ackedAt: undefined })]), end: end({ waiting: [1], size: 1 }) },
      { records: new Map([record(1, { arrivals: 0, ackedAt: undefined, droppedAt: 5 })]), end: end({ dropped: 1 }) },
      { records: new Map([record(1, { arrivals: 0, ackedAt: undefined, keptAt: undefined })]) },
    ],
  },
  "drops-counted": {
    broken: [{ records: new Map([record(1, { arrivals: 0, ackedAt: undefined, droppedAt: 5 })]) }],
    kept: [
      { records: new Map([record(1, { arrivals: 0, ackedAt: undefined, droppedAt: 5 })]), end: end({ dropped: 1 }) },
    ],
  },
  drained: { broken: [{ end: end({ size: 100 }) }], kept: [{ end: end({ size: 2 }) }] },
  "in-order": {
    broken: [{ arrived: [arrived(1, 2), arrived(2, 1)] }],
    kept: [
      // A repeat; another topic.
      { arrived: [arrived(1, 1), arrived(2, 2), arrived(3, 1)] },
      { arrived: [arrived(1, 2), arrived(2, 1, "other")] },
      // The second may be the first once more: what they say is the same.
      {
        records: new Map([answer(1), record(2), answer(3)]),
        arrived: [arrived(1, 1), arrived(1, 3), arrived(2, 2)],
      },
    ],
  },
  "no-strays": { broken: [{ arrived: [arrived(1, undefined)] }], kept: [{ arrived: [arrived(1, 1)] }] },
  "dup-in-session": {
    broken: [
      { sent: [sent({ dup: true })] },
      { sent: [sent({}), sent({ session: 2, dup: true })] },
      { sent: [sent({}), sent({})] },
    ],
    kept: [
      { sent: [sent({}), sent({ dup: true })] },
      { sent: [sent({}), sent({ session: 2 })] },
      // It goes on over another connection; a restart came between saying so and doing it.
      { sent: [sent({}), sent({ resumed: true, dup: true })] },
      { sent: [sent({ resumed: true, dup: true })] },
      { sent: [sent({}), sent({ sequence: 2 })] },
    ],
  },
  "no-needless-repeat": {
    broken: [
      { records: new Map([record(1)]), sent: [sent({ at: MINUTE + 501 })] },
      { records: new Map([record(1)]), posted: [{ at: MINUTE + 501, sequence: 1 }] },
    ],
    kept: [{ records: new Map([record(1)]), sent: [sent({ at: MINUTE }), sent({ at: MINUTE + 400, session: 2 })] }],
  },
  "packet-ids": {
    broken: [
      { sent: [sent({ at: 1 }), sent({ at: MINUTE, sequence: 2 })] },
      { sent: [sent({ at: 1, answeredAt: 10 }), sent({ at: 9, sequence: 2 })] },
      // It was dropped, or came by another way.
      {
        records: new Map([record(1, { ackedAt: 2, droppedAt: 2 }), record(2)]),
        sent: [sent({ at: 1 }), sent({ at: MINUTE, resumed: true, sequence: 2 })],
      },
    ],
    kept: [
      { sent: [sent({ at: 1, answeredAt: 10 }), sent({ at: 10, sequence: 2 })] },
      { sent: [sent({ at: 1 }), sent({ at: 2, session: 2, sequence: 2 })] },
      { sent: [sent({ at: 1 }), sent({ at: 9, dup: true, answeredAt: 10 }), sent({ at: 11, sequence: 2 })] },
    ],
  },
  "one-packet-id": {
    broken: [
      { sent: [sent({}), sent({ packetId: 2 })] },
      { sent: [sent({}), sent({ packetId: 2, resumed: true, dup: true })] },
    ],
    kept: [
      { sent: [sent({}), sent({ resumed: true, dup: true }), sent({ session: 2, packetId: 2 })] },
      // Two that say the same cannot be told apart.
      {
        records: new Map([record(1), record(2, { text: "1" })]),
        sent: [sent({}), sent({ packetId: 2 })],
      },
    ],
  },
  numbered: {
    broken: [{ records: new Map([telemetry(1, { seq: 2 })]) }],
    kept: [{ records: new Map([telemetry(1), record(2)]) }],
  },
  "sane-fields": {
    broken: [
      { records: new Map([telemetry(1, { uptime: 70 })]) },
      { records: new Map([telemetry(1, { acked: 2 })]), proofs: [MINUTE] },
      ...["airTx", "airRx", "radioOn", "acked", "lost", "reconnects"].map((name) => ({
        records: new Map([telemetry(1, { [name]: 1 }), telemetry(2, { [name]: 0 })]),
        proofs: [1],
      })),
      // It has told how many were refused, and then does not.
      { records: new Map([telemetry(1, { refused: 1 }), telemetry(2)]) },
      { records: new Map([telemetry(1, { time: DEFAULT_START_MS / 1_000 })]), log: [clockRead(1, 0)] },
    ],
    kept: [
      { records: new Map([telemetry(1, { acked: 1 }), telemetry(2, { acked: 1 })]), proofs: [MINUTE] },
      // It was being written when the power went.
      { records: new Map([telemetry(1, { uptime: 5 }, { found: true })]) },
      // Another life.
      {
        records: new Map([telemetry(1, { airTx: 9 }), telemetry(2, { uptime: 30, airTx: 1 })]),
        boots: [0, MINUTE + 30_000],
      },
      { records: new Map([telemetry(1, { time: DEFAULT_START_MS / 1_000 + 60 })]), log: [clockRead(1, 0)] },
      // The clock was moved, or had not been read since the start.
      {
        records: new Map([telemetry(1, { time: 5 })]),
        log: [clockRead(1, 0)],
        trial: quietTrial({ faults: [clockJump(2)] }),
      },
      { records: new Map([telemetry(2, { time: 5, uptime: 60 })]), log: [clockRead(1, 0)], boots: [0, MINUTE] },
    ],
  },
  "true-fields": TRUE_FIELDS_TABLE,
  "budget-kept": {
    broken: [
      spentDay([{ dataBudget: "spent" }, {}]),
      spentDay([{ dataBudget: "spent" }, { dataBudget: "spent" }]),
      spentDay([{ dataUsedKb: 20 }, { dataUsedKb: 19 }]),
      // A restart gives nothing anew.
      { ...spentDay([{ dataBudget: "spent" }, { dataBudget: "near" }]), boots: [0, 90_000] },
    ],
    kept: [
      spentDay([{ dataBudget: "near" }, { dataBudget: "spent" }]),
      { ...spentDay([{ dataBudget: "spent" }, { dataBudget: "spent" }]), boots: [0, 90_000] },
      spentDay([{ dataBudget: "spent" }, { time: 2 * 86_400 }]),
      { ...spentDay([{ dataBudget: "spent" }, {}]), trial: quietTrial() },
    ],
  },
  "position-told": {
    broken: [
      // None, though one was found; another one; the place of another time; another age.
      { records: new Map([telemetry(5)]), log: [logged(MINUTE, "located", {})] },
      { records: new Map([telemetry(5, place(MINUTE, 240))]) },
      { records: new Map([telemetry(5, place(4 * MINUTE, 240))]), log: [logged(MINUTE, "located", {})] },
      { records: new Map([telemetry(5, place(MINUTE, 237))]), log: [logged(MINUTE, "located", {})] },
      { records: new Map([telemetry(5, place(MINUTE, 243))]), log: [logged(MINUTE, "located", {})] },
      // Forgotten by a restart, or older than the one before.
      { records: new Map([telemetry(5)]), log: [...found(1), ...found(2)], boots: [0, 3 * MINUTE] },
      {
        records: new Map([telemetry(9, place(MINUTE, 480))]),
        log: [...found(1), ...found(3), ...found(5)],
        boots: [0, 7 * MINUTE],
      },
    ],
    kept: [
      { records: new Map([telemetry(5)]) },
      { records: new Map([telemetry(5, place(MINUTE, 240))]), log: found(1) },
      { records: new Map([telemetry(5, { safe: true })]), log: [...found(1), ...found(2)], boots: [0, 3 * MINUTE] },
      // What ended the life behind the second fix came before it was kept.
      { records: new Map([telemetry(5, place(MINUTE, 240))]), log: [...found(1), ...found(2)], boots: [0, 3 * MINUTE] },
      { records: new Map([telemetry(5)]), log: found(2), boots: [0, 3 * MINUTE] },
      { records: new Map([telemetry(5, {}, { found: true })]), log: found(1) },
    ],
  },
  "position-bounded": {
    broken: [
      { trial: PLACED, log: [phase(1, "locating"), phase(7, "linking")] },
      { trial: PLACED, log: [phase(1, "locating"), phase(2, "linking"), phase(6, "locating"), phase(7, "linking")] },
      { trial: PLACED, log: [phase(1, "locating"), phase(7.1, "linking")], boots: [0, 7 * MINUTE] },
    ],
    kept: [
      { trial: PLACED, log: [phase(1, "locating"), phase(4, "linking"), phase(15, "locating"), phase(16, "linking")] },
      {
        trial: PLACED,
        log: [phase(1, "locating"), phase(2, "linking"), phase(4, "locating"), phase(5, "linking")],
        boots: [0, 3 * MINUTE],
      },
      // The power went in the midst of it, for long.
      {
        trial: { ...PLACED, faults: [{ at: 2 * MINUTE, fault: "chip-power-out", value: 304, duration: 0 }] },
        log: [phase(1, "locating"), phase(7.1, "linking")],
        boots: [0, 7 * MINUTE],
      },
    ],
  },
  "commands-answered": {
    broken: [
      { heard: [heard({ ackedAt: 5 })] },
      // Its answer came later than that; another one's does not count.
      { heard: [heard({ ackedAt: 5 })], records: new Map([answer(1, { id: "1" }, { keptAt: 6 })]) },
      { heard: [heard({ ackedAt: 5 })], records: new Map([answer(1, { id: "2" }, { keptAt: 4 })]) },
      // One was refused, and two were.
      { heard: [heard({ ackedAt: 5, refused: 1 }), heard({ ackedAt: 6, refused: 1, text: command("2") })] },
      { heard: [heard({ ackedAt: 5, refused: 1 }), heard({ ackedAt: 6, life: 2, text: command("2") })] },
    ],
    kept: [
      { heard: [heard({ ackedAt: 5 })], records: new Map([answer(1, { id: "1" }, { keptAt: 1 })]) },
      // There was no room for its answer; more of that is in verdicts-limits.test.ts.
      { heard: [heard({ ackedAt: 5, refused: 1 })], cramped: [1] },
      // Not acknowledged; one that was kept; no command.
      { heard: [heard({}), heard({ ackedAt: 5, retained: true }), heard({ ackedAt: 5, topic: `${ICCID}/config` })] },
    ],
  },
  "answered-once": {
    broken: [
      { commands: [asked({})], heard: [heard({})], records: new Map([answer(1), answer(2)]) },
      { records: new Map([answer(1)]) },
      { commands: [asked({})], heard: [heard({})], records: new Map([answer(1, { uptime: undefined })]) },
      { commands: [asked({ cmd: "nonsense" })], heard: [heard({})], records: new Map([answer(1)]) },
      {
        commands: [asked({ cmd: "interval", seconds: 5 })],
        heard: [heard({})],
        records: new Map([answer(1, { seconds: 6 })]),
      },
      { commands: [asked({})], heard: [heard({})], records: new Map([answer(1, { ok: false, error: "malformed" })]) },
      { commands: [asked({})], heard: [heard({})], records: new Map([answer(1, { ok: false, error: "on-trial" })]) },
    ],
    kept: [
      { commands: [asked({})], heard: [heard({}), heard({ at: 2 })], records: new Map([answer(1), answer(2)]) },
      {
        commands: [asked({ cmd: "nonsense" })],
        heard: [heard({})],
        records: new Map([answer(1, { ok: false, error: "unknown-command" })]),
      },
    ],
  },
  "commands-bounded": LIMITS_TABLE["commands-bounded"]!,
  "retained-ignored": {
    broken: [{ commands: [asked({})], heard: [heard({ retained: true })], records: new Map([answer(1)]) }],
    kept: [
      { heard: [heard({ retained: true })] },
      { commands: [asked({})], heard: [heard({}), heard({ retained: true })], records: new Map([answer(1)]) },
    ],
  },
  "restart-answered": {
    broken: [
      { log: starts([MINUTE], "command"), boots: [0, MINUTE] },
      // Five seconds after its answer, which waits.
      {
        commands: [asked({ cmd: "restart" })],
        log: starts([MINUTE], "command"),
        boots: [0, MINUTE],
        records: new Map([answer(1, {}, { keptAt: 55_000, ackedAt: undefined })]),
      },
      // It does not come; nor within two minutes, whatever becomes of the board then.
      { commands: [asked({ cmd: "restart" })], records: new Map([answer(1, {}, { keptAt: 55_000 })]) },
      {
        ...dark("chip-dark", 55_000 + 2 * MINUTE + 1),
        commands: [asked({ cmd: "restart" })],
        records: new Map([answer(1, {}, { keptAt: 55_000 })]),
      },
      {
        ...dark("chip-restart", 55_300),
        commands: [asked({ cmd: "restart" })],
        records: new Map([answer(1, {}, { keptAt: 55_000 })]),
      },
    ],
    kept: [
      {
        commands: [asked({ cmd: "restart" })],
        log: starts([MINUTE], "command"),
        boots: [0, MINUTE],
        records: new Map([answer(1, {}, { keptAt: 55_000, ackedAt: 56_000 })]),
      },
      {
        commands: [asked({ cmd: "restart" })],
        log: starts([MINUTE], "command"),
        boots: [0, MINUTE],
        records: new Map([answer(1, {}, { keptAt: 45_000, ackedAt: undefined })]),
      },
      { log: starts([MINUTE], "power"), boots: [0, MINUTE] },
      // The power went while the answer was written: that was the restart.
      {
        commands: [asked({ cmd: "restart" })],
        log: starts([MINUTE], "power"),
        boots: [0, MINUTE],
        records: new Map([answer(1, {}, { keptAt: MINUTE + 300, found: true })]),
      },
      // It went before the restart came, and for longer than that may take.
      ...["chip-dark", "chip-power-out"].map((fault) => ({
        ...dark(fault, 55_200),
        commands: [asked({ cmd: "restart" })],
        records: new Map([answer(1, {}, { keptAt: 55_000 })]),
      })),
      {
        commands: [asked({ cmd: "restart" })],
        records: new Map([answer(1, { ok: false, error: "too-soon" }, { keptAt: 55_000 })]),
      },
    ],
  },
  "restarts-rare": LIMITS_TABLE["restarts-rare"]!,
  "interval-kept": {
    broken: [
      { records: new Map([telemetry(1), telemetry(2, {}, { keptAt: MINUTE + 50_000 })]) },
      { records: new Map([telemetry(1), telemetry(3)]) },
      { log: [configured(MINUTE + 1, 30)], records: new Map([telemetry(1), telemetry(2)]) },
      // What was set in another moment than it was confirmed in counts alone.
      {
        commands: [asked({ cmd: "interval", seconds: 120 })],
        log: [configured(69_000, 60)],
        records: new Map([telemetry(1), answer(9, { seconds: 120 }, { keptAt: 70_000 }), telemetry(2)]),
      },
    ],
    kept: [
      { records: new Map([telemetry(1), telemetry(2), telemetry(3)]) },
      { log: [configured(MINUTE + 1, 30)], records: new Map([telemetry(1), telemetry(2, {}, { keptAt: 90_000 })]) },
      // The record that is overdue by then comes at once.
      { log: [configured(100_000, 30)], records: new Map([telemetry(1), telemetry(2, {}, { keptAt: 100_000 })]) },
      {
        commands: [asked({ cmd: "interval", seconds: 120 })],
        records: new Map([telemetry(1), answer(2, { seconds: 120 }, { keptAt: 70_000 }), telemetry(3)]),
      },
      // It was answered as the life before ended, and found at the start of this one.
      {
        commands: [asked({ cmd: "interval", seconds: 120 })],
        records: new Map([answer(2, { seconds: 120 }, { keptAt: 10_000, found: true }), telemetry(3), telemetry(4)]),
      },
      // Two were set in one moment, and a record was overdue: either may be in effect.
      {
        log: [configured(100_000, 30), configured(100_000, 20)],
        records: new Map([
          telemetry(1),
          telemetry(2, {}, { keptAt: 100_000 }),
          telemetry(3, {}, { keptAt: 120_000 }),
          telemetry(4, {}, { keptAt: 140_000 }),
        ]),
      },
      // A command, and in the same moment a configuration that says what was in effect before.
      {
        commands: [asked({ cmd: "interval", seconds: 120 })],
        log: [configured(70_000, 60)],
        records: new Map([telemetry(1), answer(9, { seconds: 120 }, { keptAt: 70_000 }), telemetry(2), telemetry(3)]),
      },
      // One in between was not recorded; another life.
      { log: [logged(2 * MINUTE, "not-recorded", {})], records: new Map([telemetry(1), telemetry(3)]) },
      { records: new Map([telemetry(1), telemetry(3)]), boots: [0, 2 * MINUTE] },
    ],
  },
  "subscription-stands": {
    broken: [{ connections: [connection({ missing: ["x/#"] })] }],
    kept: [{ connections: [connection({ missing: [] }), connection()] }],
  },
  "refusal-heeded": {
    broken: [
      { connections: [connection({ refusedAt: 5, endedAt: 5, saidAfterRefusal: 1 })] },
      { connections: [connection({ refusedAt: 5 })] },
    ],
    kept: [
      { connections: [connection({ refusedAt: 5, endedAt: 5 })] },
      { connections: [connection({ refusedAt: 5 })], boots: [0, 6] },
    ],
  },
  "named-dials": {
    broken: [
      { connections: [connection({ alpn: [] })] },
      { connections: [connection({ requireAlpn: false })] },
      { connections: [connection({ serverName: "other.example" })] },
      { connections: [connection({ host: "h", serverName: "h" })] },
      { connections: [connection()], trial: trialOf({ transport: "ws" }) },
      { connections: [connection({ alpn: [] })], trial: trialOf({ fallback: "https" }) },
    ],
    kept: [
      { connections: [connection(), connection({ host: "h", serverName: "h", alpn: [] })] },
      { connections: [connection({ alpn: [] })], trial: trialOf({ transport: "ws" }) },
      { connections: [connection({ alpn: [], isMqtt: false })], trial: trialOf({ fallback: "https" }) },
    ],
  },
  "within-policy": {
    broken: [
      { closed: [closed("CLIENT_ERROR")] },
      {
        admitted: [{ at: 1, connection: 1, denial: undefined, endsAt: undefined }],
        closed: [closed("AUTH_ERROR")],
      },
      { refused: [{ at: 1, status: 413 }] },
    ],
    kept: [
      { closed: [closed("CONNECTION_LOST")] },
      {
        admitted: [{ at: 1, connection: 1, denial: "no token", endsAt: undefined }],
        closed: [closed("AUTH_ERROR")],
      },
      { refused: [{ at: 1, status: 403 }], trial: quietTrial({ faults: [fault] }) },
    ],
  },
  "valid-token": {
    broken: [
      { closed: [closed("CUSTOMAUTH_TTL_EXPIRATION")] },
      { admitted: [{ at: HOUR, connection: 1, denial: "token expired", endsAt: undefined }] },
      {
        admitted: [{ at: 1, connection: 1, denial: undefined, endsAt: HOUR }],
        arrived: [arrived(HOUR + 1, 1)],
      },
      // A port that is closed draws nothing out.
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 15 * MINUTE)],
        trial: quietTrial({ faults: [fault] }),
      },
      { refused: [{ at: HOUR, status: 403 }] },
      // The clock was set right again before the token came.
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 23 * HOUR)],
        trial: quietTrial({ faults: [clockJump(0)] }),
        log: [clockRead(1, -5 * HOUR), clockRead(2, 500)],
        onboardings: [{ at: 3, status: 200 }],
      },
      // The faults that spoilt tokens were over before this one came.
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 23 * HOUR)],
        trial: quietTrial({ faults: [{ at: 0, fault: "broker-token-over", duration: MINUTE }] }),
        onboardings: [{ at: HOUR, status: 200 }],
      },
    ],
    kept: [
      {
        admitted: [{ at: 1, connection: 1, denial: undefined, endsAt: HOUR }],
        arrived: [arrived(HOUR - 1, 1)],
      },
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 15 * MINUTE)],
        trial: quietTrial({ faults: [{ ...fault, fault: "socket-slow", value: 100 }] }),
      },
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 23 * HOUR)],
        trial: quietTrial({ faults: [clockJump(22 * HOUR)] }),
      },
      // The clock was read wrong, before the token came or under it.
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 23 * HOUR)],
        log: [clockRead(2, -5 * HOUR)],
        onboardings: [{ at: 3, status: 200 }],
      },
      {
        refused: [{ at: 23 * HOUR, status: 403 }],
        log: [clockRead(2, 0), clockRead(HOUR, 5 * HOUR)],
        onboardings: [{ at: 3, status: 200 }],
      },
      {
        closed: [closed("CUSTOMAUTH_TTL_EXPIRATION", 23 * HOUR)],
        trial: quietTrial({ faults: [{ at: 0, fault: "broker-token-over", duration: 2 * HOUR }] }),
        onboardings: [{ at: HOUR, status: 200 }],
      },
    ],
  },
  "refused-token": {
    broken: [
      { connections: [refused(1, 5, 10), connection({ at: MINUTE, token: 1 })] },
      // Signed again, at once or once its second has come by a clock that was ahead, it is the same.
      {
        connections: [refused(1, 4, 10), connection({ at: 300 * MINUTE, token: 1 })],
        log: [logged(300 * MINUTE, "signed", { alg: "ES256", expiresAt: 0, ms: 0 })],
      },
      // The second way may have gone on with it, and MQTT may not.
      {
        connections: [refused(1, 4, 10), connection({ at: 2 * MINUTE, token: 1 })],
        trial: trialOf({ fallback: "https" }),
        proofs: [MINUTE],
      },
    ],
    kept: [
      { connections: [refused(1, 5, 10), connection({ at: MINUTE, token: 2 })] },
      { connections: [refused(1, 3, 10), connection({ at: MINUTE, token: 1 })] },
      // It died before it could forget it.
      { connections: [refused(1, 5, 10), connection({ at: MINUTE, token: 1 })], boots: [0, 50] },
    ],
  },
  "time-believed": {
    broken: [{ log: [logged(1, "clock", { wallMs: DEFAULT_START_MS - 1 })] }],
    kept: [{ log: [clockRead(1, 0)] }],
  },
  "keep-alive": {
    broken: [{ connections: [connection({ keepAliveS: 30, silence: { ms: 61_000, until: MINUTE } })] }],
    kept: [
      { connections: [connection({ keepAliveS: 30, silence: { ms: 59_000, until: MINUTE } })] },
      { connections: [connection({ keepAliveS: 0, silence: { ms: 1e6, until: MINUTE } })] },
    ],
  },
  "silent-broker-left": {
    broken: [
      { connections: [connection({ pingAt: 1, endedAt: MINUTE })] },
      { connections: [connection({ pingAt: 1 })] },
    ],
    kept: [
      { connections: [connection({ pingAt: 1, endedAt: 31_000 })] },
      // It was dark for long behind it.
      { connections: [connection({ pingAt: 1 })], boots: [0, 5 * MINUTE] },
    ],
  },
  "connect-rate": { broken: [{ connects: [1_000, 1_990] }], kept: [{ connects: [1_000, 2_000, 3_500] }] },
  "no-fighting": {
    broken: [
      { connects: seconds(11, 5_000, MINUTE) },
      { cloneConnects: seconds(11, 5_000, MINUTE) },
      // Rare enough for a minute, and yet without end.
      { connects: seconds(31, 19_000, MINUTE) },
      // A restart excuses one.
      { connects: seconds(12, 5_000, MINUTE), boots: [0, MINUTE] },
    ],
    kept: [
      { connects: seconds(10, 5_000, MINUTE), cloneConnects: seconds(10, 5_000, MINUTE) },
      { connects: seconds(200, 31_600) },
      // Each lives just long enough.
      { connects: seconds(200, 20_100) },
      { connects: seconds(12, 5_000, MINUTE), boots: [0, MINUTE, MINUTE + 30_000] },
    ],
  },
  "no-crowding": {
    broken: [
      { connections: seconds(31, 10_000, 2 * MINUTE).map((at) => connection({ at })) },
      {
        connections: seconds(33, 10_000, 12 * MINUTE).map((at) => connection({ at })),
        boots: [0, MINUTE, 14 * MINUTE],
      },
    ],
    kept: [
      { connections: seconds(200, 30_000).map((at) => connection({ at })) },
      {
        connections: seconds(60, 10_000).map((at) => connection({ at })),
        proofs: seconds(3, 200_000, 200_000),
      },
      // With a second way an attempt makes one connection more.
      {
        connections: seconds(45, 10_000, 2 * MINUTE).map((at) => connection({ at })),
        trial: quietTrial({
          setup: { ...quietTrial().setup, config: { ...quietTrial().setup.config, fallback: "https" } },
        }),
      },
      // So it does where it fetches its root.
      {
        connections: seconds(45, 10_000, 2 * MINUTE).map((at) => connection({ at })),
        trial: trialOf({ missingRoot: "fetch" }),
      },
      // Whoever restarts the chip makes it try at once.
      {
        connections: seconds(36, 10_000, 2 * MINUTE).map((at) => connection({ at })),
        boots: [0, 4 * MINUTE, 5 * MINUTE, 6 * MINUTE],
      },
    ],
  },
  "ladder-holds": {
    broken: [
      { log: waits([1, 1], [2, 1], [1, 1]), proofs: [HOUR] },
      // The connection ended, or the chip did, too soon behind the acknowledgement.
      { log: waits([1, 1], [2, 1], [1, 1]), proofs: [2 * MINUTE - 19_000] },
      { log: waits([1, 1], [2, 1], [1, 1]), proofs: [MINUTE + 30_000], boots: [0, MINUTE + 45_000] },
    ],
    kept: [
      { log: waits([1, 1], [2, 1], [3, 1]), proofs: [HOUR] },
      { log: waits([1, 1], [2, 1], [1, 1]), proofs: [MINUTE + 30_000] },
      // The device ended it itself.
      {
        log: [...waits([1, 1], [2, 1], [1, 1]), logged(MINUTE + 50_000, "phase", { phase: "settling" })],
        proofs: [2 * MINUTE - 19_000],
      },
      // A record by HTTPS is a whole connection.
      {
        log: waits([1, 1], [2, 1], [1, 1]),
        proofs: [2 * MINUTE - 19_000],
        trial: quietTrial({
          setup: { ...quietTrial().setup, config: { ...quietTrial().setup.config, transport: "https" } },
        }),
      },
    ],
  },
  ...RUNGS_TABLE,
  "back-off-spreads": {
    broken: [
      { log: waits([1, 1_001]) },
      { log: waits([9, 240_001]) },
      { log: waits([5, 1_001, "retry"], [3, 1_001, "retry"]) },
      { log: waits(...seconds(30, 1).map((i): [number, number] => [i + 1, Math.min(240_000, 1_000 * 2 ** i)])) },
    ],
    kept: [
      { log: waits([1, 1_000], [2, 2_000], [9, 240_000], [2, 1_000, "retry"], [5, 16_000, "retry"]) },
      { log: waits(...seconds(30, 1).map((i): [number, number] => [1, (i * 337) % 1_000])) },
      // 1NCE asks for it.
      {
        log: [
          logged(MINUTE, "failure", { code: "onboarding-unavailable", advice: "back-off" }),
          logged(MINUTE, "backing-off", { failures: 1, ms: 70_000 }),
        ],
        onboardings: [{ at: MINUTE - 1, status: 503, retryAfterS: 60 }],
      },
    ],
  },
  ...ASKED_WAIT_TABLE,
  recovers: {
    broken: [
      { trial: quietTrial({ faults: [fault] }), proofs: [MINUTE] },
      { trial: quietTrial({ faults: [fault] }), proofs: [MINUTE, 31 * MINUTE] },
      { proofs: [] },
    ],
    kept: [
      { trial: quietTrial({ faults: [fault] }), proofs: [MINUTE, 29 * MINUTE] },
      // The run ended before it could be.
      { trial: quietTrial({ faults: [{ ...fault, at: 105 * MINUTE }] }), proofs: [MINUTE] },
    ],
  },
  "no-standstill": {
    broken: [{ log: [logged(MINUTE, "phase", { phase: "linking" })] }],
    kept: [
      { log: [logged(MINUTE, "phase", { phase: "online" })] },
      {
        log: [logged(MINUTE, "phase", { phase: "linking" }), logged(10 * MINUTE, "phase", { phase: "online" })],
      },
    ],
  },
  "no-restart-loop": {
    // Whether something was acknowledged in between or not.
    broken: [
      { log: starts(seconds(61, 58_000), "engine:online") },
      { log: starts(seconds(61, 30_000), "panic"), proofs: seconds(61, 30_000, 10_000) },
    ],
    kept: [
      { log: starts(seconds(62, 61_000), "engine:online") },
      { log: starts(seconds(62, 30_000), "sleep") },
      { log: starts(seconds(62, 30_000), "power") },
    ],
  },
  "no-crash": { broken: [{ crashes: [{ at: 1, message: "x is not a function" }] }], kept: [{}] },
  "watchdog-fed": {
    broken: [{ feeds: [] }, { feeds: [MINUTE, 2 * MINUTE] }],
    kept: [{}, { feeds: [], boots: [0, MINUTE + 400] }, { feeds: [], log: [logged(1, "phase", { phase: "stopped" })] }],
  },
  rests: {
    broken: [
      { trial: PSM, log: [logged(30_000, "phase", { phase: "online" })] },
      {
        trial: PSM,
        log: [
          logged(MINUTE, "phase", { phase: "asleep" }),
          logged(MINUTE, "asleep", { ms: MINUTE }),
          logged(3 * MINUTE, "phase", { phase: "linking" }),
        ],
      },
      { trial: PSM, log: [logged(30_000, "phase", { phase: "asleep" })], connections: [connection({ at: MINUTE })] },
    ],
    kept: [
      { log: [logged(30_000, "phase", { phase: "online" })] },
      {
        trial: PSM,
        log: [logged(30_000, "phase", { phase: "online" }), logged(2 * MINUTE, "phase", { phase: "settling" })],
      },
      // Something waits; somebody took its power away.
      { trial: PSM, log: [logged(30_000, "phase", { phase: "online" })], boots: [0, 10 * MINUTE] },
      {
        trial: PSM,
        log: [logged(30_000, "phase", { phase: "online" })],
        records: new Map([record(1, { keptAt: 5, ackedAt: undefined })]),
      },
      {
        trial: PSM,
        log: [logged(MINUTE, "phase", { phase: "asleep" }), logged(MINUTE, "asleep", { ms: MINUTE })],
        boots: [0, 3 * MINUTE],
      },
    ],
  },
  ...NEWS_TABLE,
  "sockets-closed": {
    broken: [
      { connections: [connection({ endedAt: 5 }), connection({ at: MINUTE, socketsBefore: 1 })] },
      { connections: [connection({ endedAt: 5 }), connection({ at: 6, socketsBefore: 2 })] },
    ],
    kept: [
      { connections: [connection({ endedAt: 5 }), connection({ at: 6, socketsBefore: 1 })] },
      { connections: [connection({ endedAt: 5 }), connection({ at: MINUTE })] },
      // The command that closes it may be lost.
      {
        connections: [connection({ endedAt: 5 }), connection({ at: MINUTE, socketsBefore: 3 })],
        trial: quietTrial({ faults: [{ at: 0, fault: "at-drop", duration: 6 }] }),
      },
    ],
  },
  invariants: { broken: [{ broken: [{ at: 1, what: "a packet id of 0" }] }], kept: [{}] },
  bounded: {
    broken: [
      { measured: [{ at: 1, sizes: { "modem.#session.channel.#queue": 33 } }] },
      { measured: [{ at: 1, sizes: { "device.#list": 65 } }] },
      { measured: [{ at: 1, sizes: { "device.#buffer bytes": 100_000 } }] },
    ],
    kept: [{ measured: [{ at: 1, sizes: { "modem.#session.channel.#queue": 32, "device.#buffer bytes": 1_024 } }] }],
  },
  flat: {
    broken: [
      { measured: [1, 2, 3, 4].map((i) => day(i, { "device.#list": i })) },
      { measured: [1, 1, 2, 3, 3, 4].map((size, i) => day(i + 1, { "device.#list": size })) },
    ],
    kept: [
      { measured: [1, 2, 3, 4].map((i) => day(i, { "device.#list": i % 2 })) },
      // Filled late, or longer for once, at the end.
      { measured: [0, 0, 3, 4].map((size, i) => day(i + 1, { "device.#list": size })) },
      { measured: [0, 1, 1, 5].map((size, i) => day(i + 1, { "device.#list": size })) },
      // Not there at times.
      { measured: [1, 2, 3, 4].flatMap((i) => [day(i, {}), day(i, { "device.#list": i })]) },
      // Full at times, and empty in between.
      { measured: [1, 2, 3, 4].flatMap((i) => [day(i, { "device.#list": 0 }), day(i, { "device.#list": i })]) },
    ],
  },
  "flash-clean": { broken: [{ end: end({ overwrites: 1 }) }], kept: [{}] },
  "secrets-kept": { broken: [{ leaks: [{ at: 1, event: "onboarded", secret: "token" }] }], kept: [{}] },
  ...APP_TABLE,
  ...UPDATES_TABLE,
  ...COURSE_TABLE,
};

test("every verdict is in the table", () => {
  expect(Object.keys(TABLE)).toEqual(VERDICTS.map(({ name }) => name));
});

test("what breaks inside the firmware ends the run, and nothing else is judged by it", () => {
  const failed = judge(evidenceOf({ broken: [{ at: 1, what: "a packet id of 0" }], proofs: [] }));
  expect(failed.map(({ verdict }) => verdict)).toEqual(["invariants"]);
});

describe.each(VERDICTS)("$name", ({ name, promise }) => {
  test.each(TABLE[name]!.broken)("is broken (%#)", (change) => {
    const failed = judge(evidenceOf(change)).find(({ verdict }) => verdict === name);
    expect(failed).toMatchObject({ promise });
    for (const { what } of failed!.breaches) expect(what).toMatch(/./);
  });

  test.each(TABLE[name]!.kept)("is kept (%#)", (change) => {
    expect(judge(evidenceOf(change)).filter(({ verdict }) => verdict === name)).toEqual([]);
  });
});
