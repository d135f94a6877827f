// Commands that are refused, and why they may be: one too many, a restart too soon or in a trial, no room for an answer, a wrong
// argument. And restarts: who granted them.

import { describe, expect, test } from "@jest/globals";
import type { AppDeed } from "../../../host-sim/desk/app-tap.js";
import type { Evidence } from "../../../host-sim/storm/evidence.js";
import { runTrial } from "../../../host-sim/storm/run-trial.js";
import { answersOf } from "../../../host-sim/storm/verdicts/answers.js";
import { judge } from "../../../host-sim/storm/verdicts/index.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { evidenceOf, HOUR, MINUTE, quietTrial, record } from "./evidence.js";
import { type Asked, clockSet, pings, restart, run, SECOND } from "./limits-evidence.js";

const breaks = (verdict: string, change: Partial<Evidence>) =>
  judge(evidenceOf(change)).some((failed) => failed.verdict === verdict);

const BUSY: Partial<Asked> = { answer: { ok: false, error: "busy" } };
const NONE: Partial<Asked> = { answer: "none" };
const EARLY = 11 * MINUTE;
const TWO_LIVES = { boots: [0, EARLY + 10 * SECOND] };
const measuring: AppDeed = { what: "command", name: "measure", at: MINUTE, life: 1, settings: "{}" };
const measure: Partial<Asked> = { cmd: "measure", own: { wrong: false } };

describe("that too many commands came", () => {
  test.each([
    ["the first", run(pings(1, MINUTE, BUSY))],
    ["the tenth at once", run([...pings(9, MINUTE), ...pings(1, MINUTE, BUSY)])],
    ["the eleventh, ten seconds behind the others", run([...pings(10, MINUTE), ...pings(1, MINUTE + 10_010, BUSY)])],
    ["the first of a life", run([...pings(10, EARLY), { at: EARLY + MINUTE, life: 2, ...BUSY }], TWO_LIVES)],
    ["one behind those that were refused", run([...pings(11, MINUTE, BUSY)])],
    ["one of the app's that is at nothing", run(pings(1, MINUTE, { ...measure, ...BUSY }))],
  ])("is not said of %s", (_, change) => expect(breaks("answered-once", change)).toBe(true));

  test.each([
    ["the eleventh at once", run([...pings(10, MINUTE), ...pings(1, MINUTE, BUSY)])],
    ["the eleventh, soon behind the others", run([...pings(10, MINUTE), ...pings(1, MINUTE + 9_900, BUSY)])],
    ["one of the app's that is at it", run(pings(1, 2 * MINUTE, { ...measure, ...BUSY }), { deeds: [measuring] })],
  ])("is said of %s", (_, change) => expect(breaks("answered-once", change)).toBe(false));
});

describe("that a restart comes too soon", () => {
  const soon = (at: number, life = 2) => restart(at, life, false);
  test.each([
    ["the first restart", run([soon(MINUTE, 1)])],
    ["a ping", run([restart(EARLY, 1), { ...soon(EARLY + MINUTE), cmd: "ping" }], TWO_LIVES)],
    ["one behind a refusal", run([soon(EARLY, 1), soon(EARLY + MINUTE)], TWO_LIVES)],
    ["one ten minutes later", run([restart(EARLY, 1), soon(EARLY + 11 * MINUTE)], TWO_LIVES)],
    [
      "one of a life that began long after",
      run([restart(EARLY, 1), soon(40 * MINUTE)], {
        boots: [0, EARLY + 10 * SECOND, 39 * MINUTE],
        log: [clockSet(1, 0), clockSet(39.5 * MINUTE, 0)],
      }),
    ],
  ])("is not said of %s", (_, change) => expect(breaks("answered-once", change)).toBe(true));

  test.each([
    ["one that follows", run([restart(EARLY, 1), soon(EARLY + SECOND, 1)])],
    ["one of the next life", run([restart(EARLY, 1), soon(EARLY + 9 * MINUTE)], TWO_LIVES)],
    [
      "one of a life whose clock is set back",
      run([restart(EARLY, 1), soon(40 * MINUTE)], {
        boots: [0, EARLY + 10 * SECOND, 39 * MINUTE],
        log: [clockSet(1, HOUR), clockSet(39.5 * MINUTE, 0)],
      }),
    ],
  ])("is said of %s", (_, change) => expect(breaks("answered-once", change)).toBe(false));
});

describe("that a restart would undo an update", () => {
  const onTrial: Asked = { at: MINUTE, cmd: "restart", answer: { ok: false, error: "on-trial" } };
  const start = { at: 0, seq: 2, board: "", digest: "", isTrial: true };
  const seen = { released: [], confirmed: [], reports: [], sent: [], asked: [], windows: [], isBrick: false };
  test.each([
    ["without updates", run([onTrial])],
    ["in no trial", run([onTrial], { updates: { ...seen, starts: [{ ...start, isTrial: false }] } })],
    [
      "long after it was confirmed",
      run([onTrial], { updates: { ...seen, starts: [start], confirmed: [{ at: 2 * SECOND, seq: 2 }] } }),
    ],
  ])("is not said %s", (_, change) => expect(breaks("answered-once", change)).toBe(true));

  test("is said in its trial", () => {
    expect(breaks("answered-once", run([onTrial], { updates: { ...seen, starts: [start] } }))).toBe(false);
  });
});

