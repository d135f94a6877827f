import { expect, test } from "@jest/globals";
import type { Fault } from "../../../host-sim/desk/fault.js";
import { ATTEMPTS_MAX, shrink } from "../../../host-sim/storm/shrink.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";

const trial = drawTrial(3, 48);
const has = (faults: readonly Fault[], index: number) => faults.some(({ at }) => at === trial.faults[index]!.at);

test("two faults that only together do harm are found among a hundred, in a bounded number of runs", async () => {
  let runs = 0;
  const smallest = await shrink(trial, ({ faults }) => {
    runs++;
    return Promise.resolve(has(faults, 5) && has(faults, 40));
  });
  expect(trial.faults.length).toBeGreaterThan(60);
  expect(smallest.faults.map(({ fault }) => fault)).toEqual([trial.faults[5]!.fault, trial.faults[40]!.fault]);
  expect(smallest.setup.quirks).toEqual([]);
  expect(runs).toBeLessThanOrEqual(ATTEMPTS_MAX);
});

test("a fault becomes as short as it can be", async () => {
  const fault = { at: 0, fault: "socket-stall", duration: 1_000_000 };
  const { faults } = await shrink({ ...trial, faults: [fault] }, ({ faults: [only] }) =>
    Promise.resolve(only !== undefined && only.duration >= 30_000),
  );
  expect(faults).toEqual([{ ...fault, duration: 31_250 }]);
});

test("a failure that needs no fault at all is shown without any", async () => {
  const { faults } = await shrink(trial, () => Promise.resolve(true));
  expect(faults).toEqual([]);
});
