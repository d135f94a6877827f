// The recovery ladder on a whole device: climbed by count, over restarts of the chip, and left only by a proven exchange.

import { describe, expect, test } from "@jest/globals";
import { RUNGS } from "../../firmware/device/ladder.js";
import { readFailures } from "../../firmware/device/memory.js";
import { HOUR_MS, started, type TestDesk } from "../support/desk.js";

function setUp(options: { seed?: number; powerKey?: boolean; intervalS?: number } = {}): TestDesk {
  const { seed = 5, powerKey = true, intervalS = 60 } = options;
  return started({ seed, board: { powerKey }, settings: { telemetryIntervalS: intervalS } });
}

const failuresOf = (desk: TestDesk) => readFailures(desk.unit.board.keyValue);
const calls = (desk: TestDesk) => desk.events("connect").length;

describe("a broker that cannot be reached for long", () => {
  test("makes the device climb rung by rung, and its count outlives the restart of the chip", async () => {
    const desk = setUp();
    expect(await desk.online(HOUR_MS)).toBe(true);
    await desk.run(30_000);
    desk.cloud.brokerServer.reachability = "refusing";
    desk.cloud.brokerServer.reset();
    await desk.run(() => desk.boots > 1, 6 * HOUR_MS);
    const climbed = desk.named("climbing").map(({ rung }) => rung);
    expect([...new Set(climbed)]).toEqual(RUNGS.slice(1));
    expect(failuresOf(desk)).toBe(12);

    desk.cloud.brokerServer.reachability = "up";
    expect(await desk.online(HOUR_MS)).toBe(true);
    await desk.run(19_900);
    expect(failuresOf(desk)).toBe(12);
    await desk.run(200);
    expect(failuresOf(desk)).toBe(0);
  });

  test("costs no new token: no rung throws credentials away, not even the restart of the chip", async () => {
    const desk = setUp();
    await desk.online(HOUR_MS);
    desk.cloud.brokerServer.reachability = "refusing";
    desk.cloud.brokerServer.reset();
    await desk.run(() => desk.boots > 1, 6 * HOUR_MS);
    desk.cloud.brokerServer.reachability = "up";
    await desk.online(HOUR_MS);
    expect(desk.events("onboarding")).toHaveLength(1);
  });
});

test("a broker that closes after each CONNACK does not reset the back-off", async () => {
  const desk = setUp();
  await desk.online(HOUR_MS);
  desk.cloud.faults.set("close-after-connack");
  desk.cloud.brokerServer.reset();
  await desk.run(HOUR_MS);
  const failures = desk.named("backing-off").map((fields) => Number(fields.failures));
  expect(failures.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
  desk.cloud.faults.clear("close-after-connack");
  await desk.run(() => failuresOf(desk) === 0, HOUR_MS);
  expect(failuresOf(desk)).toBe(0);
});

test("a broker that kicks each connection behind its first acknowledgement is called ever more rarely", async () => {
  const desk = setUp();
  await desk.online(HOUR_MS);
  desk.cloud.faults.set("broker-drops=1");
  desk.cloud.brokerServer.reset();
  const before = calls(desk);
  await desk.run(60_000);
  expect(calls(desk) - before).toBeGreaterThan(2);
  expect(calls(desk) - before).toBeLessThanOrEqual(10);
  await desk.run(HOUR_MS);
  const failures = desk.named("backing-off").map((fields) => Number(fields.failures));
  expect(failures).toEqual(failures.map((_, i) => i + 1));
  expect(calls(desk) - before).toBeLessThan(60);
  // What is written meanwhile arrives all the same.
  expect(desk.device.counters.lost).toBe(0);

  desk.cloud.faults.clear("broker-drops");
  await desk.run(() => desk.unit.device?.phase === "online" && failuresOf(desk) === 0, HOUR_MS);
  expect(failuresOf(desk)).toBe(0);
});

test.each(Array.from({ length: 20 }, (_, i) => i + 1))(
  "a broker that kicks a device with a record each second is called ten times in its first minute at most (seed %i)",
  async (seed) => {
    const desk = setUp({ seed, intervalS: 1 });
    desk.cloud.faults.set("broker-drops=1");
    await desk.online(HOUR_MS);
    await desk.run(60_000);
    expect(calls(desk)).toBeLessThanOrEqual(10);
  },
);

test("where the board has no power line that rung is skipped, and said to be", async () => {
  const desk = setUp({ powerKey: false });
  await desk.online(HOUR_MS);
  expect(desk.named("no-rung")).toEqual([{ rung: "power-cycle" }]);
  desk.cloud.brokerServer.reachability = "refusing";
  desk.cloud.brokerServer.reset();
  await desk.run(() => desk.boots > 1, 8 * HOUR_MS);
  const climbed = new Set(desk.named("climbing").map(({ rung }) => rung));
  expect(climbed.has("power-cycle")).toBe(false);
  expect(climbed.has("chip-restart")).toBe(true);
});

describe("a modem that goes wrong by itself", () => {
  test.each(["restart", "freeze", "zombie", "under-voltage", "pdp-drop", "power-loss"] as const)(
    "after %s the device comes back and loses nothing",
    async (mishap) => {
      const desk = setUp();
      await desk.online(HOUR_MS);
      const before = desk.device.counters.acked;
      desk.unit.board.push(desk.unit.modem.mishap(mishap, desk.world.now));
      const back = await desk.run(() => desk.device.counters.acked > before + 3, HOUR_MS);
      expect(back).toBe(true);
      expect(desk.device.counters.lost).toBe(0);
    },
  );
});
