// The way back, judged wherever no fault lasts: what a calm is, how long it must be, and what is looked at in it.

import { describe, expect, test } from "@jest/globals";
import type { Fault } from "../../../host-sim/desk/fault.js";
import type { Evidence } from "../../../host-sim/storm/evidence.js";
import { RECOVERS } from "../../../host-sim/storm/verdicts/calms.js";
import { evidenceOf, MINUTE, quietTrial } from "./evidence.js";

const refused = (from: number, to: number): Fault => ({
  at: from * MINUTE,
  fault: "socket-refused",
  duration: (to - from) * MINUTE,
});
const dark = (fault: string, minute: number): Fault => ({ at: minute * MINUTE, fault, value: 600, duration: 0 });

/** A run of two hours. @param minutes when records were acknowledged */
const run = (faults: Fault[], minutes: number[], change: Partial<Evidence> = {}) =>
  evidenceOf({ trial: quietTrial({ faults }), proofs: minutes.map((minute) => minute * MINUTE), ...change });
const minutesOf = (evidence: Evidence) => RECOVERS.check(evidence).map(({ at }) => at / MINUTE);

const { setup } = quietTrial();
const image = { act: "mute", afterMs: 1, bytes: 1, format: "image", retained: false } as const;
const sent = { at: 0, seq: 2, board: "b", digest: "d" };
const updated = {
  trial: quietTrial({ setup: { ...setup, updates: { budgetKb: 100, releases: [{ at: 0, seq: 2, ...image }] } } }),
  updates: {
    ...{ released: [], confirmed: [], sent: [], asked: [], reports: [], windows: [], isBrick: false },
    starts: [
      { ...sent, at: 0, seq: 1, isTrial: false },
      { ...sent, at: 5 * MINUTE, isTrial: true },
      { ...sent, at: 16 * MINUTE, seq: 1, isTrial: false },
    ],
  },
  boots: [0, 5 * MINUTE, 16 * MINUTE],
};

describe("a device that does not come back", () => {
  test.each([
    ["from the first start", run([], []), [10]],
    ["behind the last fault", run([refused(10, 20)], [1]), [30]],
    ["in time", run([refused(10, 20)], [1, 31]), [30]],
    ["behind a fault in the middle of the run", run([refused(10, 20), refused(40, 50)], [1, 55]), [30]],
    ["in any calm", run([refused(10, 20), refused(40, 50), refused(70, 71)], [1]), [30, 60, 81]],
    ["when its board has power again", run([dark("chip-dark", 10)], [1, 30.1]), [30]],
    ["when the image that was not well is undone", run([], [26.1], updated), [26]],
  ])("%s is seen", (_, evidence, minutes) => expect(minutesOf(evidence)).toEqual(minutes));
});

describe("what is not judged", () => {
  test.each([
    ["a calm that is shorter than the device needs", run([refused(10, 20), refused(29, 30)], [1, 35])],
    ["the time of a fault that lasts while others begin and end", run([refused(10, 50), refused(20, 21)], [1, 55])],
    ["the time without power", run([dark("chip-power-out", 10)], [1, 29])],
    ["an end of the run that comes too soon", run([refused(105, 115)], [1])],
    ["an image on trial that is not well", run([], [1, 25], updated)],
  ])("%s", (_, evidence) => expect(minutesOf(evidence)).toEqual([]));
});

test("evidence is each calm that is long enough, the first start's too", () => {
  expect(RECOVERS.seen(run([], [1]))).toBe(1);
  expect(RECOVERS.seen(run([refused(10, 20), refused(29, 30), refused(40, 60), refused(111, 112)], [1]))).toBe(3);
});

test("a device that sleeps between records has until its next one", () => {
  const asleep = { ...setup, config: { ...setup.config, power: "psm", telemetryIntervalS: 1_200 } } as const;
  const trial = quietTrial({ setup: asleep, faults: [refused(40, 50)] });
  expect(RECOVERS.check(evidenceOf({ trial, proofs: [MINUTE, 79 * MINUTE] }))).toEqual([]);
  expect(RECOVERS.check(evidenceOf({ trial, proofs: [MINUTE, 81 * MINUTE] }))).toHaveLength(1);
});

test("a device that a service asks to wait has until then", () => {
  const wait = [
    { at: 14 * MINUTE, level: "warn", event: "failure", fields: { code: "onboarding-often", advice: "back-off" } },
    { at: 14 * MINUTE, level: "warn", event: "backing-off", fields: { failures: 1, ms: 20 * MINUTE } },
  ] as unknown as Evidence["log"];
  expect(minutesOf(run([refused(10, 20)], [1, 43], { log: wait }))).toEqual([]);
  expect(minutesOf(run([refused(10, 20)], [1, 45], { log: wait }))).toEqual([44]);
});
