// The firmware without the app's contract, which bench:xs measures it beside: that it can still be taken out.

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { withoutContract } from "../../../bench/xs/built-in.js";

test.each([
  "firmware/compose.ts",
  "firmware/device/device.ts",
  "firmware/device/recorder.ts",
  "firmware/device/system.ts",
])("the contract can be taken out of %s", (path) => {
  const text = withoutContract(path, readFileSync(path, "utf8"));
  expect(text).not.toMatch(/#own\b|new OwnApp|parts\.base|, base,/);
});

test("code that is not as it is known is an error that says where to look", () => {
  expect(() => withoutContract("firmware/device/system.ts", "")).toThrow(/system\.ts: nothing is there .*built-in\.ts/);
  expect(withoutContract("firmware/mqtt/client.ts", "")).toBeUndefined();
});
