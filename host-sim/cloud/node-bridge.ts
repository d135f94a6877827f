// Clouds for devices that sign their own tokens, in real time on loopback: Google Cloud IoT Core's two bridges, ClearBlade's,
// and a plain broker that takes a JWT.

import type { NameTable, ServerAction } from "../world/core.js";
import { Broker } from "./broker.js";
import type { BrokerEvent } from "./broker-events.js";
import { PLAIN_PROFILE } from "./broker-profile.js";
import { ClearBladeHttps } from "./clearblade-https.js";
import type { DeviceRegistry } from "./device-registry.js";
import { CloudFaults } from "./faults.js";
import { GoogleBridge } from "./google-bridge.js";
import { GoogleHttps } from "./google-https.js";
import type { Flavour } from "./google-tokens.js";
import { type JwtRules, jwtGatekeeper } from "./jwt-gate.js";
import { BRIDGE_HOSTS, HTTPS_PORT, JWT_BROKER_HOST, MQTTS_PORT } from "./names.js";
import { type Address, type ListenOptions, makeCertificates, nameTableTo, serveHosts } from "./node-hosts.js";

/** What every such cloud offers to whoever started it. */
export interface Started<B extends Broker> {
  address: Address;
  /** Root of its hosts. */
  caPem: string;
  nameTable: NameTable;
  broker: B;
  faults: CloudFaults;
  /** Does something with the broker's core, e.g. `broker.publish`. */
  withBroker(act: (broker: B, now: number) => ServerAction[]): void;
  close(): Promise<void>;
}

export interface BridgeOptions extends ListenOptions {
  flavour: Flavour;
  registry: DeviceRegistry;
  /** ClearBlade's system key; not needed for Google. */
  systemKey?: string | undefined;
  faults?: CloudFaults | undefined;
  onEvent?: ((event: BrokerEvent) => void) | undefined;
}

/**
 * Starts Google's or ClearBlade's MQTT and HTTP bridges under their own host names.
 * @throws the error of `listen`, e.g. with the code EADDRINUSE
 */
export async function startBridge(options: BridgeOptions): Promise<Started<GoogleBridge>> {
  const { flavour, registry, faults = new CloudFaults(), onEvent, systemKey = "0123456789abcdef" } = options;
  const { mqtt, https } = BRIDGE_HOSTS[flavour];
  const bridge = new GoogleBridge({ registry, flavour, names: mqtt, faults, onEvent });
  const http =
    flavour === "google"
      ? new GoogleHttps({ registry, bridge, faults })
      : new ClearBladeHttps({ registry, bridge, systemKey, faults });
  return start(bridge, { ...all(mqtt, bridge), [https]: http }, faults, options);
}

export interface JwtBrokerOptions extends ListenOptions {
  rules: JwtRules;
  faults?: CloudFaults | undefined;
  onEvent?: ((event: BrokerEvent) => void) | undefined;
}

/**
 * Starts a plain MQTT broker that takes a JWT as username or password.
 * @throws the error of `listen`, e.g. with the code EADDRINUSE
 */
export async function startJwtBroker(options: JwtBrokerOptions): Promise<Started<Broker>> {
  const { rules, faults = new CloudFaults(), onEvent } = options;
  const names = [JWT_BROKER_HOST];
  const broker = new Broker({ profile: PLAIN_PROFILE, names, gatekeeper: jwtGatekeeper(rules), faults, onEvent });
  return start(broker, all(names, broker), faults, options);
}

async function start<B extends Broker>(
  broker: B,
  cores: Parameters<typeof serveHosts>[0],
  faults: CloudFaults,
  options: ListenOptions,
): Promise<Started<B>> {
  const names = Object.keys(cores);
  const certificates = await makeCertificates({ broker: names }, options);
  const hosts = await serveHosts(cores, certificates, options);
  return {
    address: hosts.address,
    caPem: certificates.rootPem("broker"),
    nameTable: nameTableTo(hosts.address, names, [HTTPS_PORT, MQTTS_PORT]),
    broker,
    faults,
    withBroker: (act) => hosts.perform((now) => act(broker, now)),
    close: () => hosts.close(),
  };
}

function all<T>(names: readonly string[], value: T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value]));
}
