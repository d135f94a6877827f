// A whole 1NCE device with the app of examples/thermometer: its driver reads a simulated sensor on a simulated bus, which
// this program plays: a cold room, a warm one, no sensor at all. What must come of it: hostile/thermometer.ts.

import * as app from "project/app";
import world from "project/world";
import { loadCloud } from "../../../../firmware/clouds.js";
import { composeDevice, tableOf } from "../../../../firmware/compose.js";
import type { Device } from "../../../../firmware/device/device.js";
import { configure } from "../../../../firmware/settings/configure.js";
import { boardOf } from "../../../../host-sim/testing/world.js";
import { board } from "../board.js";

/** What becomes of the room, from the first acknowledgement on. */
const COURSE: readonly (() => void)[] = [
  () => room({ temperature: 31.5, humidity: 44.6 }),
  () => {
    parts.sht3x.fault = "absent";
  },
  () => {
    parts.sht3x.fault = "bad-crc";
  },
  () => room({ temperature: -7.25, humidity: 80 }),
  () => device.stop(),
];
const INTERVAL_S = 10;
/** Two records for each. */
const EVERY_MS = 2 * INTERVAL_S * 1_000 + 5_000;

let device: Device;
let isOnline = false;
const platform = board((event) => {
  if (event !== "acked" || isOnline) return;
  isOnline = true;
  for (const [i, step] of COURSE.entries()) platform.timer.set(step, (i + 1) * EVERY_MS);
});
const parts = boardOf(world, {
  now: () => host.now(),
  later: (callback) => void platform.timer.set(callback, 0),
});

function room({ temperature, humidity }: { temperature: number; humidity: number }): void {
  parts.sht3x.fault = "none";
  parts.sht3x.temperature = temperature;
  parts.sht3x.humidity = humidity;
}

room({ temperature: 21.26, humidity: 44.6 });
loadCloud({ name: "1nce" }).then((cloud) => {
  const config = configure({ telemetryIntervalS: INTERVAL_S, threshold: 31 }, tableOf(app));
  const own = { ...platform, device: parts.device };
  device = composeDevice(own, { config, app, ...cloud.partsFor({ config, platform: own }) }).device;
  device.ended.then(() => {
    host.print(JSON.stringify({ brightness: parts.led.brightness, acked: device.counters.acked }));
    host.end();
  });
  device.start();
});
