// Commands that are refused: each must have been one too many, a restart too soon, or without room for its answer.

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

describe("a command is counted as refused", () => {
  const waiting = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      record(50 + i, { topic: `${iccidOf(DEFAULT_SIM)}/state`, keptAt: 1, ackedAt: undefined }),
    );
  const refused = run(pings(1, MINUTE, NONE));
  test.each([
    ["nothing stands against it", refused],
    ["too many came, long before", run([...pings(10, MINUTE), ...pings(1, 2 * MINUTE, NONE)])],
    ["others were refused", run(pings(12, MINUTE, NONE))],
    ["a few answers wait", { ...refused, records: new Map(waiting(11)) }],
    ["there was no room before", { ...refused, cramped: [MINUTE - 1] }],
  ])("not where %s", (_, change) => expect(breaks("commands-answered", change)).toBe(true));

  const stopped = { at: MINUTE - 1, level: "info", event: "phase", fields: { phase: "stopped", failures: 0 } } as const;
  test.each([
    ["too many came", run([...pings(10, MINUTE), ...pings(3, MINUTE, NONE)])],
    ["the answers that wait have all their share", { ...refused, records: new Map(waiting(12)) }],
    ["there is no room", { ...refused, cramped: [MINUTE] }],
    ["the device ends", { ...refused, log: [stopped] }],
  ])("where %s", (_, change) => expect(breaks("commands-answered", change)).toBe(false));
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
