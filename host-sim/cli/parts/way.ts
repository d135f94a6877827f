// The way to a cloud that the options name: profile and uplink of the device, and the simulated cloud at its other end.

import { generateKeyPairSync } from "node:crypto";
import { oneNceProfile } from "../../../firmware/cloud/1nce-aws/profile.js";
import { clearBladeBridge } from "../../../firmware/cloud/clearblade/bridge.js";
import { clearBladeProfile } from "../../../firmware/cloud/clearblade/profile.js";
import { googleBridge } from "../../../firmware/cloud/google/bridge.js";
import { GOOGLE_LIMITS } from "../../../firmware/cloud/google/limits.js";
import { type DeviceName, GOOGLE_NTP_HOST } from "../../../firmware/cloud/google/names.js";
import { googleProfile } from "../../../firmware/cloud/google/profile.js";
import { httpsUplink } from "../../../firmware/cloud/https-uplink.js";
import { jwtBrokerProfile } from "../../../firmware/cloud/jwt-broker/profile.js";
import type { JwtKey } from "../../../firmware/cloud/jwt-profile.js";
import { mqttUplink } from "../../../firmware/cloud/mqtt-uplink.js";
import type { Credentials } from "../../../firmware/cloud/plan.js";
import type { Profile } from "../../../firmware/cloud/profile.js";
import type { Bridge } from "../../../firmware/cloud/publish.js";
import type { UplinkFactory } from "../../../firmware/cloud/uplink.js";
import { type MqttLimits, STANDARD_LIMITS } from "../../../firmware/mqtt/limits.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import { type Config, SETTINGS } from "../../../firmware/settings/table.js";
import type { CloudFaults } from "../../cloud/faults.js";
import type { Flavour } from "../../cloud/google/tokens.js";
import { BRIDGE_HOSTS } from "../../cloud/names.js";
import { readNamedBytes, UsageError } from "../output/errors.js";
import { type Address, isLoopback, parseAddress } from "./address.js";
import { greetingBridge, greetingCloud, type SimulatedCloud } from "./clouds.js";
import { signerOf } from "./keys.js";

export const PROFILES = ["1nce", "google", "clearblade", "jwt"] as const;
export const TRANSPORTS = SETTINGS.transport.words;
export const PUBLISH_FORMS = SETTINGS.publishForm.words;
/** Where a token stands in CONNECT. */
export const TOKEN_FIELDS = ["password", "username"] as const;

export interface WayOptions {
  profile: (typeof PROFILES)[number];
  transport: (typeof TRANSPORTS)[number];
  broker?: string;
  key?: string;
  audience?: string;
  clientId?: string;
  username?: string;
  tokenIn: (typeof TOKEN_FIELDS)[number];
  alpn?: string;
  topic?: string;
  lifetime: number;
}

/** What a device needs for its cloud, and what stands for that cloud on the desk. */
export interface Way {
  /** The device's profile. @param roots trust anchors that the desk knows of, DER */
  profile(config: Config, roots: readonly Uint8Array[] | undefined): Profile;
  /** What carries its messages; absent: what the settings say. */
  uplink?(config: Config, board: Pick<Platform, "log" | "keyValue">): UplinkFactory;
  /** Whether commands can reach the device, so that a run waits for one. */
  hearsCommands(config: Config): boolean;
  /** Starts the simulated cloud; absent: there is none, the user named a broker. */
  simulate?: (faults: CloudFaults) => Promise<SimulatedCloud>;
  /** A host outside that the user named, which the simulated network leads to. */
  outside?: Address;
}

/** Settings that go with a profile, unless a settings file says otherwise. */
export const SETTINGS_OF: Readonly<Record<WayOptions["profile"], Readonly<Record<string, unknown>>>> = {
  "1nce": {},
  google: { ntpHost: GOOGLE_NTP_HOST },
  clearblade: { ntpHost: GOOGLE_NTP_HOST },
  jwt: {},
};

/** @throws UsageError for options that do not go together */
export function wayOf(options: WayOptions): Way {
  return WAYS[options.profile](options);
}

const WAYS: Readonly<Record<WayOptions["profile"], (options: WayOptions) => Way>> = {
  "1nce": oneNce,
  google: (options) => google(options, "google"),
  clearblade: (options) => google(options, "clearblade"),
  jwt: jwtBroker,
};

function oneNce({ broker }: WayOptions): Way {
  if (broker !== undefined)
    throw new UsageError("--broker goes with --profile jwt; 1NCE's onboarding names the endpoint");
  return {
    profile: (config, roots) => oneNceProfile({ ...config, ...(roots && { roots }) }),
    hearsCommands: ({ transport }) => transport !== "https",
    simulate: (faults) => greetingCloud({ faults }),
  };
}

const CLIENT_ID = /^projects\/([^/]+)\/locations\/([^/]+)\/registries\/([^/]+)\/devices\/([^/]+)$/;
const SIMULATED_DEVICE = "projects/simkey/locations/us-central1/registries/desk/devices/device-1";
const SYSTEM_KEY = "0123456789abcdef";

