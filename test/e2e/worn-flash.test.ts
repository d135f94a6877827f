// A device whose flash is at its end: it goes on talking, and says what it loses.

import { expect, test } from "@jest/globals";
import { MINUTE_MS, TestDesk } from "../support/desk.js";

const BLOCKS = [0, 1, 2];
const desk = () => new TestDesk({ flashBlocks: BLOCKS.length, settings: { telemetryIntervalS: 10 } });

test("a partition that keeps nothing any more is done without: records wait in RAM", async () => {
  const worn = desk();
  for (const block of BLOCKS) worn.flash.wearOut(block);
  worn.start();
  await worn.run(5 * MINUTE_MS);
  expect(worn.named("no-outbox")).toHaveLength(1);
  expect(worn.device.counters.acked).toBeGreaterThan(10);
});

test("a record that flash does not keep is counted as lost, and the device runs on", async () => {
  const wearing = desk();
  wearing.start();
  await wearing.run(MINUTE_MS);
  for (const block of BLOCKS) wearing.flash.wearOut(block);
  await wearing.run(10 * MINUTE_MS);
  expect(wearing.named("not-recorded").length).toBeGreaterThan(10);
  expect(wearing.device.counters.lost).toBeGreaterThan(10);
  expect(wearing.device.phase).not.toBe("stopped");
});
