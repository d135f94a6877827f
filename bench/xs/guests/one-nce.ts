// A whole 1NCE device, from power-on over onboarding to acknowledged telemetry and answered commands, and down again.

import { composeDevice } from "../../../firmware/compose.js";
import { BootRecord } from "../../../firmware/device/boot-record.js";
import { configure } from "../../../firmware/settings/configure.js";
import { board } from "./board.js";

/** Seconds between records, and how many must be acknowledged. */
const INTERVAL_S = 10;
const RECORDS = 5;

/** @param commands that must be answered too */
export function runOneNce(settings: Readonly<Record<string, unknown>>, commands: number): void {
  const platform = board((event) => {
    if (event !== "acked") return;
    const { acked, answered } = device.counters;
    if (acked === RECORDS && answered >= commands) platform.timer.set(() => device.stop(), 0);
  });
  const config = configure({ telemetryIntervalS: INTERVAL_S, ...settings });
  const { device } = composeDevice(platform, { config, boot: new BootRecord(platform) });
  device.ended.then(() => {
    host.print(JSON.stringify({ acked: device.counters.acked, answered: device.counters.answered }));
    host.end();
  });
  device.start();
}
