// Whole devices with all at once that an image may hold (guests/full/device.ts), and the clouds that command and update them:
// what they take is what the blocks of the manifests are cut from (blocks.ts).

import { createPublicKey, verify } from "node:crypto";
import { Broker } from "../../host-sim/cloud/broker/broker.js";
import type { BrokerEvent } from "../../host-sim/cloud/broker/events.js";
import { jwtGatekeeper } from "../../host-sim/cloud/broker/jwt-gate.js";
import { PLAIN_PROFILE } from "../../host-sim/cloud/broker/profile.js";
import { bridgeCloud } from "../../host-sim/cloud/google/clouds.js";
import { DeviceRegistry } from "../../host-sim/cloud/google/device-registry.js";
import { BRIDGE_HOSTS, HTTPS_PORT } from "../../host-sim/cloud/names.js";
import { UPDATE_HOST, UpdateServer } from "../../host-sim/cloud/updates/file-server.js";
import { delta } from "../../host-sim/update/files.js";
import { sampleImage } from "../../host-sim/update/sample-image.js";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";
import type { Case } from "./cases.js";
import { BROKER, DEVICE_VALUES, GOOGLE, oneNce, publicKey, RSA_VALUES } from "./clouds.js";
import type { Cloud } from "./journey.js";
import { benchRsaKey } from "./rsa-key.js";

/** Bytes of the image, and the function of it that is longer than in the image that runs. */
const IMAGE_BYTES = 48 * 1024;
const EDIT = 400;
/** Commands behind so many acknowledged records each, and the manifest behind more. */
const COMMANDS = [
  { id: "1", cmd: "ping" },
  { id: "2", cmd: "led", on: true },
  { id: "3", cmd: "led", on: "yes" },
  { id: "4", cmd: "help" },
  { id: "5", cmd: "status", deep: [[[[[[{ a: [1, 2, 3] }]]]]]] },
];
const UPDATED_BEHIND = 10;

const running = () => sampleImage(1, IMAGE_BYTES);
const file = () => delta(running(), sampleImage(1, IMAGE_BYTES, [EDIT]));

/** What the guest reads of its slots. */
const slots = (): Record<string, Uint8Array> => {
  const bytes = file();
  return { base: running(), file: bytes, "file-length": new Uint8Array(Uint32Array.of(bytes.length).buffer) };
};

/** Sends the commands one by one, and in the end a manifest. */
class Commander {
  #published = 0;
  #sent = 0;
  #isUpdated = false;
  readonly onEvent = ({ type }: BrokerEvent): void => {
    if (type === "publish") this.#published++;
  };

