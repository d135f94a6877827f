// When a device that sleeps must wake, as the verdict has it: by its last record and the interval, whatever it announces itself.

import { expect, test } from "@jest/globals";
import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import type { Setup } from "../../../host-sim/storm/setup.js";
import { RESTS } from "../../../host-sim/storm/verdicts/rests.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { evidenceOf, HOUR, MINUTE, quietTrial, record } from "./evidence.js";

const SECOND = 1_000;
const TOPIC = `${iccidOf(DEFAULT_SIM)}/telemetry`;
const line = (at: number, event: string, fields: object) => ({ at, level: "info", event, fields }) as Logged;
const phase = (at: number, phase: string) => line(at, "phase", { phase });
const start = (at: number, reset: string) => line(at, "start", { reset });
/** It says at this time that it sleeps for so long. */
const sleeps = (at: number, ms: number) => [phase(at, "asleep"), line(at, "asleep", { ms })];
/** A record of telemetry that was acknowledged at once. */
const recorded = (sequence: number, keptAt: number) =>
  record(sequence, { topic: TOPIC, text: "{}", keptAt, ackedAt: keptAt });

/** A record each ten minutes, and the first one at the first minute; asleep from the second on. */
function night(change: Partial<Evidence>, setup: Partial<Setup> = {}, config: Partial<Setup["config"]> = {}): Evidence {
  const trial = quietTrial();
  const settings = { ...trial.setup.config, power: "psm" as const, telemetryIntervalS: 600, ...config };
  return evidenceOf({
    trial: { ...trial, setup: { ...trial.setup, deepSleep: true, ...setup, config: settings } },
    records: new Map([recorded(1, MINUTE)]),
    proofs: [],
    ...change,
  });
}
const DUE = 11 * MINUTE;
const whatsOf = (evidence: Evidence) => RESTS.check(evidence).map(({ what }) => what);

/** A deep sleep that says how long it is, and the start behind it. */
const deep = (ms: number, wokeAt: number, reset = "sleep", change: Partial<Evidence> = {}) =>
  night({ log: [...sleeps(2 * MINUTE, ms), start(wokeAt, reset)], boots: [0, wokeAt], ...change });

test("a wake from a deep sleep is due with the next record", () => {
  expect(RESTS.check(deep(9 * MINUTE, DUE + 400))).toEqual([]);
  expect(whatsOf(deep(9 * MINUTE, DUE + 9 * MINUTE))).toEqual(["asleep for 1080 s instead of 541"]);
  expect(whatsOf(deep(9 * MINUTE, DUE - MINUTE))).toHaveLength(1);
});

test("any other start excuses it", () => {
  for (const reset of ["power", "command", "engine:asleep"]) {
    const evidence = deep(9 * MINUTE, DUE + HOUR, reset);
    expect(RESTS.check(evidence)).toEqual([]);
    expect(RESTS.seen(evidence)).toBe(0);
  }
  expect(RESTS.seen(deep(9 * MINUTE, DUE + 400))).toBe(1);
});

test("what a device announces is held against the record before", () => {
  expect(whatsOf(deep(3 * MINUTE, DUE + 400))).toEqual(["it says that it sleeps for 180 s, and is to wake after 540"]);
  expect(whatsOf(deep(18 * MINUTE, DUE + 9 * MINUTE))).toHaveLength(1);
});

test("an interval that was set since counts, and each of two that were set at once may", () => {
  const set = (...seconds: number[]) =>
    seconds.map((telemetryIntervalS) => line(90 * SECOND, "configured", { telemetryIntervalS }));
  const asleep = (ms: number, log: Logged[]) =>
    night({ log: [...log, ...sleeps(2 * MINUTE, ms)], trial: { ...night({}).trial, hours: 0.1 } });
  expect(RESTS.check(asleep(9 * MINUTE, set(900)))).toHaveLength(1);
  expect(RESTS.check(asleep(14 * MINUTE, set(900)))).toEqual([]);
  expect(RESTS.check(asleep(9 * MINUTE, set(900, 600)))).toEqual([]);
});

test("where records are gathered, the last of them wakes the modem, and each of them a chip that sleeps deeply", () => {
  const gathers = { recordsPerWake: 3 };
  const waiting = new Map([
    recorded(1, MINUTE),
    record(2, { topic: TOPIC, text: "{}", keptAt: DUE, ackedAt: undefined }),
  ]);
  const log = (ms: number) => [start(DUE, "sleep"), ...sleeps(DUE, ms), start(DUE + 10 * MINUTE + 400, "sleep")];
  const boots = [0, DUE, DUE + 10 * MINUTE + 400];
  // One waits, the next does, and the third is sent.
  expect(whatsOf(night({ records: waiting, log: log(20 * MINUTE), boots }, {}, gathers))).toEqual([]);
  expect(whatsOf(night({ records: waiting, log: log(10 * MINUTE), boots }, {}, gathers))).toHaveLength(1);
  const awake = night(
    { records: waiting, log: [...sleeps(DUE, 20 * MINUTE), phase(DUE + 20 * MINUTE, "linking")] },
    { deepSleep: false },
    gathers,
  );
  expect(RESTS.check(awake)).toEqual([]);
});

test("what nobody can know is not held against it: a record that was not kept, a day's volume", () => {
  const unkept = line(100 * SECOND, "not-recorded", { code: "x" });
  const log = [unkept, ...sleeps(2 * MINUTE, HOUR), start(2 * MINUTE + HOUR + 400, "sleep")];
  const boots = [0, 2 * MINUTE + HOUR + 400];
  expect(RESTS.check(night({ log, boots }))).toEqual([]);
  expect(RESTS.check(night({ log: log.slice(1), boots }, {}, { dataBudgetKbPerDay: 200 }))).toEqual([]);
});

test("a device that never wakes is seen at the end of the run, unless its power was taken", () => {
  const log = sleeps(2 * MINUTE, 9 * MINUTE);
  expect(RESTS.check(night({ log }))).toHaveLength(1);
  const { trial } = night({});
  const dark = { at: 5 * MINUTE, fault: "chip-dark", value: 600, duration: 0 };
  expect(RESTS.check(night({ log, trial: { ...trial, faults: [dark] } }))).toEqual([]);
});
