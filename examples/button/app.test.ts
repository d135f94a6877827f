// Presses the simulated button, and looks at the LED and at what the cloud got.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startDesk } from "simkey-firmware/testing";
import * as app from "./app.ts";
import world from "./sim/world.ts";

const settings = { telemetryIntervalS: 600 };

test("a press switches the LED, and is told at once, not with the next record", async () => {
  const desk = startDesk({ app, world, settings });
  await desk.online();
  desk.board.button.pressed = true;
  await desk.seconds(10);
  assert.equal(desk.board.led.lit, true);
  assert.deepEqual(desk.cloud.published("button")[0]?.app, { presses: 1, on: true });
  assert.equal(desk.cloud.records.length, 1);

  desk.board.button.pressed = false;
  desk.board.button.pressed = true;
  await desk.seconds(10);
  assert.equal(desk.board.led.lit, false);
});

test("presses without a network are told later, each of them", async () => {
  const desk = startDesk({ app, world, settings, faults: [{ at: 120_000, fault: "socket-stall", duration: 600_000 }] });
  await desk.online();
  await desk.minutes(3);
  for (let i = 0; i < 3; i++) {
    desk.board.button.pressed = true;
    await desk.seconds(1);
    desk.board.button.pressed = false;
    await desk.seconds(1);
  }
  assert.equal(desk.cloud.published("button").length, 0);
  await desk.hours(1);
  assert.deepEqual(
    desk.cloud.published("button").map(({ app: told }) => told?.presses),
    [1, 2, 3],
  );
});

test("the cloud switches the LED, but only on or off", async () => {
  const desk = startDesk({ app, world, settings });
  await desk.online();
  assert.deepEqual(await desk.cloud.command({ cmd: "light", on: true }), { id: "1", ok: true });
  assert.equal(desk.board.led.lit, true);
  const refused = await desk.cloud.command({ cmd: "light", on: "dim" });
  assert.equal(refused.error, "bad-argument");
});
