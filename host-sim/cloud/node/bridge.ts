// The clouds of token-clouds.ts in real time on loopback.

import type { NameTable, ServerAction } from "../../world/core.js";
import type { Broker } from "../broker/broker.js";
import type { CloudFaults } from "../faults.js";
import type { GoogleBridge } from "../google/bridge.js";
import {
  type BridgeOptions,
  bridgeCloud,
  type JwtBrokerOptions,
  jwtBrokerCloud,
  type TokenCloud,
} from "../google/clouds.js";
import { HTTPS_PORT, MQTTS_PORT } from "../names.js";
import { type Address, type ListenOptions, makeCertificates, nameTableTo, serveHosts } from "./hosts.js";

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

/**
 * Starts Google's or ClearBlade's MQTT and HTTP bridges under their own host names.
 * @throws the error of `listen`, e.g. with the code EADDRINUSE
 */
export const startBridge = (options: BridgeOptions & ListenOptions): Promise<Started<GoogleBridge>> =>
  start(bridgeCloud(options), options);

/**
 * Starts a plain MQTT broker that takes a JWT as username or password.
 * @throws the error of `listen`, e.g. with the code EADDRINUSE
 */
export const startJwtBroker = (options: JwtBrokerOptions & ListenOptions): Promise<Started<Broker>> =>
  start(jwtBrokerCloud(options), options);

async function start<B extends Broker>(cloud: TokenCloud<B>, options: ListenOptions): Promise<Started<B>> {
  const { broker, faults } = cloud;
  const names = Object.keys(cloud.hosts);
  const certificates = await makeCertificates({ broker: names }, options);
  const hosts = await serveHosts(cloud.hosts, certificates, options);
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
