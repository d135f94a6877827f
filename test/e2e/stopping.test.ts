// A device that is stopped or told to restart, at whatever moment.

import { describe, expect, test } from "@jest/globals";
import { composeDevice } from "../../firmware/compose.js";
import type { Device } from "../../firmware/device/device.js";
import { configure } from "../../firmware/settings/configure.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, iccidOf, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const ICCID = iccidOf(DEFAULT_SIM);
const MINUTE_MS = 60_000;

function setUp(seed: number) {
  const published: { at: number; topic: string; payload: string }[] = [];
  const world = new VirtualWorld({ seed });
  const cloud = addCloud(world, {
    onEvent: (event) => {
      if (event.type !== "publish") return;
      published.push({ at: world.now, topic: event.topic, payload: Buffer.from(event.payload).toString() });
    },
  });
  const current: { device?: Device; boots: number } = { boots: 0 };
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    onRestart: () => start(),
  });
  const start = () => {
    current.boots++;
    current.device = composeDevice(board.boot(), { config: configure({ telemetryIntervalS: 10 }) }).device;
    current.device.start();
  };
  start();
  return { world, cloud, current, published };
}

describe("the restart command", () => {
  test.each([1, 2, 3])("is answered before the device restarts (seed %i)", async (seed) => {
    const { world, cloud, current, published } = setUp(seed);
    await world.run(() => (current.device?.counters.acked ?? 0) > 0, 5 * MINUTE_MS);
    cloud.sendCommand(ICCID, { id: "r", cmd: "restart" });
    const restarted = await world.run(() => current.boots > 1, MINUTE_MS);
    expect(restarted).toBe(true);
    const answers = published
      .filter(({ topic }) => topic === `${ICCID}/responses`)
      .map(({ payload }) => JSON.parse(payload));
    expect(answers).toEqual([{ id: "r", ok: true }]);
    await world.run(() => (current.device?.counters.acked ?? 0) > 0, 5 * MINUTE_MS);
    expect(current.device?.counters.acked).toBeGreaterThan(0);
  });
});

test("a device stopped at any moment ends, and says nothing afterwards", async () => {
  const { world: first, current: reference } = setUp(4);
  await first.run(() => (reference.device?.counters.acked ?? 0) > 0, 5 * MINUTE_MS);
  const online = reference.device!.firstPubackAt!;
  // Moments from power-on to a while after the first PUBACK, close together where the connection is made.
  const moments = [500, 5_000, 9_000, ...Array.from({ length: 24 }, (_, i) => online - 2_000 + i * 120)];
  for (const moment of moments) {
    const { world, current, published } = setUp(4);
    await world.run(moment);
    let ended = false;
    void current.device!.ended.then(() => {
      ended = true;
    });
    current.device!.stop();
    await world.run(() => ended, MINUTE_MS);
    expect([moment, ended]).toEqual([moment, true]);
    const before = published.length;
    await world.run(3 * MINUTE_MS);
    expect([moment, published.length]).toEqual([moment, before]);
  }
}, 60_000);
