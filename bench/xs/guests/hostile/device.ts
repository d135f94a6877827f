// A whole 1NCE device that gets hostile commands: see hostile/device.ts, where they are made. Each is looked at, none
// is left out.

import type { Device } from "../../../../firmware/device/device.js";
import { board } from "../board.js";
import { compose } from "../compose.js";

/** Commands after which what is in use is counted. */
const COUNTED: readonly number[] = [10, 1_010];
const INTERVAL_S = 60;

let device: Device;
const platform = board((event) => {
  if (event !== "command" || !COUNTED.includes(device.counters.received)) return;
  const isLast = device.counters.received === COUNTED.at(-1);
  // Once its answer has been made.
  platform.timer.set(() => {
    host.census(isLast ? "end" : "warm");
    if (isLast) device.stop();
  }, 0);
});
const settings = { telemetryIntervalS: INTERVAL_S, commandBurst: 100, commandEveryS: 1 };
compose(platform, { name: "1nce" }, settings).then((composed) => {
  device = composed;
  device.ended.then(() => {
    host.print(JSON.stringify({ received: device.counters.received, answered: device.counters.answered }));
    host.end();
  });
  device.start();
});
