// A day of a device that sleeps between its records, with a battery that runs down.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CloudRecord, startDesk } from "simkey-firmware/testing";
import * as app from "./app.ts";
import world from "./sim/world.ts";

const settings = { power: "psm", telemetryIntervalS: 3_600, psmPeriodS: 14_400, keepAliveS: 1_200 };

const readingsOf = (record: CloudRecord) => (record.app?.mv ?? []) as number[];

test("an hour's readings come in one record, and the modem sleeps in between", async () => {
  const desk = startDesk({ app, world, settings });
  desk.board.battery.volts = 3.9;
  await desk.online();
  await desk.hours(6.5);
  assert.equal(desk.device.phase, "asleep");
  const hourly = desk.cloud.records.slice(1).map(readingsOf);
  assert.ok(hourly.length >= 5);
  for (const readings of hourly) assert.equal(readings.length, 6);
  for (const mv of hourly.flat()) assert.ok(Math.abs(mv - 3_900) < 5, `${mv} mV`);
});

test("a battery that is low is told once, before the next record is due", async () => {
  const desk = startDesk({ app, world, settings });
  await desk.online();
  desk.board.battery.volts = 3.3;
  await desk.minutes(15);
  assert.equal(desk.cloud.published("low").length, 1);
  await desk.hours(3);
  assert.equal(desk.cloud.published("low").length, 1);
});

test("a wire that is off reads nothing, and is told as that", async () => {
  const desk = startDesk({ app, world, settings });
  await desk.online();
  desk.board.battery.fault = "open";
  await desk.minutes(15);
  assert.deepEqual(desk.cloud.published("low")[0]?.app, { mv: 0 });
});
