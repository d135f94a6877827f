// The app on a desk in virtual time: its board, a modem and a cloud, all simulated.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startDesk } from "simkey-firmware/testing";
import * as app from "./app.ts";
import world from "./sim/world.ts";

const settings = { telemetryIntervalS: 10, threshold: 25 };

test("measures, and sends an alarm above its threshold", async () => {
  const desk = startDesk({ app, world, settings });
  desk.board.sht3x.temperature = 21.5;
  await desk.online();
  assert.deepEqual(desk.cloud.records[0]?.app, { temperature: 21.5, humidity: 45 });
  assert.deepEqual(desk.cloud.published("alarm"), []);

  desk.board.sht3x.temperature = 31;
  await desk.until(() => desk.cloud.published("alarm").length > 0);
});

test("switches its LED", async () => {
  const desk = startDesk({ app, world, settings });
  await desk.online();
  assert.deepEqual(await desk.cloud.command({ cmd: "led", on: true }), { id: "1", ok: true });
  assert.equal(desk.board.led?.lit, true);
});

test("goes on measuring after a sensor that was gone, a power cut, and a network that stalled", async () => {
  const desk = startDesk({ app, world, settings, faults: [{ at: 120_000, fault: "socket-stall", duration: 60_000 }] });
  await desk.online();
  desk.board.sht3x.fault = "absent";
  await desk.minutes(1);
  assert.ok(desk.cloud.records.at(-1)?.app?.error);

  desk.board.sht3x.fault = "none";
  await desk.cut();
  await desk.hours(1);
  assert.deepEqual(desk.cloud.records.at(-1)?.app, { temperature: 21, humidity: 45 });
  assert.equal(desk.device.boots, 2);
});
