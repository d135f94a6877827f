// The recovery ladder on a whole device: climbed by count, over restarts of the chip, and left only by a proven exchange.

import { describe, expect, test } from "@jest/globals";
import { composeDevice } from "../../firmware/compose.js";
import type { Device } from "../../firmware/device/device.js";
import { RUNGS } from "../../firmware/device/ladder.js";
import { readFailures } from "../../firmware/device/memory.js";
import type { LogFields } from "../../firmware/platform/events.js";
import { configure } from "../../firmware/settings/configure.js";
import type { BrokerEvent } from "../../host-sim/cloud/broker/events.js";
import type { OnboardingEvent } from "../../host-sim/cloud/onboarding/onboarding.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const HOUR_MS = 3_600_000;

interface Logged {
  event: string;
  fields: LogFields;
}

/** A device that boots again when it restarts its chip. */
function setUp(options: { seed?: number; powerKey?: boolean; intervalS?: number } = {}) {
  const { seed = 5, powerKey = true, intervalS = 60 } = options;
  const log: Logged[] = [];
  const seen: (OnboardingEvent | BrokerEvent)[] = [];
  const world = new VirtualWorld({ seed });
  const cloud = addCloud(world, {
    onEvent: (event) => {
      seen.push(event);
    },
  });
  const modem = new Sim7080({ seed, sim: DEFAULT_SIM, poweredOn: !powerKey });
  const board = world.device({
    name: "device",
    modem,
    powerKey,
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    log: (_level, event, fields: LogFields) => log.push({ event, fields }),
    onRestart: () => start(),
  });
  const current: { device?: Device; boots: number } = { boots: 0 };
  const start = () => {
    current.boots++;
    current.device = composeDevice(board.boot(), { config: configure({ telemetryIntervalS: intervalS }) }).device;
    current.device.start();
  };
  start();
  const online = () => world.run(() => (current.device?.counters.acked ?? 0) > 0, HOUR_MS);
  const named = (event: string) => log.filter((entry) => entry.event === event).map(({ fields }) => fields);
  return { world, cloud, board, modem, current, online, named, seen };
}

describe("a broker that cannot be reached for long", () => {
  test("makes the device climb rung by rung, and its count outlives the restart of the chip", async () => {
    const { world, cloud, board, current, online, named } = setUp();
    expect(await online()).toBe(true);
    await world.run(30_000);
    cloud.brokerServer.reachability = "refusing";
    cloud.brokerServer.reset();
    await world.run(() => current.boots > 1, 6 * HOUR_MS);
    const climbed = named("climbing").map(({ rung }) => rung);
    expect([...new Set(climbed)]).toEqual(RUNGS.slice(1));
    expect(readFailures(board.keyValue)).toBe(12);

    cloud.brokerServer.reachability = "up";
    expect(await online()).toBe(true);
    await world.run(19_900);
    expect(readFailures(board.keyValue)).toBe(12);
    await world.run(200);
    expect(readFailures(board.keyValue)).toBe(0);
  });

  test("costs no new token: no rung throws credentials away, not even the restart of the chip", async () => {
    const { world, cloud, current, online, seen } = setUp();
    await online();
    cloud.brokerServer.reachability = "refusing";
    cloud.brokerServer.reset();
    await world.run(() => current.boots > 1, 6 * HOUR_MS);
    cloud.brokerServer.reachability = "up";
    await online();
    expect(seen.filter(({ type }) => type === "onboarding")).toHaveLength(1);
  });
});

test("a broker that closes after each CONNACK does not reset the back-off", async () => {
  const { world, cloud, board, online, named } = setUp();
  await online();
  cloud.faults.set("close-after-connack");
  cloud.brokerServer.reset();
  await world.run(HOUR_MS);
  const failures = named("backing-off").map((fields) => Number(fields.failures));
  expect(failures.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
  cloud.faults.clear("close-after-connack");
  await world.run(() => readFailures(board.keyValue) === 0, HOUR_MS);
  expect(readFailures(board.keyValue)).toBe(0);
});

test("a broker that kicks each connection behind its first acknowledgement is called ever more rarely", async () => {
  const { world, cloud, board, current, online, named, seen } = setUp();
  await online();
  const called = () => seen.filter(({ type }) => type === "connect").length;
  cloud.faults.set("broker-drops=1");
  cloud.brokerServer.reset();
  const before = called();
  await world.run(60_000);
  expect(called() - before).toBeGreaterThan(2);
  expect(called() - before).toBeLessThanOrEqual(10);
  await world.run(HOUR_MS);
  const failures = named("backing-off").map((fields) => Number(fields.failures));
  expect(failures).toEqual(failures.map((_, i) => i + 1));
  expect(called() - before).toBeLessThan(60);
  // What is written meanwhile arrives all the same.
  expect(current.device!.counters.lost).toBe(0);

  cloud.faults.clear("broker-drops");
  await world.run(() => current.device?.phase === "online" && readFailures(board.keyValue) === 0, HOUR_MS);
  expect(readFailures(board.keyValue)).toBe(0);
});

test.each(Array.from({ length: 20 }, (_, i) => i + 1))(
  "a broker that kicks a device with a record each second is called ten times in its first minute at most (seed %i)",
  async (seed) => {
    const { world, cloud, online, seen } = setUp({ seed, intervalS: 1 });
    cloud.faults.set("broker-drops=1");
    await online();
    await world.run(60_000);
    expect(seen.filter(({ type }) => type === "connect").length).toBeLessThanOrEqual(10);
  },
);

test("where the board has no power line that rung is skipped, and said to be", async () => {
  const { world, cloud, current, online, named } = setUp({ powerKey: false });
  await online();
  expect(named("no-rung")).toEqual([{ rung: "power-cycle" }]);
  cloud.brokerServer.reachability = "refusing";
  cloud.brokerServer.reset();
  await world.run(() => current.boots > 1, 8 * HOUR_MS);
  const climbed = new Set(named("climbing").map(({ rung }) => rung));
  expect(climbed.has("power-cycle")).toBe(false);
  expect(climbed.has("chip-restart")).toBe(true);
});

describe("a modem that goes wrong by itself", () => {
  test.each(["restart", "freeze", "zombie", "under-voltage", "pdp-drop", "power-loss"] as const)(
    "after %s the device comes back and loses nothing",
    async (mishap) => {
      const { world, board, modem, current, online } = setUp();
      await online();
      const before = current.device!.counters.acked;
      board.push(modem.mishap(mishap, world.now));
      const back = await world.run(() => current.device!.counters.acked > before + 3, HOUR_MS);
      expect(back).toBe(true);
      expect(current.device!.counters.lost).toBe(0);
    },
  );
});
