// From power-on to the cloud by every way that a device can prove who it is, in virtual time: tokens from 1NCE and tokens of
// its own, over MQTT, WebSocket and HTTPS; and what becomes of tokens that are kept, refused, outdated or another SIM's.

import { describe, expect, jest, test } from "@jest/globals";
import { encodePem } from "../../firmware/bytes/pem.js";
import { TOKEN_KEY } from "../../firmware/cloud/1nce-aws/keep.js";
import { YOUNG_MS } from "../../firmware/cloud/1nce-aws/profile.js";
import { clearBladeRoots } from "../../firmware/cloud/clearblade/roots.js";
import type { CloudOrder } from "../../firmware/cloud/cloud.js";
import { jwtBrokerProfile } from "../../firmware/cloud/jwt-broker/profile.js";
import { mqttUplink } from "../../firmware/cloud/mqtt-uplink.js";
import { storedKeySigner } from "../../firmware/cloud/own-key/es256.js";
import type { JwtKey } from "../../firmware/cloud/own-key/profile.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { loadCloud } from "../../firmware/clouds.js";
import { consoleKeys } from "../../firmware/jwt/console-keys.js";
import { DEVICE_KEY } from "../../firmware/jwt/device-key.js";
import { es256 } from "../../firmware/jwt/p256.js";
import { STANDARD_LIMITS } from "../../firmware/mqtt/limits.js";
import { configure } from "../../firmware/settings/configure.js";
import { registeredKey } from "../../host-sim/cloud/broker/jwt-verify.js";
import { DeviceRegistry } from "../../host-sim/cloud/google/device-registry.js";
import type { Flavour } from "../../host-sim/cloud/google/tokens.js";
import { BRIDGE_HOSTS, CA_REPOSITORY_HOST, ENDPOINT_HOST, JWT_BROKER_HOST } from "../../host-sim/cloud/names.js";
import type { AnswerStyle } from "../../host-sim/cloud/onboarding/answer.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { addBridge, addJwtBroker } from "../../host-sim/simulation/virtual-bridge.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";
import { rsaPair } from "../firmware/jwt/samples.js";
import { HOUR_MS, MINUTE_MS, Traveller, WatchedWorld } from "../support/identity-world.js";

// Hours of virtual time take seconds on a busy machine.
jest.setTimeout(60_000);

const ICCID = iccidOf(DEFAULT_SIM);
const INTERVAL = { telemetryIntervalS: 10 };

/** 1NCE's cloud and a device with the given settings. */
function oneNce(settings: Record<string, unknown> = {}, style: Partial<AnswerStyle> = {}) {
  const world = new WatchedWorld({ seed: 11 });
  const cloud = addCloud(world, { onEvent: world.onEvent, style });
  const config = configure({ ...INTERVAL, ...settings });
  const traveller = (sim = DEFAULT_SIM, keyValue = new MemoryKeyValue()) =>
    new Traveller(world, { sim, keyValue, compose: () => ({ config }) });
  return { world, cloud, config, traveller };
}

/** Numbers of the records that arrived on a topic. */
const numbers = (world: WatchedWorld, topic: string) => world.published(topic).map(({ seq }) => seq);
const onceEach = (seqs: unknown[]) => new Set(seqs).size === seqs.length;

