// Who may change a setting, as `simkey settings` tells it.

import { expect, test } from "@jest/globals";
import { SETTINGS } from "../../../../firmware/settings/table.js";
import { CONFIGURING, changersOf } from "../../../../host-sim/cli/parts/changers.js";

test("the clouds that keep a configuration are those with a topic for it", () => {
  expect(CONFIGURING).toEqual(["google", "clearblade"]);
});

test.each([
  ["apn", "build, console"],
  ["listenS", "build, console, cloud (by a configuration of google or clearblade)"],
  ["telemetryIntervalS", "build, console, cloud (by a configuration of google or clearblade; by the command interval)"],
] as const)("%s is changed by: %s", (name, text) => {
  expect(changersOf(name, SETTINGS[name])).toBe(text);
});
