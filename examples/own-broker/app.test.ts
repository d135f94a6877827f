// The device signs its tokens with a key of its own; the simulated broker has the public half, and verifies each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startDesk } from "simkey-firmware/testing";
import * as app from "./app.ts";
import world from "./sim/world.ts";

const cloud = { name: "jwt", clientId: "room-1", audience: "my-broker", lifetimeS: 3_600 } as const;
const settings = { telemetryIntervalS: 60 };

test("is let in with its own token, and tells what it measures", async () => {
  const desk = startDesk({ app, world, cloud, settings });
  await desk.online();
  assert.deepEqual(desk.cloud.records[0]?.app, { temperature: 21, humidity: 45 });
  assert.equal((await desk.cloud.command({ cmd: "ping" })).ok, true);
});

test("renews its token before it ends, and loses no record by that", async () => {
  const desk = startDesk({ app, world, cloud, settings });
  await desk.hours(4);
  assert.ok(desk.device.log("signed").length >= 4);
  const numbers = desk.cloud.records.map(({ seq }) => seq);
  assert.ok(numbers.length > 220);
  assert.deepEqual([...new Set(numbers)].length, numbers.length);
});
