// A whole device that signs its own token, from power-on over the signature to acknowledged telemetry and an answered command,
// and down again. Its key is in the key-value store.

import { composeDevice } from "../../../firmware/compose.js";
import { BootRecord } from "../../../firmware/device/boot-record.js";
import type { Device } from "../../../firmware/device/device.js";
import { configure } from "../../../firmware/settings/configure.js";
import { board } from "./board.js";
import { BROKER } from "./broker.js";

/** Seconds between records, and how many must be acknowledged. */
const INTERVAL_S = 10;
const RECORDS = 5;

let device: Device;
const platform = board((event) => {
  if (event !== "acked") return;
  const { acked, answered } = device.counters;
  if (acked === RECORDS && answered >= 1) platform.timer.set(() => device.stop(), 0);
});
const config = configure({ telemetryIntervalS: INTERVAL_S });

/** As firmware/main.ts does it. */
async function main(): Promise<void> {
  const { profile, uplink } = (await import("../../../firmware/jwt-device.js")).jwtParts(platform, config, BROKER);
  ({ device } = composeDevice(platform, { config, profile, uplink, boot: new BootRecord(platform) }));
  device.start();
  await device.ended;
  host.print(JSON.stringify({ acked: device.counters.acked, answered: device.counters.answered }));
  host.end();
}

main().catch((error) => {
  host.print(JSON.stringify({ fault: String(error) }));
  host.end();
});