  /** @param topics of commands, and of updates where the cloud has one */
  by(
    broker: Pick<Broker, "publish">,
    server: number,
    topics: { commands: string; update?: string },
    manifest?: Buffer,
  ): NonNullable<Cloud["act"]> {
    return (push, now) => {
      const command = COMMANDS[this.#sent];
      if (command !== undefined && this.#published > this.#sent + 1) {
        this.#sent++;
        push(server, broker.publish(topics.commands, Buffer.from(JSON.stringify(command)), 1, now));
      }
      if (manifest === undefined || this.#isUpdated || this.#published < UPDATED_BEHIND) return;
      this.#isUpdated = true;
      push(server, broker.publish(topics.update!, manifest, 1, now));
    };
  }
}

/** The server of the file, and the manifest: a signature that guests/full/slots.ts takes for one. */
function release() {
  const files = new UpdateServer();
  const packed = file();
  const url = files.put("/releases/7/image.bin", packed);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const digest = "A".repeat(43);
  const payload = {
    ...{ seq: 7, version: "1.4.0", board: "esp32-breakout", chip: "esp32", layout: "4m" },
    ...{ sha256: digest, size: sampleImage(1, IMAGE_BYTES, [EDIT]).length, url },
    ...{ format: "delta", fileSha256: digest, length: packed.length, baseSha256: digest, baseSize: running().length },
  };
  const manifest = Buffer.from(`${part({ alg: "ES256", kid: "release-1" })}.${part(payload)}.${"A".repeat(86)}`);
  return { manifest, server: { host: UPDATE_HOST, port: HTTPS_PORT, core: files } };
}

const topicsBelow = (base: string) => ({ commands: `${base}/commands/request`, update: `${base}/update` });

function oneNceCloud(hello: { alpn?: string }): Cloud {
  const { manifest, server } = release();
  const commander = new Commander();
  const cloud = oneNce(hello, {
    onEvent: commander.onEvent,
    by: (broker, at) => commander.by(broker, at, topicsBelow(iccidOf(DEFAULT_SIM)), manifest),
  });
  return { ...cloud, servers: [...cloud.servers, server] };
}

function jwtCloud(): Cloud {
  const { host, port, clientId, audience } = BROKER;
  const { manifest, server } = release();
  const [ec, rsa] = [publicKey(), createPublicKey(benchRsaKey())];
  const keys = [
    {
      algorithm: "ES256",
      verifies: (message: Uint8Array, signature: Uint8Array) =>
        verify("sha256", message, { key: ec, dsaEncoding: "ieee-p1363" }, signature),
    },
    {
      algorithm: "RS256",
      verifies: (message: Uint8Array, signature: Uint8Array) => verify("sha256", message, rsa, signature),
    },
  ] as const;
  const commander = new Commander();
  const gatekeeper = jwtGatekeeper({ from: "password", keys, audience });
  const broker = new Broker({ profile: PLAIN_PROFILE, gatekeeper, onEvent: commander.onEvent });
  return {
    servers: [{ host, port, core: broker, hello: { sni: host } }, server],
    act: commander.by(broker, 0, topicsBelow(clientId), manifest),
  };
}

function bridge(flavour: "google" | "clearblade"): Cloud {
  const { device, ...name } = GOOGLE;
  const registry = new DeviceRegistry(name);
  const pems = [publicKey(), createPublicKey(benchRsaKey())].map((key) => key.export({ type: "spki", format: "pem" }));
  registry.add(device, pems as string[], Buffer.from('{"telemetryIntervalS":10}'));
  const { hosts } = bridgeCloud({ registry, flavour });
  const { https } = BRIDGE_HOSTS[flavour];
  return { servers: [{ host: https, port: HTTPS_PORT, core: hosts[https]!, hello: { sni: https } }] };
}

const oneNceDevice = (how: string): Omit<Case, "title"> => ({
  ...{ name: `full-1nce-${how}`, guest: `full/1nce-${how}.ts`, preload: "simkey" as const, asImage: true },
  ...{ holds: ["cloud/1nce-aws/cloud"], inputs: slots, cloud: () => oneNceCloud({}) },
});

const keyed = (name: string, module: string, alg: "es256" | "rs256", cloud: () => Cloud): Omit<Case, "title"> => ({
  ...{ name: `full-${name}`, guest: `full/${name}.ts`, preload: "all" as const, asImage: true, inputs: slots, cloud },
  holds: [`cloud/${module}/cloud`, `cloud/own-key/${alg}`],
  values: alg === "es256" ? DEVICE_VALUES : RSA_VALUES,
});

/** Of each cloud and key the transport that takes most; behind it those whose updates take more. */
export const FULL: readonly Case[] = [
  { ...oneNceDevice("ws"), title: "a full 1NCE device: app, satellites, console; MQTT in WebSockets" },
  { ...oneNceDevice("https"), title: "the same by HTTPS" },
  { ...keyed("jwt", "jwt-broker", "es256", jwtCloud), title: "a full JWT device" },
  {
    ...keyed("google-https", "google", "es256", () => bridge("google")),
    title: "a full device in Google's dialect, by HTTPS",
  },
  { ...keyed("google-rs256-https", "google", "rs256", () => bridge("google")), title: "the same with an RSA key" },
  {
    ...keyed("clearblade-https", "clearblade", "es256", () => bridge("clearblade")),
    title: "a full ClearBlade device, by HTTPS",
  },
  { ...oneNceDevice("ws-update"), title: "the full 1NCE device that makes an image of a patch" },
  { ...keyed("jwt-update", "jwt-broker", "es256", jwtCloud), title: "the full JWT device that does" },
  { ...keyed("jwt-rs256-update", "jwt-broker", "rs256", jwtCloud), title: "the same with an RSA key" },
];

/** Whether a full device makes an image meanwhile. */
export const isUpdated = (name: string): boolean => name.endsWith("-update");
