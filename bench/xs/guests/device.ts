// A whole device, from power-on over its cloud's credentials to acknowledged telemetry and answered commands, and down again.

import type { CloudOrder } from "../../../firmware/cloud/cloud.js";
import type { Device } from "../../../firmware/device/device.js";
import { board } from "./board.js";
import { compose } from "./compose.js";

/** Seconds between records, and how many must be acknowledged. */
const INTERVAL_S = 10;
const RECORDS = 5;

/** What a device is built with. */
export interface DeviceBuild {
  cloud: CloudOrder;
  settings?: Readonly<Record<string, unknown>>;
  /** Commands that must be answered too; 1 when left out. */
  commands?: number;
}

/** Runs it. */
export function runDevice({ cloud, settings, commands = 1 }: DeviceBuild): void {
  const platform = board((event) => {
    if (event !== "acked") return;
    const { acked, answered } = device.counters;
    if (acked === RECORDS && answered >= commands) platform.timer.set(() => device.stop(), 0);
  });
  let device: Device;
  compose(platform, cloud, { telemetryIntervalS: INTERVAL_S, ...settings }).then(
    (composed) => {
      device = composed;
      device.ended.then(() => {
        host.print(JSON.stringify({ acked: device.counters.acked, answered: device.counters.answered }));
        host.end();
      });
      device.start();
    },
    (error) => {
      host.print(JSON.stringify({ fault: String(error) }));
      host.end();
    },
  );
}
