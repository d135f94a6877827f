// What a cloud's module offers to the table of clouds (firmware/clouds.ts), and what it is told: by the build, by the
// settings, and by the table.

import { decodePem } from "../bytes/pem.js";
import type { ConsoleKeys } from "../jwt/device-key.js";
import type { JwtAlgorithm } from "../jwt/token.js";
import type { MqttLimits } from "../mqtt/limits.js";
import { Failure } from "../platform/failure.js";
import type { Platform } from "../platform/platform.js";
import type { Config } from "../settings/table.js";
import type { JwtKey } from "./own-key/profile.js";
import type { Profile, Topics } from "./profile.js";
import type { UplinkFactory } from "./uplink.js";

/** What carries the messages; `ws`: MQTT over a WebSocket; `https` publishes only. */
export type Transport = Config["transport"];

/**
 * What a build says of its cloud: `config.simkey.cloud` of its manifest. Which of these a cloud wants is said where
 * the cloud is; what it wants and does not get is a Failure `config`.
 */
export interface CloudOrder {
  /** A name in firmware/clouds.ts. */
  name: string;
  /** Where to dial. Left out: the cloud's own. */
  host?: string;
  /** 1–65535. Left out: the cloud's own. */
  port?: number;
  /** PEM of the roots that the host's certificate leads to. Left out: those that are built in for the cloud. */
  roots?: string;
  /** What the device signs its tokens by; `ES256` when left out. */
  alg?: JwtAlgorithm;
  /** What calculates ES256 in an image: `mbedtls` where it includes keys/es256-mbedtls.json; noble when left out. */
  signer?: "mbedtls";
  /** Names the key in a token's header. */
  kid?: string;
  /** Life of a token, 1 to 86400 seconds; an hour when left out. */
  lifetimeS?: number;

  // A broker that takes a JWT:
  clientId?: string;
  audience?: string;
  /** Field of CONNECT that bears the token; `password` when left out, and what stands in the other. */
  field?: "password" | "username";
  other?: string;
  alpn?: string;
  /** First part of the topics; the client id when left out. */
  topic?: string;

  // Google's dialect:
  project?: string;
  location?: string;
  registry?: string;
  device?: string;
  /** ClearBlade by HTTPS: the registry's system. */
  systemKey?: string;
}

/** What a cloud's row of the table has for its module. */
export interface CloudRow {
  /** What the broker allows. */
  limits: MqttLimits;
  /** The device's topics. @param name what the cloud calls the device */
  topics: (name: string) => Topics;
}

/** What a device has for its cloud. */
export interface CloudGiven {
  config: Config;
  platform: Pick<Platform, "keyValue" | "random" | "log">;
  /** Trust anchors that the desk knows of, DER; left out: the order's. */
  roots?: readonly Uint8Array[] | undefined;
}

/** The device's own key: how it signs, and, where it lies in the device, what the console may do with it. */
export interface OwnKey {
  signer: JwtKey["signer"];
  console?: (platform: Pick<Platform, "keyValue" | "random">) => ConsoleKeys;
}

/** What a device is made of for its cloud. */
export interface CloudParts {
  profile: Profile;
  uplink: UplinkFactory;
}

/** What the module of a cloud that knows a device by its SIM exports as `cloud`. @throws Failure `config` */
export type SimCloud = (order: CloudOrder, given: CloudGiven, row: CloudRow) => CloudParts;
/** The same of a cloud that knows a device by its own key. */
export type KeyCloud = (order: CloudOrder, given: CloudGiven, row: CloudRow, key: OwnKey) => CloudParts;

/** Those of an order's values that a cloud cannot do without. @throws Failure `config` that names what is missing */
export function needed<K extends keyof CloudOrder>(order: CloudOrder, ...names: K[]): Required<Pick<CloudOrder, K>> {
  const missing = names.filter((name) => order[name] === undefined);
  if (missing.length > 0) throw lacking(order, missing);
  return order as CloudOrder & Required<Pick<CloudOrder, K>>;
}

/** What is wrong with an order that lacks something. */
export function lacking({ name }: CloudOrder, missing: readonly (keyof CloudOrder)[]): Failure {
  return new Failure("config", `the cloud ${name} must be told: ${missing.join(", ")}`, "give-up");
}

/** The trust anchors for a host, DER; undefined: nobody names any. @throws RangeError for an order's roots that are no PEM */
export function rootsFor({ roots: pem }: CloudOrder, { roots }: CloudGiven): readonly Uint8Array[] | undefined {
  return roots ?? (pem === undefined ? undefined : decodePem(pem).map(({ der }) => der));
}

/** How the device signs for this order. */
export function keyFor({ kid, lifetimeS }: CloudOrder, { signer }: OwnKey): JwtKey {
  return { signer, kid, lifetimeS };
}

/** Where the settings want the MQTT session kept; undefined: it is clean. */
export function sessionStore({ config, platform }: CloudGiven): Platform["keyValue"] | undefined {
  return config.session === "persistent" ? platform.keyValue : undefined;
}
