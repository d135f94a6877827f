// A day with a device that is at home, is driven away, and comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startDesk } from "simkey-firmware/testing";
import * as app from "./app.ts";

const settings = { power: "psm", telemetryIntervalS: 900, psmPeriodS: 14_400, positionS: 900, keepAliveS: 1_200 };
const HOME = { latitude: 52.520008, longitude: 13.404954 };

test("each record has the place and how far from home it is; leaving home is told once, and so is being back", async () => {
  const desk = startDesk({ app, settings });
  desk.move(HOME);
  await desk.online();
  await desk.hours(2);
  assert.deepEqual(desk.cloud.records.at(-1)?.app, { metres: 0, away: false });
  desk.move({ ...HOME, speedKmh: 20, course: 90 });
  await desk.hours(2);
  const { lat, lon, speed, fixAge, app: said } = desk.cloud.records.at(-1)!;
  assert.ok(Math.abs(Number(lat) - HOME.latitude) < 0.001);
  assert.ok(Number(lon) > HOME.longitude + 0.3, `longitude ${lon}`);
  assert.equal(speed, 20);
  assert.ok(Number(fixAge) < 1_000, `${fixAge} s old`);
  assert.ok(Number(said?.metres) > 20_000, `${said?.metres} m`);
  assert.equal(desk.cloud.published("away").length, 1);
  desk.move(HOME);
  await desk.hours(1);
  assert.equal(desk.cloud.published("home").length, 1);
  assert.equal(desk.cloud.published("away").length, 1);
});

test("in a garage it tells the last place, and how old that is", async () => {
  const desk = startDesk({ app, settings, faults: [{ at: 3_600_000, fault: "modem-no-fix" }] });
  await desk.online();
  await desk.hours(4);
  assert.ok(Number(desk.cloud.records.at(-1)?.fixAge) > 9_000);
  assert.deepEqual(desk.cloud.records.at(-1)?.app, { metres: 0, away: false });
  assert.ok(desk.device.log("no-position").length > 3);
});

test("it looks sooner when asked to", async () => {
  const desk = startDesk({ app, settings: { positionS: 86_400, telemetryIntervalS: 60 } });
  await desk.online();
  await desk.minutes(10);
  desk.move({ latitude: 52.53, longitude: 13.404954 });
  assert.equal((await desk.cloud.command({ cmd: "find" })).ok, true);
  await desk.minutes(5);
  assert.equal(desk.cloud.records.at(-1)?.lat, 52.53);
  assert.equal(desk.cloud.published("away").length, 1);
});

test("without positionS there is nothing to find", async () => {
  const desk = startDesk({ app });
  await desk.online();
  assert.equal((await desk.cloud.command({ cmd: "find" })).error, "no-position");
  assert.equal("lat" in desk.cloud.records[0]!, false);
});
