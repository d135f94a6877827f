// The table of clouds: names, what a build must say, and what of the settings goes with which cloud.

import { randomFillSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { CloudOrder } from "../../firmware/cloud/cloud.js";
import { CLOUD_NAMES, CLOUDS, type CloudName, cloudNamed, loadCloud } from "../../firmware/clouds.js";
import { configure } from "../../firmware/settings/configure.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";

const platform = () => ({
  keyValue: new MemoryKeyValue(),
  random: (into: Uint8Array) => void randomFillSync(into),
  log: () => {},
});
const NAME = { project: "my-project", location: "us-central1", registry: "my-registry", device: "device-1" };
/** All that each cloud must be told. */
const ORDERS: Readonly<Record<CloudName, CloudOrder>> = {
  "1nce": { name: "1nce" },
  google: { name: "google", ...NAME, roots: "" },
  clearblade: { name: "clearblade", ...NAME, host: "us-central1.clearblade.com", systemKey: "5e1f" },
  jwt: { name: "jwt", host: "broker.example", port: 8883, clientId: "device-1", roots: "" },
};
const partsOf = async (order: CloudOrder, settings: Record<string, unknown> = {}) =>
  (await loadCloud(order)).partsFor({ config: configure(settings), platform: platform() });

describe.each(CLOUD_NAMES)("the cloud %s", (name) => {
  test.each(["mqtt", "ws", "https"] as const)("is spoken to by %s, or says that it is not", async (transport) => {
    const parts = partsOf(ORDERS[name], { transport });
    if ((CLOUDS[name].transports as readonly string[]).includes(transport))
      expect((await parts).profile.name).toBe(name);
    else await expect(parts).rejects.toMatchObject({ code: "config", advice: "give-up" });
  });

  test("says what it must be told", async () => {
    const { name: _, ...needs } = ORDERS[name];
    for (const missing of Object.keys(needs)) {
      const parts = partsOf({ ...ORDERS[name], [missing]: undefined }, { transport: CLOUDS[name].transports.at(-1)! });
      // A broker without roots is one on this machine.
      const message =
        missing === "roots" && name === "jwt" ? /without TLS/ : new RegExp(`${name} must be told: ${missing}$`);
      await expect(parts).rejects.toMatchObject({ code: "config", message: expect.stringMatching(message) });
    }
  });

  test("takes the settings that go with it", () => {
    expect(() => configure(CLOUDS[name].settings)).not.toThrow();
  });
});

test("a name that is none is told with those that are", () => {
  expect(() => cloudNamed("toString")).toThrow("no such cloud; known: 1nce, google, clearblade, jwt");
});

test("an algorithm that is none is told with those that are", async () => {
  await expect(loadCloud({ ...ORDERS.jwt, alg: "HS256" as never })).rejects.toThrow("known: ES256, RS256");
});

test("topics lie below the device's name, or are those of Google's dialect", () => {
  expect(CLOUDS["1nce"].topics("89")).toEqual({
    telemetry: "89/telemetry",
    commands: "89/commands/#",
    responses: "89/responses",
    update: "89/update",
    updateState: "89/update/state",
  });
  expect(CLOUDS.jwt.topics("d")).toEqual({
    telemetry: "d/telemetry",
    commands: "d/commands/#",
    responses: "d/responses",
    update: "d/update",
    updateState: "d/update/state",
  });
  for (const name of ["google", "clearblade"] as const) {
    expect(CLOUDS[name].topics("d")).toEqual({
      telemetry: "/devices/d/events",
      commands: "/devices/d/commands/#",
      responses: "/devices/d/events/responses",
      config: "/devices/d/config",
      state: "/devices/d/state",
    });
  }
});

test("a device whose SIM is its identity has no keys for its console, one with a key of its own has", async () => {
  expect((await loadCloud(ORDERS["1nce"])).keys).toBeUndefined();
  expect((await loadCloud(ORDERS.google)).keys!(platform()).exists).toBe(false);
});
