// A desk whose device signs its own token: it lives through what others do.

import { expect, test } from "@jest/globals";
import type { DeviceApp } from "../../firmware/compose.js";
import { startDesk } from "../../host-sim/testing/app-desk.js";

const app: DeviceApp = { start: () => ({ sample: () => undefined }) };

test("it comes back when its power was cut, with a token that is signed anew", async () => {
  const desk = startDesk({ app, cloud: { name: "jwt", clientId: "room-1" }, settings: { telemetryIntervalS: 10 } });
  await desk.online();
  await desk.cut();
  await desk.online();
  expect(desk.device.boots).toBe(2);
  expect(desk.device.log("signed")).toHaveLength(2);
});
