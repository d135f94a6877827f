// What bench:device measures with stands still, so that its figures tell of the firmware alone.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { stepsBack } from "../../../bench/device/budget.js";
import { withFigures } from "../../../bench/device/document.js";
import { ASLEEP, EVERY_MS, HOURS, RADIO, RECORDS_A_WAKE, SEED } from "../../../bench/device/yardstick.js";
import { OPEN_COST, TRANSFER_COST } from "../../../firmware/modem/sim7080/header-cost.js";
import { Authorizer } from "../../../host-sim/cloud/onboarding/authorizer.js";
import { seededSigner } from "../../../host-sim/cloud/onboarding/signer.js";
import { DELAYS } from "../../../host-sim/modem/delays.js";
import { encodeMessage, type HandshakeMessage } from "../../../host-sim/world/tls-wire.js";

const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

test("the modem's and the network's delays are those that the first figures were measured with", () => {
  expect(digest(DELAYS)).toBe("19bec1f71d7b2b9e");
  expect(DELAYS.wake).toEqual([1200, 1900]);
  expect(DELAYS.pdpActivate).toEqual([400, 1200]);
  expect(DELAYS.open).toEqual([200, 700]);
});

test("the radio, its headers, the chain, the token and the rhythm too", () => {
  expect(RADIO).toEqual({ latencyMs: 60, jitterMs: 30, bytesPerSecond: 37_000, loss: 0, recoveryMs: 400 });
  expect([OPEN_COST, TRANSFER_COST]).toEqual([440, 80]);
  const flight = (message: HandshakeMessage) => encodeMessage(message, "1.2").length;
  const certificate = { names: ["a"], notBefore: 0, notAfter: 0, rootFingerprint: "" };
  expect(flight({ type: "clientHello", body: { versions: ["1.2"] } as never })).toBe(305);
  expect(flight({ type: "serverFlight", body: { version: "1.2", certificate } })).toBe(4_335);
  const token = new Authorizer({ signer: seededSigner("simulated authorizer") }).mint(1, 1_767_225_600_000);
  expect(token.length).toBe(1_031);
  expect({ SEED, EVERY_MS, HOURS, RECORDS_A_WAKE }).toEqual({
    SEED: 1,
    EVERY_MS: 1_800_000,
    HOURS: 48,
    RECORDS_A_WAKE: 10,
  });
  expect(ASLEEP).toMatchObject({ power: "psm", telemetryIntervalS: 1_800, listenS: 2 });
});

test("a figure that is more than two hundredths worse than its budget is a step back, one that is better is none", () => {
  expect(stepsBack({ a: 102, b: 5 }, { a: 100, b: 10 })).toEqual([]);
  expect(stepsBack({ a: 103 }, { a: 100 })).toEqual([expect.stringContaining("a: 103, budget 100")]);
  expect(stepsBack({ a: 1 }, {})).toEqual([expect.stringContaining("has no budget")]);
  expect(stepsBack({}, { a: 1 })).toEqual([expect.stringContaining("was not measured")]);
});

test("docs/performance.md tells the figures of the budget, and which goals they meet", () => {
  const text = readFileSync("docs/performance.md", "utf8");
  const budget = JSON.parse(readFileSync("bench/device/budget.json", "utf8"));
  expect(withFigures(text, budget)).toBe(text);
  for (const metric of Object.keys(budget)) expect(text).toContain(`\`${metric}\``);
});