describe("a token from 1NCE", () => {
  test.each<[string, Partial<AnswerStyle>, string]>([
    ["as CSV", {}, "csv"],
    ["as JSON", { json: true }, "json"],
    [
      "as JSON, spelt as the page's table has it, in chunks",
      { json: true, schemaSpelling: true, framing: "chunked" },
      "json",
    ],
    ["as CSV without the root", { rootValue: false }, "csv"],
  ])("%s opens MQTT on 443 with ALPN mqtt", async (_, style, format) => {
    const { world, cloud, traveller } = oneNce({}, style);
    const device = traveller();
    device.start();
    expect(await device.acked(3)).toBe(true);
    cloud.sendCommand(ICCID, { id: "1", cmd: "ping" });
    expect(await device.answered()).toBe(true);
    await device.acked(5);
    expect(device.device.counters).toMatchObject({ onboardings: 1, reconnects: 0, lost: 0 });
    expect(world.events("onboarding")).toMatchObject([{ status: 200, format, iccid: ICCID }]);
    expect(world.events("connect")).toMatchObject([{ clientId: ICCID, returnCode: 0 }]);
    expect(device.named("connecting")[0]!.fields).toMatchObject({ host: ENDPOINT_HOST, port: 443, alpn: "mqtt" });
    expect(world.published(`${ICCID}/responses`)).toMatchObject([{ id: "1", ok: true }]);
  });

  test("as JSON may be followed to the root that it names, which is kept with it", async () => {
    const { world, traveller } = oneNce({ missingRoot: "fetch" }, { json: true });
    const device = traveller();
    for (let starts = 0; starts < 2; starts++) {
      device.start();
      expect(await device.acked(1)).toBe(true);
    }
    expect(device.named("fetching-root")).toMatchObject([{ fields: { host: CA_REPOSITORY_HOST } }]);
    expect(device.named("root-not-fetched")).toEqual([]);
    expect(world.events("onboarding")).toHaveLength(1);
  });

  test.each(["query", "headers", "1nce"])("publishes by HTTPS in the form %s", async (publishForm) => {
    const { world, traveller } = oneNce({ transport: "https", publishForm });
    const device = traveller();
    device.start();
    expect(await device.acked(5)).toBe(true);
    const telemetry = numbers(world, `${ICCID}/telemetry`);
    expect(telemetry.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(world.events("connect")).toEqual([]);
    expect(device.named("connecting")[0]!.fields).toMatchObject({ host: ENDPOINT_HOST, alpn: undefined });
    const traces = device.logged.filter(({ event, fields }) => event === "accepted" && fields.trace !== undefined);
    expect(traces.length).toBeGreaterThanOrEqual(5);
  });

  test("opens MQTT over a WebSocket", async () => {
    const { world, cloud, traveller } = oneNce({ transport: "ws" });
    const device = traveller();
    device.start();
    expect(await device.acked(3)).toBe(true);
    cloud.sendCommand(ICCID, { id: "1", cmd: "ping" });
    expect(await device.answered()).toBe(true);
    await device.acked(5);
    expect(world.events("connect")).toMatchObject([{ clientId: ICCID, returnCode: 0 }]);
    expect(device.named("connecting")[0]!.fields).toMatchObject({ host: ENDPOINT_HOST, alpn: undefined });
    expect(world.published(`${ICCID}/responses`)).toHaveLength(1);
  });

  test.each(["mqtt", "ws"])(
    "lets telemetry fall back from %s to HTTPS when MQTT cannot be had, and come back",
    async (transport) => {
      const { world, cloud, traveller } = oneNce({ transport, fallback: "https", telemetryIntervalS: 60 });
      cloud.faults.set("broker-silent");
      const device = traveller();
      device.start();
      expect(await device.acked(5, HOUR_MS)).toBe(true);
      expect(device.named("second-way")).not.toEqual([]);
      expect(world.events("connect")).toEqual([]);
      cloud.faults.clear("broker-silent");
      await world.run(2 * HOUR_MS);
      expect(world.events("connect")).toMatchObject([{ returnCode: 0 }]);
      const seqs = numbers(world, `${ICCID}/telemetry`);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      expect(seqs.length).toBeGreaterThan(110);
      expect(device.device.counters.lost).toBe(0);
    },
  );
});

test("a token for an endpoint that the settings do not allow is not used", async () => {
  const { world, traveller } = oneNce({ endpointPattern: "*.iot.us-east-1.amazonaws.com" });
  const device = traveller();
  device.start();
  await world.run(10 * MINUTE_MS);
  expect(device.named("failure")[0]!.fields).toMatchObject({ code: "onboarding-endpoint", advice: "back-off" });
  expect(world.events("connect")).toEqual([]);
  expect(device.keyValue.read(TOKEN_KEY)).toBeUndefined();
});

describe("a token that is kept", () => {
  test("serves a restart within 24 hours: no onboarding again", async () => {
    const { world, traveller } = oneNce({ telemetryIntervalS: 600 });
    const device = traveller();
    device.start();
    await device.acked(1);
    for (let restarts = 0; restarts < 3; restarts++) {
      await world.run(6 * HOUR_MS);
      device.start();
      expect(await device.acked(1)).toBe(true);
    }
    expect(world.events("onboarding")).toHaveLength(1);
    await world.run(6 * HOUR_MS);
    expect(world.events("onboarding")).toHaveLength(2);
  });

  test("is another SIM's once the SIM is changed: the new one gets its own", async () => {
    const { world, traveller } = oneNce();
    const keyValue = new MemoryKeyValue();
    const before = traveller(1, keyValue);
    before.start();
    await before.acked(1);
    before.board.off();
    const after = traveller(2, keyValue);
    after.start();
    expect(await after.acked(1)).toBe(true);
    expect(after.named("sim-changed")).toHaveLength(1);
    expect(world.events("onboarding").map(({ iccid }) => iccid)).toEqual([iccidOf(1), iccidOf(2)]);
    expect(world.events("publish").at(-1)!.topic).toBe(`${iccidOf(2)}/telemetry`);
  });

  test("is thrown away when the broker refuses it, and another one is fetched", async () => {
    const { world, cloud, traveller } = oneNce();
    const device = traveller();
    device.start();
    await device.acked(1);
    const refused = Buffer.from(device.keyValue.read(TOKEN_KEY)!);
    cloud.faults.set("broker-refuses=5*1");
    device.start();
    expect(await device.acked(1)).toBe(true);
    expect(world.events("onboarding")).toHaveLength(2);
    expect(device.named("failure").at(-1)!.fields).toMatchObject({ code: "mqtt-refused", advice: "new-credentials" });
    expect(Buffer.from(device.keyValue.read(TOKEN_KEY)!)).not.toEqual(refused);
  });

  test("goes to MQTT once at most where that refuses it and HTTPS takes it, whatever ends the second way", async () => {
    const { world, cloud, traveller } = oneNce({ fallback: "https", telemetryIntervalS: 300 });
    const device = traveller();
    cloud.faults.set("broker-refuses=5");
    device.start();
    expect(await device.acked(2, HOUR_MS)).toBe(true);
    // No record has proven the way yet, then one has; the modem ends one, and the hour of the second way another.
    device.start();
    expect(await world.run(() => device.named("second-way").length === 2, HOUR_MS)).toBe(true);
    device.start();
    expect(await device.acked(2, HOUR_MS)).toBe(true);
    device.board.push(device.unit.modem.mishap("restart", world.now));
    expect(await world.run(() => device.named("second-way").length === 4, HOUR_MS)).toBe(true);
    await world.run(2 * HOUR_MS);
    const refused = world.events("connect").map(({ returnCode }) => returnCode);
    expect(refused.length).toBeGreaterThan(4);
    expect(new Set(refused)).toEqual(new Set([5]));
    // Each with a token of its own: none is fetched for the second way alone.
    expect(world.events("onboarding")).toHaveLength(refused.length);
    expect(device.device.counters.lost).toBe(0);
  });

  test.each(["broker-refuses=close*1", "close-after-connack*1"])(
    "counts as maybe expired after a bare close (%s), unless it has just come",
    async (fault) => {
      const { world, cloud, traveller } = oneNce();
      const device = traveller();
      cloud.faults.set(fault);
      device.start();
      expect(await device.acked(1)).toBe(true);
      expect(device.named("failure").at(-1)!.fields).toMatchObject({ code: "mqtt-closed", advice: "back-off" });
      expect(world.events("onboarding")).toHaveLength(1);
      await world.run(YOUNG_MS);
      cloud.faults.set(fault);
      device.start();
      expect(await device.acked(1)).toBe(true);
      expect(device.named("failure").at(-1)!.fields).toMatchObject({ code: "mqtt-closed", advice: "new-credentials" });
      expect(world.events("onboarding")).toHaveLength(2);
    },
  );

  test("is used as long as it holds while no other can be had, and not a moment longer; then records wait", async () => {
    const { world, cloud, config } = oneNce({ telemetryIntervalS: 5 });
    cloud.faults.set("token-life=1800*1");
    const device = new Traveller(world, { flash: new NorFlash(), compose: () => ({ config }) });
    device.start();
    await device.acked(1);
    const expiresAt = Number(device.named("onboarded")[0]!.fields.expiresAt);
    cloud.onboardingServer.reachability = "refusing";
    await world.run(HOUR_MS);
    const before = world.events("publish");
    expect(before.at(-1)!.at).toBeLessThan(expiresAt);
    expect(before.at(-1)!.at).toBeGreaterThan(expiresAt - 3 * MINUTE_MS);
    expect(world.events("close").map(({ reason }) => reason)).not.toContain("CUSTOMAUTH_TTL_EXPIRATION");
    cloud.onboardingServer.reachability = "up";
    expect(await world.run(() => device.named("onboarded").length === 2, HOUR_MS)).toBe(true);
    await world.run(5 * MINUTE_MS);
    const seqs = numbers(world, `${ICCID}/telemetry`);
    expect(onceEach(seqs)).toBe(true);
    const recorded = device.named("recorded").map(({ fields }) => fields.seq);
    expect(recorded.filter((seq) => seq !== undefined && !seqs.includes(seq))).toEqual([]);
    expect(seqs.length).toBeGreaterThan(500);
    expect(device.device.counters.lost).toBe(0);
  });

  test("is fetched anew, once, when the endpoint's certificate no longer leads to the root that came with it", async () => {
    const { world, cloud, traveller } = oneNce();
    const device = traveller();
    device.start();
    await device.acked(1);
    await world.run(HOUR_MS);
    cloud.faults.set("wrong-ca=broker*3");
    device.start();
    expect(await device.acked(1)).toBe(true);
    expect(device.named("failure").map(({ fields }) => `${fields.code} ${fields.advice}`)).toEqual([
      "tls-untrusted new-credentials",
      "tls-untrusted back-off",
      "tls-untrusted back-off",
    ]);
    expect(world.events("onboarding")).toHaveLength(2);
  });
});

const NAME = { project: "my-project", location: "us-central1", registry: "my-registry", device: "device-1" };
const SYSTEM_KEY = "5e1f";
const TOPICS = {
  events: "/devices/device-1/events",
  responses: "/devices/device-1/events/responses",
  state: "/devices/device-1/state",
};

/**
 * A cloud in Google's dialect, and a device as its image makes it: what the table of clouds loads, and a key in its
 * own store.
 */
async function googleStyle(flavour: Flavour, transport: "mqtt" | "https", alg: "ES256" | "RS256" = "ES256") {
  const world = new WatchedWorld({ seed: 12 });
  const [root] = flavour === "google" ? builtInRoots() : clearBladeRoots();
  const registry = new DeviceRegistry({ project: NAME.project, location: NAME.location, registry: NAME.registry });
  const keyValue = new MemoryKeyValue();
  const http = { host: BRIDGE_HOSTS.clearblade.https, systemKey: SYSTEM_KEY };
  const order: CloudOrder = {
    ...{ name: flavour, ...NAME, alg },
    ...(flavour === "google" && { roots: encodePem("CERTIFICATE", root!) }),
    ...(flavour === "clearblade" && transport === "https" && http),
  };
  const loaded = await loadCloud(order);
  const keys = loaded.keys!({ keyValue, random: nodeRandom });
  if (alg === "ES256") keys.generate!();
  else {
    const { privateKey } = rsaPair(2048);
    keyValue.write(DEVICE_KEY, new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })));
  }
  registry.add(NAME.device, [keys.publicHalf()!.pem], Buffer.from('{"telemetryIntervalS":10}'));
  const cloud = addBridge(world, { flavour, registry, systemKey: SYSTEM_KEY, root: root!, onEvent: world.onEvent });
  const config = configure({ telemetryIntervalS: 30, transport });
  const device = new Traveller(world, {
    keyValue,
    compose: (platform) => ({ config, ...loaded.partsFor({ config, platform }) }),
  });
  return { world, registry, cloud, device };
}

