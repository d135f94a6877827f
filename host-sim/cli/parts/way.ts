// The way to a cloud that the options name: what the device is told of it, as a manifest tells a chip, and the simulated cloud at
// its other end.

import { generateKeyPairSync } from "node:crypto";
import type { CloudOrder, OwnKey, Transport } from "../../../firmware/cloud/cloud.js";
import { type CloudName, checkTransport } from "../../../firmware/clouds.js";
import { Failure } from "../../../firmware/platform/failure.js";
import { type Config, SETTINGS } from "../../../firmware/settings/table.js";
import type { CloudFaults } from "../../cloud/faults.js";
import type { Flavour } from "../../cloud/google/tokens.js";
import { BRIDGE_HOSTS } from "../../cloud/names.js";
import { readNamedBytes, UsageError } from "../output/errors.js";
import { type Address, isLoopback, parseAddress } from "./address.js";
import { type Greets, greetingBridge, greetingCloud, type SimulatedCloud } from "./clouds.js";
import { signerOf } from "./keys.js";

export const TRANSPORTS = SETTINGS.transport.words;
export const PUBLISH_FORMS = SETTINGS.publishForm.words;
/** Where a token stands in CONNECT. */
export const TOKEN_FIELDS = ["password", "username"] as const;

export interface WayOptions extends Greets {
  profile: CloudName;
  transport: Transport;
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

/** What a device is told of its cloud, and what stands for that cloud on the desk. */
export interface Way {
  order: CloudOrder;
  /** Absent: its SIM is its identity. */
  key?: OwnKey;
  /** Whom the device trusts. @param roots trust anchors that the desk knows of, DER @throws UsageError when it needs some */
  trusts(roots: readonly Uint8Array[] | undefined): readonly Uint8Array[] | undefined;
  /** Whether commands can reach the device, so that a run waits for one. */
  hearsCommands(config: Config): boolean;
  /** Starts the simulated cloud; absent: there is none, the user named a broker. */
  simulate?: (faults: CloudFaults) => Promise<SimulatedCloud>;
  /** A host outside that the user named, which the simulated network leads to. */
  outside?: Address;
}

/** @throws UsageError for options that do not go together */
export function wayOf(options: WayOptions): Way {
  const { profile, transport } = options;
  try {
    checkTransport(profile, transport);
  } catch (error) {
    throw error instanceof Failure ? new UsageError(error.message) : error;
  }
  return WAYS[profile](options);
}

const WAYS: Readonly<Record<CloudName, (options: WayOptions) => Way>> = {
  "1nce": oneNce,
  google: (options) => google(options, "google"),
  clearblade: (options) => google(options, "clearblade"),
  jwt: jwtBroker,
};

function oneNce({ profile, broker, commands, onPublish }: WayOptions): Way {
  if (broker !== undefined)
    throw new UsageError("--broker goes with --profile jwt; 1NCE's onboarding names the endpoint");
  return {
    order: { name: profile },
    trusts: (roots) => roots,
    hearsCommands: ({ transport }) => transport !== "https",
    simulate: (faults) => greetingCloud({ faults, commands, onPublish }),
  };
}

const CLIENT_ID = /^projects\/([^/]+)\/locations\/([^/]+)\/registries\/([^/]+)\/devices\/([^/]+)$/;
const SIMULATED_DEVICE = "projects/simkey/locations/us-central1/registries/desk/devices/device-1";
const SYSTEM_KEY = "0123456789abcdef";
/** Only ClearBlade must be told where its API is. */
const CLEARBLADE_HTTPS = { clearblade: { host: BRIDGE_HOSTS.clearblade.https }, google: {} };

function google(options: WayOptions, flavour: Flavour): Way {
  const { profile, transport, broker, clientId = SIMULATED_DEVICE, lifetime: lifetimeS, commands, onPublish } = options;
  const [, project, location, registry, device] = CLIENT_ID.exec(clientId) ?? [];
  if (!project || !location || !registry || !device)
    throw new UsageError("--client-id must be projects/P/locations/R/registries/G/devices/D");
  const name = { project, location, registry, device };
  const { key, publicPem } = deviceKey(options);
  const outside = broker === undefined ? undefined : parseBroker(broker, ["mqtts", "https"]);
  const https = transport === "https";
  const where = outside ? { host: outside.host, port: outside.port } : https && CLEARBLADE_HTTPS[flavour];
  return {
    order: { name: profile, ...name, ...where, ...(https && { systemKey: SYSTEM_KEY }), lifetimeS },
    key,
    trusts: (roots) => {
      if (roots || flavour === "clearblade") return roots;
      throw new UsageError("--profile google needs --ca FILE: the root that the broker's certificate leads to");
    },
    hearsCommands: () => !https && !outside,
    ...(outside
      ? { outside }
      : { simulate: (faults) => greetingBridge({ flavour, device: name, publicPem, faults, commands, onPublish }) }),
  };
}

function jwtBroker(options: WayOptions): Way {
  const { profile, broker, clientId, username: other, alpn, audience, tokenIn: field, topic, lifetime } = options;
  if (broker === undefined || clientId === undefined || options.key === undefined) {
    throw new UsageError("--profile jwt needs --broker mqtt(s)://HOST:PORT, --key FILE and --client-id C");
  }
  const outside = parseBroker(broker, ["mqtt", "mqtts"]);
  const { scheme, host, port } = outside;
  if (scheme === "mqtt" && !isLoopback(host)) {
    throw new UsageError(`a token is not sent to ${host} in clear: use mqtts://, or a broker on 127.0.0.1`);
  }
  return {
    order: {
      ...{ name: profile, host, port, clientId, field, lifetimeS: lifetime },
      ...(other !== undefined && { other }),
      ...(alpn !== undefined && { alpn }),
      ...(audience !== undefined && { audience }),
      ...(topic !== undefined && { topic }),
    },
    key: deviceKey(options).key,
    trusts: (roots) => {
      if (scheme === "mqtt") return undefined;
      if (roots) return roots;
      throw new UsageError("mqtts:// needs --ca FILE: the root that the broker's certificate leads to");
    },
    hearsCommands: () => false,
    outside,
  };
}

/** The key of `--key`, or, for a simulated cloud, one made for this run. */
function deviceKey({ key: path }: WayOptions): { key: OwnKey; publicPem: string } {
  const file =
    path === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "der" })
      : readNamedBytes(path, "--key");
  const { signer, publicPem } = signerOf(file);
  return { key: { signer: ({ random }) => signer(random) }, publicPem };
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
