// Who a fleet's devices are, by the options.

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import type { ProfileMeans } from "../../../firmware/cloud/profile.js";
import { type FleetWayOptions, fleetWay } from "../../../host-sim/cli/parts/fleet-way.js";
import { nodeClock } from "../../../host-sim/platform/clock.js";
import { nodeRandom } from "../../../host-sim/platform/system.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

let home = "";
const key = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "sec1", format: "pem" }) as string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-fleet-"));
  writeFileSync(join(home, "password"), "correct horse\nsecond line\n");
  for (const name of ["key.pem", "key-3.pem"]) writeFileSync(join(home, name), key());
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const keyValue = new MemoryKeyValue();
const means = { clock: nodeClock("system"), random: nodeRandom, log: () => {}, keyValue } as unknown as ProfileMeans;
const options = (given: Partial<FleetWayOptions> = {}): FleetWayOptions => ({
  broker: "mqtt://127.0.0.1:1883",
  clientId: "meter-{index:4}",
  tokenIn: "password",
  lifetime: 3600,
  ...given,
});
const planOf = async (given: Partial<FleetWayOptions>, index = 3) => {
  const profile = fleetWay(options(given)).profile(index);
  const plan = await profile.plan(means);
  return { plan, topics: profile.topics(plan) };
};

describe("a device of a fleet", () => {
  test("bears its number in client id and topics", async () => {
    const { plan, topics } = await planOf({});
    expect(plan).toEqual({ host: "127.0.0.1", port: 1883, credentials: { clientId: "meter-0003" } });
    expect(topics).toEqual({
      telemetry: "meter-0003/telemetry",
      commands: "meter-0003/commands/#",
      responses: "meter-0003/responses",
      update: "meter-0003/update",
      updateState: "meter-0003/update/state",
    });
  });

  test("speaks on the topics that --topic names", async () => {
    const { topics } = await planOf({ topic: "site/{index}" });
    expect(topics.telemetry).toBe("site/3/telemetry");
  });

  test("has a user name, and the password on the file's first line", async () => {
    const { plan } = await planOf({ username: "u{index}", passwordFile: join(home, "password") });
    expect(plan.credentials).toEqual({ clientId: "meter-0003", username: "u3", password: "correct horse" });
  });

  test.each(["key.pem", "key-{index}.pem"])("signs a token for itself with %s", async (name) => {
    const { plan } = await planOf({ key: join(home, name), audience: "fleet" });
    expect(decodeJwt(plan.credentials.password!)).toMatchObject({ aud: "fleet", sub: "meter-0003" });
  });
});

describe("refused", () => {
  test.each<[string, Partial<FleetWayOptions>, RegExp]>([
    ["a client id for all", { clientId: "meter" }, /must hold \{index\}/],
    ["a broker that is none", { broker: "http://127.0.0.1:1" }, /--broker must be/],
    [
      "a password in clear",
      { broker: "mqtt://b.example:1", username: "u", passwordFile: "x" },
      /no secret .* in clear/,
    ],
    ["a token in clear", { broker: "mqtt://b.example:1", key: "x" }, /no secret .* in clear/],
    ["TLS without a root", { broker: "mqtts://b.example:1" }, /needs --ca/],
    ["a password without a user name", { passwordFile: "x" }, /needs --username/],
    ["two secrets", { passwordFile: "x", key: "y", username: "u" }, /either --key or/],
    ["a key that is not there", { key: "missing-{index}.pem" }, /--key: .*missing-3\.pem/],
  ])("%s", (_what, given, message) => {
    expect(() => fleetWay(options(given)).profile(3)).toThrow(message);
  });
});
