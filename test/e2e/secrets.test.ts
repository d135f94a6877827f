// No secret in what a device lets out of itself, in whole journeys: every line of its log (all levels), of the AT trace and of
// its console, and every record it publishes. Tokens are renewed, refused, cut off and over meanwhile, and the SIM has a PIN.
// The secrets are not guessed: they are taken from what the profile gives the connection, and from the device's store.

import { randomFillSync } from "node:crypto";
import { describe, expect, jest, test } from "@jest/globals";
import { oneNceProfile } from "../../firmware/cloud/1nce-aws/profile.js";
import { googleBridge } from "../../firmware/cloud/google/bridge.js";
import { googleProfile } from "../../firmware/cloud/google/profile.js";
import { httpsUplink } from "../../firmware/cloud/https-uplink.js";
import { storedKeySigner } from "../../firmware/cloud/own-key/es256.js";
import type { Credentials } from "../../firmware/cloud/plan.js";
import type { Profile } from "../../firmware/cloud/profile.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { Console } from "../../firmware/device/console.js";
import { consoleKeys } from "../../firmware/jwt/console-keys.js";
import { DEVICE_KEY } from "../../firmware/jwt/device-key.js";
import { es256 } from "../../firmware/jwt/p256.js";
import type { Log } from "../../firmware/platform/events.js";
import { configure } from "../../firmware/settings/configure.js";
import type { Config } from "../../firmware/settings/table.js";
import { DeviceRegistry } from "../../host-sim/cloud/google/device-registry.js";
import { type Firmware, Unit } from "../../host-sim/desk/unit.js";
import { Faults } from "../../host-sim/modem/faults.js";
import { addBridge } from "../../host-sim/simulation/virtual-bridge.js";
import { addCloud, type VirtualCloud } from "../../host-sim/simulation/virtual-cloud.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";
import { HOUR_MS, MINUTE_MS, WatchedWorld } from "../support/identity-world.js";

// Hours of virtual time take seconds on a busy machine.
jest.setTimeout(60_000);

const PIN = "83651947";
const ICCID = iccidOf(DEFAULT_SIM);
/** A shorter run of a token's characters may stand anywhere by chance. */
const TELLING = 12;
/** Parts of 1NCE's user name that are none. */
const PUBLIC = /^(x-amz-customauthorizer-(name|signature)|token|unused)$/;
/** By HTTPS each record is a connection of its own, and takes long to simulate. */
const SELDOM = { telemetryIntervalS: 300 };
/** What goes wrong, one after the other, each with a new start of the chip. */
const MISHAPS = [
  "broker-refuses=5*1",
  "broker-refuses=close*1",
  "close-after-connack*1",
  "broker-drops=5*1",
  "broker-silent*1",
  "suback-failure*1",
  "wrong-ca*2",
  "wrong-name=onboarding*1",
  "onboarding-status=500*1",
  "onboarding-status=404*1",
  "onboarding-cut=700*1",
  "onboarding-garbage*1",
  "expired-token*1",
];

const TYPED = ["help", "status", "get", "get pin", `set pin ${PIN}x`, "key public", "key public jwk", "key private"];

/** A device of which everything that it lets out is kept, and the secrets that it must not. */
class Observed {
  readonly heard: string[] = [];
  readonly secrets = new Set<string>([PIN]);
  readonly keyValue = new MemoryKeyValue();
  readonly #world: WatchedWorld;
  readonly #unit: Unit;
  readonly #config: Config;

