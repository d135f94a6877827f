// A device whose flash is at its end: it goes on talking, and says what it loses.

import { expect, test } from "@jest/globals";
import { composeDevice } from "../../firmware/compose.js";
import type { Flash } from "../../firmware/platform/storage.js";
import { configure } from "../../firmware/settings/configure.js";
import { WornFlash } from "../../host-sim/desk/worn-flash.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const MINUTE_MS = 60_000;

function boot(flash: Flash) {
  const logged: string[] = [];
  const world = new VirtualWorld({ seed: 1 });
  addCloud(world);
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed: 1, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    flash,
    log: (_level, event) => logged.push(event),
  });
  const { device } = composeDevice(board.boot(), { config: configure({ telemetryIntervalS: 10 }) });
  device.start();
  return { world, device, logged };
}

test("a partition that keeps nothing any more is done without: records wait in RAM", async () => {
  const flash = new WornFlash({ blocks: 3 });
  for (const block of [0, 1, 2]) flash.wearOut(block);
  const { world, device, logged } = boot(flash);
  await world.run(5 * MINUTE_MS);
  expect(logged).toContain("no-outbox");
  expect(device.counters.acked).toBeGreaterThan(10);
});

test("a record that flash does not keep is counted as lost, and the device runs on", async () => {
  const flash = new WornFlash({ blocks: 3 });
  const { world, device, logged } = boot(flash);
  await world.run(MINUTE_MS);
  for (const block of [0, 1, 2]) flash.wearOut(block);
  await world.run(10 * MINUTE_MS);
  expect(logged).toContain("not-recorded");
  expect(device.counters.lost).toBeGreaterThan(10);
  expect(device.phase).not.toBe("stopped");
});
