import { expect, test } from "@jest/globals";
import { keepUsage, takeUsage } from "../../../firmware/device/memory.js";
import { UsageMeter } from "../../../firmware/device/usage.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

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
const HOUR_MS = 3_600_000;

test("a month is what was used so far, at the same rate for 30 days", () => {
  const usage = new UsageMeter().usage(counters(4_000, 6_000, 60_000), DAY_MS);
  expect(usage).toEqual({
    radioOnMs: 60_000,
    airBytes: 10_000,
    connects: 0,
    bytesPerConnect: 0,
    resumed: 0,
    monthBytes: 300_000,
    monthRadioOnS: 1_800,
  });
});

test("TCP/IP headers are bytes over the air like any others", () => {
  const counted = { ...counters(4_000, 6_000), airHeaderBytes: 5_000 };
  expect(new UsageMeter().usage(counted, DAY_MS)).toMatchObject({ airBytes: 15_000, monthBytes: 450_000 });
});

test("nothing is said of a month before six hours, sleeps among them, have been seen", () => {
  const past = {
    elapsedMs: 2 * HOUR_MS,
    radioOnMs: 0,
    airBytes: 1_000,
    connects: 1,
    connectBytes: 1_000,
    dayBytes: 0,
    resumed: 0,
  };
  const meter = new UsageMeter(past);
  const after = (ms: number) => meter.usage(counters(4_000, 6_000), ms);
  expect(after(4 * HOUR_MS - 1)).toMatchObject({ airBytes: 11_000, monthBytes: undefined, monthRadioOnS: undefined });
  expect(after(4 * HOUR_MS)).toMatchObject({ airBytes: 11_000, monthBytes: 11_000 * 4 * 30 });
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

test("a deep sleep takes nothing away, and its time counts for the month", () => {
  const keyValue = new MemoryKeyValue();
  const meter = new UsageMeter();
  meter.begin(counters(0, 0));
  meter.connected(counters(1_000, 3_000));
  meter.resumed();
  keepUsage({ keyValue, log: () => {} }, meter.totals(counters(2_000, 3_000, 30_000), DAY_MS));
  const awake = new UsageMeter(takeUsage({ keyValue, log: () => {} }));
  expect(awake.usage(counters(0, 5_000, 30_000), 0)).toEqual({
    radioOnMs: 60_000,
    airBytes: 10_000,
    connects: 1,
    bytesPerConnect: 4_000,
    resumed: 1,
    monthBytes: 300_000,
    monthRadioOnS: 1_800,
  });
});

test.each([
  ["nothing", undefined],
  ["another length", new Uint8Array(3)],
  ["no numbers", new Uint8Array(56).fill(255)],
  ["without what was resumed, as it was before", new Uint8Array(48)],
])("what was kept is passed over when it is %s", (_what, bytes) => {
  const keyValue = new MemoryKeyValue();
  if (bytes) keyValue.write("usage", bytes);
  expect(takeUsage({ keyValue, log: () => {} })).toBeUndefined();
});

test("a key-value store that takes nothing any more is told of, and what it holds is read", () => {
  const keyValue = new MemoryKeyValue();
  const told: unknown[] = [];
  const memory = { keyValue, log: (...line: unknown[]) => void told.push(line) };
  keepUsage(memory, new UsageMeter().totals(counters(2_000, 3_000, 30_000), DAY_MS));
  keyValue.delete = () => {
    throw new Error("ESP_ERR_NVS_READ_ONLY");
  };
  expect(takeUsage(memory)).toMatchObject({ radioOnMs: 30_000 });
  expect(told).toEqual([["error", "not-remembered", { key: "usage", message: "Error: ESP_ERR_NVS_READ_ONLY" }]]);
});
