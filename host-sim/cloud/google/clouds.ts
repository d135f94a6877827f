// Clouds for devices that sign their own tokens, as cores under their host names: Google Cloud IoT Core's two bridges,
// ClearBlade's, and a plain broker that takes a JWT. node-bridge.ts carries them in real time, virtual-bridge.ts in virtual time.

import type { ServerCore, TlsPolicy } from "../../world/core.js";
import { Broker } from "../broker/broker.js";
import type { BrokerEvent } from "../broker/events.js";
import { type JwtRules, jwtGatekeeper } from "../broker/jwt-gate.js";
import { PLAIN_PROFILE } from "../broker/profile.js";
import { CloudFaults } from "../faults.js";
import { BRIDGE_HOSTS, JWT_BROKER_HOST } from "../names.js";
import { GoogleBridge } from "./bridge.js";
import { ClearBladeHttps } from "./clearblade-https.js";
import type { DeviceRegistry } from "./device-registry.js";
import { GoogleHttps } from "./https.js";
import type { Flavour } from "./tokens.js";

interface CommonOptions {
  faults?: CloudFaults | undefined;
  onEvent?: ((event: BrokerEvent) => void) | undefined;
}

export interface BridgeOptions extends CommonOptions {
  flavour: Flavour;
  registry: DeviceRegistry;
  /** ClearBlade's system key; not needed for Google. */
  systemKey?: string | undefined;
}

export interface JwtBrokerOptions extends CommonOptions {
  rules: JwtRules;
}

/** A cloud's cores, each under the host names it serves. */
export interface TokenCloud<B extends Broker> {
  broker: B;
  hosts: Readonly<Record<string, ServerCore & TlsPolicy>>;
  faults: CloudFaults;
}

/** Google's or ClearBlade's MQTT and HTTP bridges. */
export function bridgeCloud(options: BridgeOptions): TokenCloud<GoogleBridge> {
  const { flavour, registry, faults = new CloudFaults(), onEvent, systemKey = "0123456789abcdef" } = options;
  const { mqtt, https } = BRIDGE_HOSTS[flavour];
  const broker = new GoogleBridge({ registry, flavour, names: mqtt, faults, onEvent });
  const http =
    flavour === "google"
      ? new GoogleHttps({ registry, bridge: broker, faults })
      : new ClearBladeHttps({ registry, bridge: broker, systemKey, faults });
  return { broker, hosts: { ...Object.fromEntries(mqtt.map((name) => [name, broker])), [https]: http }, faults };
}

/** A plain MQTT broker that takes a JWT as username or password. */
export function jwtBrokerCloud(options: JwtBrokerOptions): TokenCloud<Broker> {
  const { rules, faults = new CloudFaults(), onEvent } = options;
  const names = [JWT_BROKER_HOST];
  const broker = new Broker({ profile: PLAIN_PROFILE, names, gatekeeper: jwtGatekeeper(rules), faults, onEvent });
  return { broker, hosts: { [JWT_BROKER_HOST]: broker }, faults };
}
