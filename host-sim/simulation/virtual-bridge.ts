// Clouds for devices that sign their own tokens, in a virtual world: Google Cloud IoT Core's two bridges, ClearBlade's, and a
// plain broker that takes a JWT. Their certificates lead to a root that the caller names.

import { Broker } from "../cloud/broker.js";
import type { BrokerEvent } from "../cloud/broker-events.js";
import { PLAIN_PROFILE } from "../cloud/broker-profile.js";
import { ClearBladeHttps } from "../cloud/clearblade-https.js";
import type { DeviceRegistry } from "../cloud/device-registry.js";
import { CloudFaults } from "../cloud/faults.js";
import { GoogleBridge } from "../cloud/google-bridge.js";
import { GoogleHttps } from "../cloud/google-https.js";
import type { Flavour } from "../cloud/google-tokens.js";
import { type JwtRules, jwtGatekeeper } from "../cloud/jwt-gate.js";
import { BRIDGE_HOSTS, HTTPS_PORT, JWT_BROKER_HOST, MQTTS_PORT } from "../cloud/names.js";
import { SniFront } from "../cloud/sni-front.js";
import type { ServerAction, ServerCore, TlsPolicy } from "../world/core.js";
import type { Server } from "../world/server.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { modelCertificates } from "./model-certificates.js";

interface CommonOptions {
  /** What the certificates lead to, DER. */
  root: Uint8Array;
  faults?: CloudFaults;
  onEvent?: (event: BrokerEvent) => void;
}

export interface VirtualBridgeOptions extends CommonOptions {
  flavour: Flavour;
  registry: DeviceRegistry;
  /** ClearBlade's; not needed for Google. */
  systemKey?: string;
}

export interface VirtualJwtBrokerOptions extends CommonOptions {
  rules: JwtRules;
}

/** A cloud's parts, to act on them while the world runs. */
export interface VirtualFront<B extends Broker> {
  broker: B;
  server: Server;
  faults: CloudFaults;
  /** Does something with the broker's core, e.g. `broker.command`. */
  withBroker(act: (broker: B, now: number) => ServerAction[]): void;
}

/** Adds Google's or ClearBlade's MQTT and HTTP bridges under their own host names. */
export function addBridge(world: VirtualWorld, options: VirtualBridgeOptions): VirtualFront<GoogleBridge> {
  const { flavour, registry, systemKey = "0123456789abcdef", faults = new CloudFaults(), onEvent } = options;
  const { mqtt, https } = BRIDGE_HOSTS[flavour];
  const bridge = new GoogleBridge({ registry, flavour, names: mqtt, faults, onEvent });
  const http =
    flavour === "google"
      ? new GoogleHttps({ registry, bridge, faults })
      : new ClearBladeHttps({ registry, bridge, systemKey, faults });
  const cores = { ...Object.fromEntries(mqtt.map((name) => [name, bridge])), [https]: http };
  return front(world, bridge, cores, faults, options.root);
}

/** Adds a plain MQTT broker that takes a JWT as username or password. */
export function addJwtBroker(world: VirtualWorld, options: VirtualJwtBrokerOptions): VirtualFront<Broker> {
  const { rules, faults = new CloudFaults(), onEvent } = options;
  const names = [JWT_BROKER_HOST];
  const broker = new Broker({ profile: PLAIN_PROFILE, names, gatekeeper: jwtGatekeeper(rules), faults, onEvent });
  return front(world, broker, { [JWT_BROKER_HOST]: broker }, faults, options.root);
}

/** One server for all host names, on both ports. */
function front<B extends Broker>(
  world: VirtualWorld,
  broker: B,
  cores: Readonly<Record<string, ServerCore & TlsPolicy>>,
  faults: CloudFaults,
  root: Uint8Array,
): VirtualFront<B> {
  const hosts = Object.keys(cores);
  const core = new SniFront(cores);
  const server = world.server({
    core,
    at: hosts.flatMap((host) => [HTTPS_PORT, MQTTS_PORT].map((port) => ({ host, port }))),
    tls: { policy: core, certificates: modelCertificates({ broker: hosts }, root, world.now) },
  });
  const withBroker = (act: (of: B, now: number) => ServerAction[]) => server.push(core.noted(act(broker, world.now)));
  return { broker, server, faults, withBroker };
}