describe("an interval", () => {
  const interval = (seconds: number, answer: object) => {
    const { commands = [], ...rest } = run([{ at: MINUTE, cmd: "interval", answer }]);
    return { ...rest, commands: commands.map((each) => ({ ...each, seconds })) };
  };
  const BAD = { ok: false, error: "bad-argument" };
  test.each([
    ["refused", interval(60, BAD)],
    ["set to another one", interval(60, { ok: true, seconds: 61 })],
    ["set, and it is too long", interval(100_000, { ok: true, seconds: 100_000 })],
  ])("is not %s", (_, change) => expect(breaks("answered-once", change)).toBe(true));

  test.each([
    ["set", interval(60, { ok: true, seconds: 60 })],
    ["refused where it is too long", interval(100_000, BAD)],
  ])("is %s", (_, change) => expect(breaks("answered-once", change)).toBe(false));
});

describe("a command is counted as refused", () => {
  const waiting = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      record(50 + i, { topic: `${iccidOf(DEFAULT_SIM)}/state`, keptAt: 1, ackedAt: undefined }),
    );
  const refused = run(pings(1, MINUTE, NONE));
  /** So many records that were kept at this time wait in the second life, and a command comes. */
  const left = (count: number, keptAt: number) => ({
    ...run([{ at: EARLY + MINUTE, life: 2, answer: "none" }], TWO_LIVES),
    records: new Map(
      Array.from({ length: count }, (_, i) =>
        record(50 + i, { topic: `${iccidOf(DEFAULT_SIM)}/telemetry`, keptAt, ackedAt: undefined }),
      ),
    ),
  });
  test.each([
    ["nothing stands against it", refused],
    ["too many came, long before", run([...pings(10, MINUTE), ...pings(1, 2 * MINUTE, NONE)])],
    ["others were refused", run(pings(12, MINUTE, NONE))],
    ["a few answers wait", { ...refused, records: new Map(waiting(11)) }],
    ["a life before has left a few", left(11, 1)],
    ["records of this life wait", left(12, EARLY + 11 * SECOND)],
    ["there was no room before", { ...refused, cramped: [MINUTE - 1] }],
  ])("not where %s", (_, change) => expect(breaks("commands-answered", change)).toBe(true));

  const stopped = { at: MINUTE - 1, level: "info", event: "phase", fields: { phase: "stopped", failures: 0 } } as const;
  test.each([
    ["too many came", run([...pings(10, MINUTE), ...pings(3, MINUTE, NONE)])],
    ["the answers that wait have all their share", { ...refused, records: new Map(waiting(12)) }],
    ["a life before has left as many, which may all be answers", left(12, 1)],
    ["there is no room", { ...refused, cramped: [MINUTE] }],
    ["the device ends", { ...refused, log: [stopped] }],
  ])("where %s", (_, change) => expect(breaks("commands-answered", change)).toBe(false));
});

describe("a start by a command", () => {
  const start = (at: number) =>
    ({ at, level: "info", event: "start", fields: { reset: "command" } }) as Evidence["log"][number];
  const boots = [0, MINUTE, EARLY];
  const log = [start(EARLY)];
  /** One that the broker had kept, which the device heard in its second life. */
  const keptRestart = (at: number) => {
    const { commands = [], heard = [] } = run([restart(at, 2)]);
    return {
      commands: commands.map((each) => ({ ...each, id: "9" })),
      heard: heard.map((each) => ({ ...each, text: JSON.stringify({ id: "9" }), retained: true })),
      ...{ boots, log },
    };
  };

  test.each([
    ["that an earlier life was granted", run([restart(MINUTE - SECOND, 1)], { boots, log })],
    ["that this life was granted", run([restart(EARLY + SECOND, 3)], { boots: [...boots, EARLY + 20 * SECOND], log })],
    ["that was refused", run([restart(EARLY - SECOND, 2, false)], { boots, log })],
    ["that a kept message asked for", keptRestart(EARLY - SECOND)],
  ])("was granted by nobody: %s", (_, change) => expect(breaks("restart-answered", change)).toBe(true));

  test("was granted in the life that it ended", () => {
    expect(breaks("restart-answered", run([restart(EARLY - SECOND, 2)], { boots, log }))).toBe(false);
  });

  test("is held against a kept command that came shortly before", () => {
    expect(breaks("retained-ignored", keptRestart(EARLY - SECOND))).toBe(true);
  });

  test("is not held against one that came long before", () => {
    expect(breaks("retained-ignored", keptRestart(EARLY - 3 * MINUTE))).toBe(false);
  });

  test("is not held against one beside which another was granted", () => {
    const kept = keptRestart(EARLY - 2 * SECOND);
    const { commands = [], heard = [], records } = run([restart(EARLY - SECOND, 2)]);
    const both = {
      ...kept,
      commands: [...kept.commands, ...commands],
      heard: [...kept.heard, ...heard],
      records: records!,
    };
    expect(breaks("retained-ignored", both)).toBe(false);
  });
});

test("a device that obeys nothing, and says of each command that it is too many, is found out", async () => {
  const { setup } = quietTrial();
  const evidence = await runTrial(quietTrial({ hours: 1, setup: { ...setup, commandEveryS: 60 } }));
  const busy = answersOf(evidence).map(({ record: { text, ...rest }, answer: { id } }) => {
    const lie = { ...rest, text: JSON.stringify({ id, ok: false, error: "busy" }) };
    return [rest.sequence, lie] as const;
  });
  expect(busy.length).toBeGreaterThan(10);
  expect(judge(evidence)).toEqual([]);
  const failed = judge({ ...evidence, records: new Map([...evidence.records, ...busy]) });
  expect(failed.find(({ verdict }) => verdict === "answered-once")?.count).toBeGreaterThan(0.9 * busy.length);
});