function google(options: WayOptions, flavour: Flavour): Way {
  const { transport, broker, clientId = SIMULATED_DEVICE } = options;
  if (transport === "ws") throw new UsageError(`--profile ${flavour} knows mqtt and https, not ws`);
  const parts = CLIENT_ID.exec(clientId)?.slice(1) as [string, string, string, string] | undefined;
  if (!parts) throw new UsageError("--client-id must be projects/P/locations/R/registries/G/devices/D");
  const device: DeviceName = { project: parts[0], location: parts[1], registry: parts[2], device: parts[3] };
  const { key, publicPem } = deviceKey(options);
  const outside = broker === undefined ? undefined : parseBroker(broker, ["mqtts", "https"]);
  const where = outside && { host: outside.host, port: outside.port };
  const https = transport === "https";
  const http = { host: outside?.host ?? BRIDGE_HOSTS.clearblade.https, systemKey: SYSTEM_KEY };
  return {
    profile: (_config, roots) => {
      if (flavour === "clearblade") {
        return clearBladeProfile({ device, key, ...where, ...(roots && { roots }), ...(https && { http }) });
      }
      if (!roots)
        throw new UsageError("--profile google needs --ca FILE: the root that the broker's certificate leads to");
      return googleProfile({ device, key, roots, transport, ...where });
    },
    uplink: uplinkBy(transport, GOOGLE_LIMITS, (credentials) =>
      flavour === "google"
        ? googleBridge(device, credentials)
        : clearBladeBridge(device.device, SYSTEM_KEY, credentials),
    ),
    hearsCommands: () => !https && !outside,
    ...(outside ? { outside } : { simulate: (faults) => greetingBridge({ flavour, device, publicPem, faults }) }),
  };
}

function jwtBroker(options: WayOptions): Way {
  const { broker, transport, clientId, username, alpn, audience, tokenIn } = options;
  if (broker === undefined || clientId === undefined || options.key === undefined) {
    throw new UsageError("--profile jwt needs --broker mqtt(s)://HOST:PORT, --key FILE and --client-id C");
  }
  if (transport !== "mqtt") throw new UsageError("--profile jwt knows mqtt only");
  const outside = parseBroker(broker, ["mqtt", "mqtts"]);
  const base = options.topic ?? clientId;
  if (outside.scheme === "mqtt" && !isLoopback(outside.host)) {
    throw new UsageError(`a token is not sent to ${outside.host} in clear: use mqtts://, or a broker on 127.0.0.1`);
  }
  const { key } = deviceKey(options);
  return {
    profile: (_config, roots) => {
      if (outside.scheme === "mqtts" && !roots) {
        throw new UsageError("mqtts:// needs --ca FILE: the root that the broker's certificate leads to");
      }
      return jwtBrokerProfile({
        host: outside.host,
        port: outside.port,
        ...(outside.scheme === "mqtts" && { tls: { roots: roots!, ...(alpn !== undefined && { alpn }) } }),
        clientId,
        key,
        field: tokenIn,
        ...(username !== undefined && { other: username }),
        claims: { ...(audience !== undefined && { aud: audience }), sub: clientId },
        topics: { telemetry: `${base}/telemetry`, commands: `${base}/commands/#`, responses: `${base}/responses` },
      });
    },
    uplink: uplinkBy("mqtt", STANDARD_LIMITS, undefined),
    hearsCommands: () => false,
    outside,
  };
}

/** The uplink that carries a transport. */
function uplinkBy(
  transport: WayOptions["transport"],
  limits: MqttLimits,
  bridge: ((credentials: Credentials) => Bridge) | undefined,
): NonNullable<Way["uplink"]> {
  return ({ keepAliveS, session }, { log, keyValue }) =>
    transport === "https" && bridge
      ? httpsUplink({ bridge, log })
      : mqttUplink({ limits, keepAliveS, ...(session === "persistent" && { keyValue }) });
}

/** The key of `--key`, or, for a simulated cloud, one made for this run. */
function deviceKey({ key: path, lifetime }: WayOptions): { key: JwtKey; publicPem: string } {
  const file =
    path === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "der" })
      : readNamedBytes(path, "--key");
  const { signer, publicPem } = signerOf(file);
  return { key: { signer: ({ random }) => signer(random), lifetimeS: lifetime }, publicPem };
}

/** Parses SCHEME://HOST:PORT. @throws UsageError */
export function parseBroker(text: string, schemes: readonly string[]): Address & { scheme: string } {
  const match = /^([a-z]+):\/\/([^/]+)\/?$/.exec(text);
  if (!match || !schemes.includes(match[1]!)) {
    throw new UsageError(
      `--broker must be ${schemes.map((scheme) => `${scheme}://HOST:PORT`).join(" or ")}, not "${text}"`,
    );
  }
  return { scheme: match[1]!, ...parseAddress(match[2]!, "--broker", 1) };
}
