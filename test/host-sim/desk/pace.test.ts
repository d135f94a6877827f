// Virtual time in step with a clock, which is one by hand here.

import { expect, test } from "@jest/globals";
import { inStep } from "../../../host-sim/desk/pace.js";
import { TestDesk } from "../../support/desk.js";

/** A real clock that a sleep moves, by a little more than was asked for. */
function realTime(late = 0) {
  const real = { ms: 5_000, sleeps: [] as number[] };
  return {
    real,
    now: () => real.ms,
    sleep: async (ms: number) => {
      real.sleeps.push(ms);
      real.ms += ms + late;
    },
  };
}

const SETTINGS = { telemetryIntervalS: 10 };

test.each([1, 60])("the first record is acknowledged when a clock %i times as fast says so", async (speed) => {
  const [free, paced] = [new TestDesk({ settings: SETTINGS }), new TestDesk({ settings: SETTINGS })];
  free.start();
  paced.start();
  await free.online();
  const time = realTime(1);
  await inStep(paced.world, time, () => (paced.unit.device?.counters.acked ?? 0) > 0, speed);
  expect(paced.world.trace.digest()).toBe(free.world.trace.digest());
  expect(time.real.ms - 5_000).toBeGreaterThanOrEqual(free.world.elapsed / speed);
  expect(time.real.ms - 5_000).toBeLessThan(free.world.elapsed / speed + 60);
  expect(Math.max(...time.real.sleeps)).toBeLessThanOrEqual(50);
});

test("what is done to the desk while it waits happens within the next moment", async () => {
  const desk = new TestDesk({ settings: SETTINGS });
  desk.start();
  await desk.online();
  const time = realTime();
  const sent = time.now();
  desk.command({ id: "1", cmd: "ping" });
  await inStep(desk.world, time, () => desk.answers.length > 0);
  expect(time.now() - sent).toBeLessThan(1_000);
});
