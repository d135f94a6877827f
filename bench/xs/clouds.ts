// The clouds that measured devices talk to.

import { createECDH, createPublicKey, type KeyObject, verify } from "node:crypto";
import { encodePem } from "../../firmware/bytes/pem.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { AwsEndpoint } from "../../host-sim/cloud/broker/aws-endpoint.js";
import { Broker } from "../../host-sim/cloud/broker/broker.js";
import type { BrokerEvent } from "../../host-sim/cloud/broker/events.js";
import { jwtGatekeeper } from "../../host-sim/cloud/broker/jwt-gate.js";
import { PLAIN_PROFILE } from "../../host-sim/cloud/broker/profile.js";
import { GoogleBridge } from "../../host-sim/cloud/google/bridge.js";
import { DeviceRegistry } from "../../host-sim/cloud/google/device-registry.js";
import { BRIDGE_HOSTS, ENDPOINT_HOST, HTTPS_PORT, MQTTS_PORT } from "../../host-sim/cloud/names.js";
import { Authorizer } from "../../host-sim/cloud/onboarding/authorizer.js";
import { ONBOARDING_HOST, Onboarding } from "../../host-sim/cloud/onboarding/onboarding.js";
import { seededSigner } from "../../host-sim/cloud/onboarding/signer.js";
import { UPDATE_HOST, UpdateServer } from "../../host-sim/cloud/updates/file-server.js";
import { DEFAULT_SIM, iccidOf } from "../../host-sim/world/sims.js";
import type { Cloud } from "./journey.js";
import { benchRsaKey } from "./rsa-key.js";

const PING = Buffer.from(JSON.stringify({ id: "1", cmd: "ping" }));
/** Acknowledged records after which the command is sent. */
const PING_AFTER = 2;

/** Sends the command once, when enough was published: what a broker is told of, and what the cloud does. */
class Command {
  #published = 0;
  #sent = false;
  readonly onEvent = ({ type }: BrokerEvent): void => {
    if (type === "publish") this.#published++;
  };