/** Made on the device, as its console does. */
function ecKey(keyValue: MemoryKeyValue): { key: JwtKey; publicPem: string } {
  return { key: { signer: storedKeySigner }, publicPem: consoleKeys(keyValue, nodeRandom, es256).generate().pem };
}

describe("a token of the device's own", () => {
  test.each<["ES256" | "RS256", Flavour]>([
    ["ES256", "google"],
    ["RS256", "google"],
    ["ES256", "clearblade"],
    ["RS256", "clearblade"],
  ])("%s, %s by MQTT: telemetry, a command, the configuration and the state it leads to", async (alg, flavour) => {
    const { world, registry, cloud, device } = await googleStyle(flavour, "mqtt", alg);
    device.start();
    expect(await device.acked(4)).toBe(true);
    cloud.withBroker((broker, now) => broker.command(NAME.device, Buffer.from('{"id":"1","cmd":"ping"}'), now, "sub"));
    expect(await device.answered()).toBe(true);
    cloud.withBroker((broker, now) => broker.configure(NAME.device, Buffer.from('{"telemetryIntervalS":0}'), now));
    await world.run(MINUTE_MS);
    cloud.withBroker((broker, now) => broker.configure(NAME.device, Buffer.from('{"telemetryIntervalS":5}'), now));
    await world.run(MINUTE_MS);
    expect(world.events("connect")).toMatchObject([{ clientId: registry.nameOf(NAME.device), returnCode: 0 }]);
    const seqs = numbers(world, TOPICS.events);
    expect(seqs.length).toBeGreaterThan(15);
    expect(onceEach(seqs)).toBe(true);
    expect(world.published(TOPICS.responses)).toMatchObject([{ id: "1", ok: true }]);
    expect(world.published(TOPICS.state)).toEqual([
      { config: { ok: true }, settings: { telemetryIntervalS: 10, listenS: 5 } },
      { config: expect.objectContaining({ ok: false, error: "bad-value" }), settings: expect.anything() },
      { config: { ok: true }, settings: { telemetryIntervalS: 5, listenS: 5 } },
    ]);
    const configs = world.events("delivered").filter(({ topic }) => topic === "/devices/device-1/config");
    expect(configs).toHaveLength(3);
    expect(JSON.parse(Buffer.from(registry.get(NAME.device)!.state!).toString())).toMatchObject({
      config: { ok: true },
    });
    expect(device.named("signed")).toMatchObject([{ fields: { alg } }]);
    expect(device.device.counters).toMatchObject({ lost: 0, reconnects: 0, reported: 3 });
  });

  test.each<[string, Flavour]>([
    ["Google-style HTTP, with the configuration", "google"],
    ["ClearBlade-style HTTP", "clearblade"],
  ])("ES256, %s: telemetry", async (_, flavour) => {
    const { world, device } = await googleStyle(flavour, "https");
    device.start();
    expect(await device.acked(6)).toBe(true);
    const seqs = numbers(world, TOPICS.events);
    expect(seqs.length).toBeGreaterThanOrEqual(5);
    expect(onceEach(seqs)).toBe(true);
    const state = { config: { ok: true }, settings: { telemetryIntervalS: 10, listenS: 5 } };
    expect(world.published(TOPICS.state)).toEqual(flavour === "google" ? [state] : []);
    expect(world.events("connect")).toEqual([]);
    expect(device.device.counters.lost).toBe(0);
  });

  test.each(["password", "username"] as const)("ES256, a generic broker, token as %s", async (field) => {
    const world = new WatchedWorld({ seed: 13 });
    const keyValue = new MemoryKeyValue();
    const { key, publicPem } = ecKey(keyValue);
    const [root] = builtInRoots();
    const acl = { pub: ["d1/#"], sub: ["d1/commands/#"] };
    const broker = addJwtBroker(world, {
      rules: {
        from: field,
        keys: [registeredKey(publicPem)],
        audience: "my-broker",
        claims: { sub: "%c" },
        skewSeconds: 5,
      },
      root: root!,
      onEvent: world.onEvent,
    });
    const profile = () =>
      jwtBrokerProfile({
        host: JWT_BROKER_HOST,
        port: 8883,
        tls: { roots: [root!] },
        clientId: "d1",
        key,
        field,
        claims: { aud: "my-broker", sub: "d1", extra: { acl } },
        topics: { telemetry: "d1/telemetry", commands: "d1/commands/#", responses: "d1/responses" },
      });
    const config = configure(INTERVAL);
    const uplink = mqttUplink({ limits: STANDARD_LIMITS, keepAliveS: 300 });
    const device = new Traveller(world, { keyValue, compose: () => ({ config, profile: profile(), uplink }) });
    device.start();
    expect(await device.acked(3)).toBe(true);
    broker.withBroker((of, now) => of.publish("d1/commands/x", Buffer.from('{"id":"1","cmd":"ping"}'), 1, now));
    expect(await device.answered()).toBe(true);
    await device.acked(5);
    expect(world.events("connect")).toMatchObject([{ clientId: "d1", returnCode: 0 }]);
    expect(onceEach(numbers(world, "d1/telemetry"))).toBe(true);
    expect(world.published("d1/responses")).toMatchObject([{ id: "1", ok: true }]);
  });

  test("that was refused is not offered again, and without a registered key there is no end of trying but no hammering", async () => {
    const { world, device, cloud } = await googleStyle("google", "mqtt");
    cloud.faults.set("broker-refuses=5");
    device.start();
    await world.run(HOUR_MS);
    const refusals = world.events("connect");
    expect(refusals.length).toBeGreaterThan(5);
    expect(refusals.length).toBeLessThan(60);
    expect(device.named("signed")).toHaveLength(refusals.length);
    cloud.faults.clear("broker-refuses");
    expect(await device.acked(1)).toBe(true);
  });
});
