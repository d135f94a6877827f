// Three days with tokens that end every hour, and with such of 24 hours, by each kind of cloud, over a good network and over
// a bad one. No record may be lost; one is sent again only while it was not acknowledged to the device; nothing is published
// on a token that is over; and each renewal costs one reconnection at most.

import { describe, expect, test } from "@jest/globals";
import { clearBladeProfile } from "../../firmware/cloud/clearblade/profile.js";
import { clearBladeRoots } from "../../firmware/cloud/clearblade/roots.js";
import { googleBridge } from "../../firmware/cloud/google/bridge.js";
import { googleProfile } from "../../firmware/cloud/google/profile.js";
import { httpsUplink } from "../../firmware/cloud/https-uplink.js";
import { jwtBrokerProfile } from "../../firmware/cloud/jwt-broker/profile.js";
import { mqttUplink } from "../../firmware/cloud/mqtt-uplink.js";
import { storedKeySigner } from "../../firmware/cloud/own-key/es256.js";
import type { JwtKey } from "../../firmware/cloud/own-key/profile.js";
import type { Profile } from "../../firmware/cloud/profile.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import type { UplinkFactory } from "../../firmware/cloud/uplink.js";
import { CLOUDS } from "../../firmware/clouds.js";
import { consoleKeys } from "../../firmware/jwt/console-keys.js";
import { es256 } from "../../firmware/jwt/p256.js";
import { STANDARD_LIMITS } from "../../firmware/mqtt/limits.js";
import { configure } from "../../firmware/settings/configure.js";
import { registeredKey } from "../../host-sim/cloud/broker/jwt-verify.js";
import { DeviceRegistry } from "../../host-sim/cloud/google/device-registry.js";
import { JWT_BROKER_HOST } from "../../host-sim/cloud/names.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { nodeRandom } from "../../host-sim/platform/system.js";
import { addBridge, addJwtBroker } from "../../host-sim/simulation/virtual-bridge.js";
import { addCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { Prng } from "../../host-sim/world/prng.js";
import type { Server } from "../../host-sim/world/server.js";
import { bodyOf, HOUR_MS, MINUTE_MS, Traveller, WatchedWorld } from "../support/identity-world.js";

const HOURS = 72;
const SLOW_MS = 300_000;
const INTERVAL_S = 60;
const HTTPS_INTERVAL_S = 600;
/** A repeat may still be on its way when the acknowledgement of the first one comes. */
const ON_ITS_WAY_MS = 5_000;

/** How a device gets to one kind of cloud. */
interface Way {
  server: Server;
  telemetry: string;
  /** Seconds between records: by HTTPS each is a connection of its own, and takes long to simulate. */
  intervalS: number;
  profile?: () => Profile;
  /** For each start of the device anew. */
  uplink?: () => UplinkFactory;
  settings?: Record<string, unknown>;
}

const NAME = { project: "my-project", location: "us-central1", registry: "my-registry", device: "device-1" };
const [amazon] = builtInRoots();
const [digiCert] = clearBladeRoots();

type MakeWay = (world: WatchedWorld, lifetimeS: number, keyValue: MemoryKeyValue) => Way;

const oneNce =
  (settings: Record<string, unknown>): MakeWay =>
  (world, tokenLifeSeconds) => {
    const { brokerServer } = addCloud(world, { tokenLifeSeconds, onEvent: world.onEvent });
    const intervalS = settings.transport === "https" ? HTTPS_INTERVAL_S : INTERVAL_S;
    return { server: brokerServer, telemetry: "8988280666000000015/telemetry", intervalS, settings };
  };

const keyIn = (keyValue: MemoryKeyValue, lifetimeS: number): { key: JwtKey; publicPem: string } => ({
  publicPem: consoleKeys(keyValue, nodeRandom, es256).generate().pem,
  key: { signer: storedKeySigner, lifetimeS },
});

const bridge =
  (flavour: "google" | "clearblade", transport: "mqtt" | "https" = "mqtt"): MakeWay =>
  (world, lifetimeS, keyValue) => {
    const root = flavour === "google" ? amazon! : digiCert!;
    const { key, publicPem } = keyIn(keyValue, lifetimeS);
    const registry = new DeviceRegistry({ project: NAME.project, location: NAME.location, registry: NAME.registry });
    registry.add(NAME.device, [publicPem]);
    const { server } = addBridge(world, { flavour, registry, root, onEvent: world.onEvent });
    const https = () => httpsUplink({ bridge: (credentials) => googleBridge(NAME, credentials), log: () => {} });
    const mqtt = () => mqttUplink({ limits: CLOUDS.google.limits, keepAliveS: 300 });
    return {
      server,
      telemetry: "/devices/device-1/events",
      intervalS: transport === "https" ? HTTPS_INTERVAL_S : INTERVAL_S,
      profile: () =>
        flavour === "google"
          ? googleProfile({ device: NAME, key, roots: [root], transport })
          : clearBladeProfile({ device: NAME, key }),
      uplink: transport === "https" ? https : mqtt,
    };
  };

const broker: MakeWay = (world, lifetimeS, keyValue) => {
  const { key, publicPem } = keyIn(keyValue, lifetimeS);
  const rules = { from: "password", keys: [registeredKey(publicPem)], skewSeconds: 5 } as const;
  const { server } = addJwtBroker(world, { rules, root: amazon!, onEvent: world.onEvent });
  const topics = { telemetry: "d/telemetry", commands: "d/commands/#", responses: "d/responses" };
  const way = { host: JWT_BROKER_HOST, port: 8883, tls: { roots: [amazon!] }, clientId: "d", topics };
  return {
    server,
    telemetry: topics.telemetry,
    intervalS: INTERVAL_S,
    profile: () => jwtBrokerProfile({ ...way, key }),
    uplink: () => mqttUplink({ limits: STANDARD_LIMITS, keepAliveS: 300 }),
  };
};

/** 72 hours, then half an hour of good network in which everything must arrive. */
async function threeDays(makeWay: MakeWay, lifetimeS: number, bad: boolean, seed = 21) {
  const world = new WatchedWorld({ seed });
  const keyValue = new MemoryKeyValue();
  const way = makeWay(world, lifetimeS, keyValue);
  const random = new Prng(seed);
  const flash = new NorFlash({ blocks: 64, random: () => random.unit() });
  const config = configure({ telemetryIntervalS: way.intervalS, ...way.settings });
  const device = new Traveller(world, {
    keyValue,
    flash,
    clock: { driftPpm: 20 },
    compose: () => ({
      config,
      ...(way.profile && { profile: way.profile() }),
      ...(way.uplink && { uplink: way.uplink() }),
    }),
  });
  device.start();
  if (bad) await suffer(world, device, way.server, random);
  else await world.run(HOURS * HOUR_MS);
  await world.run(HOUR_MS / 2);
  const reconnects = device.device.counters.reconnects;
  device.device.stop();
  await world.run(MINUTE_MS);
  return { world, device, way, reconnects };
}

/** The radio is cut, the broker crashes or is silent, the chip restarts, by turns. */
async function suffer(world: WatchedWorld, device: Traveller, server: Server, random: Prng): Promise<void> {
  const { path } = device.board;
  const blows: (() => void)[] = [
    () => path.cut(),
    () => path.cut(),
    () => server.reset(),
    () => {
      server.reachability = "refusing";
      server.reset();
    },
    () => {
      server.reachability = "silent";
    },
    () => device.start(),
  ];
  const end = world.now + HOURS * HOUR_MS;
  while (world.now < end) {
    await world.run(random.unit() * 90 * MINUTE_MS);
    blows[Math.floor(random.unit() * blows.length)]!();
    await world.run(random.unit() * 10 * MINUTE_MS);
    path.restore();
    server.reachability = "up";
  }
}

/** Holds the run against the rules. */
function judge({ world, device, way }: Awaited<ReturnType<typeof threeDays>>): { records: number; repeats: number } {
  const ends = [...device.named("signed"), ...device.named("onboarded")].sort((a, b) => a.at - b.at);
  const endOfTokenAt = (at: number) => Number(ends.findLast((entry) => entry.at <= at)!.fields.expiresAt);
  const endOfConnection = new Map(world.events("connect").map(({ connection, at }) => [connection, endOfTokenAt(at)]));
  const acked = new Map(device.named("acked").map(({ at, fields }) => [fields.seq, at]));
  const seen = new Map<unknown, number>();
  const connections = new Map<unknown, number>();
  let repeats = 0;
  for (const event of world.events("publish")) {
    const overAt = endOfConnection.get(event.connection) ?? endOfTokenAt(event.at);
    if (event.at >= overAt) throw new Error(`published ${event.at - overAt} ms after the token's end`);
    if (event.topic !== way.telemetry) continue;
    const { seq } = bodyOf(event);
    if (event.dup && connections.get(seq) !== event.connection) throw new Error("DUP on a new connection");
    connections.set(seq, event.connection);
    seen.set(seq, (seen.get(seq) ?? 0) + 1);
    if (seen.get(seq)! === 1) continue;
    repeats++;
    const ackedAt = acked.get(seq as number);
    if (ackedAt !== undefined && event.at > ackedAt + ON_ITS_WAY_MS)
      throw new Error(`${seq} repeated after its PUBACK`);
  }
  const recorded = device.named("recorded").filter(({ fields }) => fields.topic === way.telemetry);
  const missing = recorded.filter(({ fields }) => !seen.has(fields.seq)).map(({ fields }) => fields.seq);
  expect(missing).toEqual([]);
  expect(device.device.counters.lost).toBe(0);
  return { records: recorded.length, repeats };
}

const WAYS: [string, MakeWay][] = [
  ["1NCE and AWS IoT Core", oneNce({})],
  ["1NCE and AWS IoT Core by WebSocket", oneNce({ transport: "ws" })],
  ["1NCE and AWS IoT Core by HTTPS", oneNce({ transport: "https" })],
  ["Google's dialect", bridge("google")],
  ["Google's dialect by HTTP", bridge("google", "https")],
  ["ClearBlade's dialect", bridge("clearblade")],
  ["a broker that takes a JWT", broker],
];

describe.each([
  ["an hour", 3_600],
  ["24 hours", 86_400],
])("72 hours with tokens of %s", (_, lifetimeS) => {
  test.each(WAYS)(
    "%s: each record once, and one reconnection a renewal",
    async (_name, makeWay) => {
      const run = await threeDays(makeWay, lifetimeS, false);
      const { records, repeats } = judge(run);
      expect(records).toBeGreaterThanOrEqual((HOURS * 3600) / run.way.intervalS);
      expect(repeats).toBe(0);
      const tokens = run.device.device.counters.onboardings;
      expect(tokens).toBeGreaterThanOrEqual(Math.floor((HOURS * 3600) / lifetimeS));
      // By at most 15 % early; the first token is no renewal.
      expect(tokens - 1).toBeLessThanOrEqual((HOURS * 3600 + 1800) / (lifetimeS * 0.85));
      expect(run.reconnects).toBe(tokens - 1);
      expect(run.device.named("failure")).toEqual([]);
    },
    SLOW_MS,
  );

  test.each(WAYS)(
    "%s: over a bad network no record is lost",
    async (_name, makeWay) => {
      const run = await threeDays(makeWay, lifetimeS, true);
      // A restart waits for its first connection before it records.
      expect(judge(run).records).toBeGreaterThan((0.9 * HOURS * 3600) / run.way.intervalS);
    },
    SLOW_MS,
  );
});