  by(broker: Pick<Broker, "publish">, server: number, topic: string): NonNullable<Cloud["act"]> {
    return (push, now) => {
      if (this.#sent || this.#published < PING_AFTER) return;
      this.#sent = true;
      push(server, broker.publish(topic, PING, 1, now));
    };
  }
}

/** 1NCE's onboarding and AWS's endpoint, spoken to by MQTT. The device gets one command. */
export const oneNceCloud = (): Cloud => oneNce({ alpn: "mqtt" }, new Command());

/** The same, its endpoint spoken to by HTTPS or WebSockets. */
export const oneNceHttpCloud = (): Cloud => oneNce({}, new Command());

/** Topic on which the device takes commands. */
const COMMANDS_TOPIC = `${iccidOf(DEFAULT_SIM)}/commands/request`;

/** @param commander hears of the broker's events, and hands the commands out */
export function oneNce(hello: { alpn?: string }, commander: Pick<Command, "onEvent" | "by">): Cloud {
  const authorizer = new Authorizer({ signer: seededSigner("bench") });
  const broker = new AwsEndpoint({ authorizer, endpoint: ENDPOINT_HOST, onEvent: commander.onEvent });
  const rootCaPem = encodePem("CERTIFICATE", builtInRoots()[0]!);
  const onboarding = new Onboarding({ authorizer, endpoint: ENDPOINT_HOST, rootCaPem });
  return {
    servers: [
      { host: ONBOARDING_HOST, port: HTTPS_PORT, core: onboarding },
      { host: ENDPOINT_HOST, port: HTTPS_PORT, core: broker, hello: { sni: ENDPOINT_HOST, ...hello } },
    ],
    act: commander.by(broker, 1, COMMANDS_TOPIC),
  };
}

/** Bytes of the image of an update: some sectors. */
const IMAGE_BYTES = 20_000;

/** 1NCE's cloud, which sends the device an update: what guests/update/compose.ts takes for signed, and for its file. */
export function updatingCloud(): Cloud {
  const files = new UpdateServer();
  const url = files.put("/releases/7/image.bin", new Uint8Array(IMAGE_BYTES));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const image = { sha256: "A".repeat(43), size: IMAGE_BYTES, url };
  const payload = { seq: 7, version: "1.4.0", board: "esp32-breakout", chip: "esp32", layout: "4m", ...image };
  const manifest = `${part({ alg: "ES256", kid: "release-1" })}.${part(payload)}.${"A".repeat(86)}`;
  let published = 0;
  let isSent = false;
  const cloud = oneNce(
    { alpn: "mqtt" },
    {
      onEvent: ({ type }) => {
        if (type === "publish") published++;
      },
      by: (broker, server) => (push, now) => {
        if (isSent || published === 0) return;
        isSent = true;
        push(server, broker.publish(`${iccidOf(DEFAULT_SIM)}/update`, Buffer.from(manifest), 1, now));
      },
    },
  );
  return { ...cloud, servers: [...cloud.servers, { host: UPDATE_HOST, port: HTTPS_PORT, core: files }] };
}

/** The broker of guests/orders.ts. */
export const BROKER = { host: "broker.example", port: 8883, clientId: "device-1", audience: "broker.example" };
/** RFC 6979 §A.2.5 */
const SCALAR = Buffer.from("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", "hex");

/** What is in the key-value store of a device with a key of its own. */
export const DEVICE_VALUES: Readonly<Record<string, Uint8Array>> = { "jwt.key": SCALAR };

/** The same of one whose key is an RSA key. */
export const RSA_VALUES: Readonly<Record<string, Uint8Array>> = { "jwt.key": pkcs8Of(benchRsaKey()) };

/** The RSA key alone, as file `key`. */
export const rsaKey = (): Readonly<Record<string, Uint8Array>> => ({ key: pkcs8Of(benchRsaKey()) });

function pkcs8Of(key: KeyObject): Uint8Array {
  return key.export({ type: "pkcs8", format: "der" });
}

/** The public half of `DEVICE_VALUES`. */
export function publicKey(): KeyObject {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(SCALAR);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x: x!, y: y! }, format: "jwk" });
}

/** A broker that takes the device's token: its signature is verified by node:crypto. The device gets one command. */
export function jwtCloud(): Cloud {
  const { host, port, clientId, audience } = BROKER;
  const key = publicKey();
  const verifies = (message: Uint8Array, signature: Uint8Array) =>
    verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
  const keys = [{ algorithm: "ES256", verifies } as const];
  const gatekeeper = jwtGatekeeper({ from: "password", keys, audience });
  const command = new Command();
  const broker = new Broker({ profile: PLAIN_PROFILE, gatekeeper, onEvent: command.onEvent });
  return {
    servers: [{ host, port, core: broker, hello: { sni: host } }],
    act: command.by(broker, 0, `${clientId}/commands/request`),
  };
}

/** The device of guests/orders.ts in its registry. */
export const GOOGLE = { project: "my-project", location: "us-central1", registry: "my-registry", device: "device-1" };

/** Google's MQTT bridge, at which the device is registered with either key. The device gets a configuration and one command. */
export function googleCloud(): Cloud {
  const { device, ...name } = GOOGLE;
  const registry = new DeviceRegistry(name);
  const pems = [publicKey(), createPublicKey(benchRsaKey())].map((key) => key.export({ type: "spki", format: "pem" }));
  registry.add(device, pems as string[], Buffer.from('{"telemetryIntervalS":10}'));
  const [host] = BRIDGE_HOSTS.google.mqtt;
  const command = new Command();
  const broker = new GoogleBridge({ registry, flavour: "google", names: [host], onEvent: command.onEvent });
  return {
    servers: [{ host, port: MQTTS_PORT, core: broker, hello: { sni: host } }],
    act: command.by(broker, 0, `/devices/${device}/commands`),
  };
}
