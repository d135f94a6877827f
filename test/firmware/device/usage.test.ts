import { expect, test } from "@jest/globals";
import { UsageMeter } from "../../../firmware/device/usage.js";

const counters = (airTxBytes: number, airRxBytes: number, radioOnMs = 0) => ({
  uartTxBytes: 0,
  uartRxBytes: 0,
  airTxBytes,
  airRxBytes,
  socketsOpened: 0,
  atCommands: 0,
  radioOnMs,
});
const DAY_MS = 86_400_000;

test("a month is what was used so far, at the same rate for 30 days", () => {
  const usage = new UsageMeter().usage(counters(4_000, 6_000, 60_000), DAY_MS);
  expect(usage).toEqual({
    radioOnMs: 60_000,
    airBytes: 10_000,
    connects: 0,
    bytesPerConnect: 0,
    monthBytes: 300_000,
    monthRadioOnS: 1_800,
  });
});

test("a reconnect costs the bytes from its first attempt on, failed ones included", () => {
  const meter = new UsageMeter();
  meter.begin(counters(0, 0));
  meter.connected(counters(2_000, 6_000));
  meter.begin(counters(3_000, 7_000));
  meter.begin(counters(4_000, 8_000));
  meter.connected(counters(5_000, 9_000));
  expect(meter.usage(counters(5_000, 9_000), DAY_MS)).toMatchObject({ connects: 2, bytesPerConnect: 6_000 });
});