  constructor(
    world: WatchedWorld,
    compose: (log: Log) => Omit<Firmware, "config"> & { profile: Profile },
    settings = {},
  ) {
    const faults = new Faults();
    faults.set("sim-pin", PIN);
    this.#world = world;
    this.#config = configure({ telemetryIntervalS: 30, pin: PIN, ...settings });
    this.#unit = new Unit(world, {
      modem: { faults },
      board: { keyValue: this.keyValue },
      bootRecord: false,
      firmware: ({ log }) => {
        const made = compose(log);
        return { ...made, config: this.#config, profile: this.spied(made.profile) };
      },
      watcher: {
        log: (level, event, fields) => this.heard.push(`${level} ${event} ${JSON.stringify(fields)}`),
        at: (direction, text) => this.heard.push(`${direction} ${text}`),
      },
    });
  }

  /** Switches it on, or restarts it, and types at its console. */
  start(): void {
    this.#unit.start();
    const { device, link } = this.#unit;
    const console = new Console({
      keyValue: this.keyValue,
      built: {},
      settings: this.#config,
      status: () => ({ phase: device!.phase, ...device!.counters, ...link!.counters() }),
      keys: consoleKeys(this.keyValue, (into) => void randomFillSync(into), es256),
    });
    for (const line of TYPED) this.heard.push(console.receive(Buffer.from(`${line}\r`)).text);
  }

  acked(): number {
    return this.#unit.device?.counters.acked ?? 0;
  }

  /** A profile that does as the one it is given, and whose secrets are known here. */
  private spied(profile: Profile): Profile {
    const plan: Profile["plan"] = async (io) => {
      const made = await profile.plan(io);
      this.learn(made.credentials);
      return made;
    };
    return new Proxy(profile, {
      get: (target, name) => {
        if (name === "plan") return plan;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  private learn({ username = "", password = "" }: Credentials): void {
    for (const whole of [username, password]) {
      const parts = whole.split(/[.?&=]/);
      for (const part of [whole, ...parts, ...parts.map(decodeURIComponent)]) {
        if (part.length >= TELLING && !PUBLIC.test(part))
          this.secrets.add(part.slice(0, TELLING)).add(part.slice(-TELLING));
      }
    }
    const key = this.keyValue.read(DEVICE_KEY);
    for (const form of ["hex", "base64", "base64url"] as const) {
      if (key) this.secrets.add(Buffer.from(key).toString(form).slice(0, TELLING));
    }
    if (key) this.secrets.add(key.subarray(0, 4).join(","));
  }

  /** All that was let out and holds a secret; what was published too. */
  leaks(): string[] {
    const published = this.#world.events("publish").map(({ topic, payload }) => `${topic} ${Buffer.from(payload)}`);
    return [...this.heard, ...published].filter((line) => [...this.secrets].some((secret) => line.includes(secret)));
  }
}

/** 1NCE's cloud, tokens of an hour, and everything that goes wrong with them. */
async function misadventures(world: WatchedWorld, cloud: VirtualCloud, device: Observed): Promise<void> {
  device.start();
  for (const mishap of MISHAPS) {
    cloud.faults.set(mishap);
    await world.run(20 * MINUTE_MS);
    // Another chip's life with the token that is kept.
    device.start();
    await world.run(10 * MINUTE_MS);
  }
  cloud.sendCommand(ICCID, { id: "1", cmd: "status" });
  await world.run(HOUR_MS);
}

describe("no secret is let out", () => {
  test.each([
    { transport: "mqtt" },
    { transport: "ws" },
    { transport: "https", publishForm: "query", ...SELDOM },
    { transport: "https", publishForm: "headers", ...SELDOM },
    { transport: "https", publishForm: "1nce", ...SELDOM },
    { transport: "mqtt", fallback: "https" },
  ])("by a device whose SIM is its identity: %j", async (settings) => {
    const world = new WatchedWorld({ seed: 21 });
    const cloud = addCloud(world, { onEvent: world.onEvent, tokenLifeSeconds: 3_600 });
    const config = configure(settings);
    const device = new Observed(world, () => ({ profile: oneNceProfile(config) }), settings);
    await misadventures(world, cloud, device);
    expect(device.acked()).toBeGreaterThan(0);
    expect(world.events("onboarding").length).toBeGreaterThan(6);
    expect(device.secrets.size).toBeGreaterThan(20);
    expect(device.heard.join("\n")).toContain("AT+CPIN=[…]");
    expect(device.leaks()).toEqual([]);
  });

  test("and a device that let one out would be noticed", async () => {
    const world = new WatchedWorld({ seed: 23 });
    addCloud(world, { onEvent: world.onEvent });
    const device = new Observed(world, (log) => {
      const profile = oneNceProfile();
      const tell: Profile["plan"] = async (io) => {
        const plan = await Object.getPrototypeOf(profile).plan.call(profile, io);
        log("debug", "fetching-root", { host: `the token is ${plan.credentials.username.slice(-40)}` });
        return plan;
      };
      return { profile: Object.assign(profile, { plan: tell }) };
    });
    device.start();
    await world.run(5 * MINUTE_MS);
    expect(device.leaks()).toEqual([expect.stringContaining("fetching-root")]);
  });

  test.each(["mqtt", "https"] as const)("by a device that signs its own tokens: %s", async (transport) => {
    const name = { project: "my-project", location: "us-central1", registry: "my-registry", device: "device-1" };
    const [root] = builtInRoots();
    const world = new WatchedWorld({ seed: 22 });
    const registry = new DeviceRegistry(name);
    const bridge = addBridge(world, { flavour: "google", registry, root: root!, onEvent: world.onEvent });
    const key = { signer: storedKeySigner, lifetimeS: 1_800 };
    const device = new Observed(world, (log) => ({
      profile: googleProfile({ device: name, key, roots: [root!], transport }),
      ...(transport === "https" && { uplink: httpsUplink({ bridge: (held) => googleBridge(name, held), log }) }),
    }));
    const { pem } = consoleKeys(device.keyValue, (into) => void randomFillSync(into), es256).generate();
    device.start();
    // Not registered yet: refused, by either way.
    await world.run(20 * MINUTE_MS);
    registry.add(name.device, [pem]);
    await world.run(2 * HOUR_MS);
    bridge.faults.set("broker-refuses=5*1");
    device.start();
    await world.run(HOUR_MS);
    expect(device.acked()).toBeGreaterThan(0);
    expect(device.heard.filter((line) => line.includes(" signed ")).length).toBeGreaterThan(5);
    expect(device.heard.join("\n")).toContain("BEGIN PUBLIC KEY");
    expect(device.leaks()).toEqual([]);
  });
});
