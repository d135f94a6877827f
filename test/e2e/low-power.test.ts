import { expect, test } from "@jest/globals";
import { composeDevice } from "../../firmware/compose.js";
import type { Device } from "../../firmware/device/device.js";
import type { LogFields } from "../../firmware/platform/events.js";
import { configure } from "../../firmware/settings/configure.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { DEFAULT_SIM, iccidOf, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

const HOUR_MS = 3_600_000;
const TOPIC = `${iccidOf(DEFAULT_SIM)}/telemetry`;

/** Three hours with a record every half hour. */
async function threeHours(power: "always-on" | "psm") {
  const numbers: number[] = [];
  const rests: string[] = [];
  const world = new VirtualWorld({ seed: 3 });
  addCloud(world, {
    onEvent: (event) => {
      if (event.type === "publish" && event.topic === TOPIC)
        numbers.push(JSON.parse(Buffer.from(event.payload).toString()).seq);
    },
  });
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed: 3, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    log: (_level, event, fields: LogFields) => {
      if (event === "resting") rests.push(String(fields.how));
    },
  });
  const config = configure({ power, telemetryIntervalS: 1_800, keepAliveS: 600 });
  const { device } = composeDevice(board.boot(), { config });
  device.start();
  await world.run(3 * HOUR_MS);
  return { device, numbers, rests };
}

test("with psm the modem sleeps between records, each record arrives once, and the radio is on a small part of the time", async () => {
  const { device, numbers, rests } = await threeHours("psm");
  const always = await threeHours("always-on");
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(6);
  expect(new Set(rests)).toEqual(new Set(["psm"]));
  expect(rests.length).toBeGreaterThanOrEqual(5);
  expect(device.counters.lost).toBe(0);
  // The token lives on over a rest.
  expect(device.counters.onboardings).toBe(1);
  const usage = device.usage();
  expect(usage.connects).toBe(rests.length + (device.phase === "online" ? 1 : 0));
  expect(usage.bytesPerConnect).toBeGreaterThan(4_000);
  expect(usage.radioOnMs).toBeLessThan(always.device.usage().radioOnMs / 5);
  expect(usage.airBytes).toBeGreaterThan(always.device.usage().airBytes);
});

test("a chip that can sleeps with its modem: it boots for each record, numbers go on, and what it costs is counted over all sleeps", async () => {
  const numbers: number[] = [];
  const world = new VirtualWorld({ seed: 6 });
  addCloud(world, {
    onEvent: (event) => {
      if (event.type === "publish" && event.topic === TOPIC) {
        numbers.push(JSON.parse(Buffer.from(event.payload).toString()).seq);
      }
    },
  });
  const board = world.device({
    name: "device",
    modem: new Sim7080({ seed: 6, sim: DEFAULT_SIM }),
    sourceAddress: sourceAddressOf(DEFAULT_SIM),
    flash: new NorFlash(),
    deepSleep: true,
    onRestart: () => start(),
  });
  const config = configure({ power: "psm", telemetryIntervalS: 1_800, keepAliveS: 600 });
  let boots = 0;
  let device: Device | undefined;
  const start = () => {
    boots++;
    device = composeDevice(board.boot(), { config }).device;
    device.start();
  };
  start();
  await world.run(6 * HOUR_MS);
  await world.run(() => device?.phase === "online", HOUR_MS);
  expect(boots).toBeGreaterThanOrEqual(12);
  expect(numbers.length).toBeGreaterThanOrEqual(boots - 1);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  const usage = device!.usage();
  expect(usage.connects).toBe(boots);
  expect(usage.radioOnMs).toBeLessThan(HOUR_MS / 2);
  // A month is 120 times six hours.
  expect(usage.monthBytes).toBeGreaterThan(100 * usage.airBytes);
  expect(usage.monthBytes).toBeLessThan(121 * usage.airBytes);
});
