// The clouds of token-clouds.ts in a virtual world. Their certificates lead to a root that the caller names.

import type { Broker } from "../cloud/broker/broker.js";
import type { CloudFaults } from "../cloud/faults.js";
import type { GoogleBridge } from "../cloud/google/bridge.js";
import {
  type BridgeOptions,
  bridgeCloud,
  type JwtBrokerOptions,
  jwtBrokerCloud,
  type TokenCloud,
} from "../cloud/google/clouds.js";
import { HTTPS_PORT, MQTTS_PORT } from "../cloud/names.js";
import { SniFront } from "../cloud/node/sni-front.js";
import type { ServerAction } from "../world/core.js";
import type { Server } from "../world/server.js";
import type { TicketPolicy } from "../world/tls-server.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { modelCertificates } from "./model-certificates.js";
import type { BrokerDoor } from "./virtual-cloud.js";

interface RootOptions {
  /** What the certificates lead to, DER. */
  root: Uint8Array;
  /** What the server does with TLS sessions, asked at each handshake. Left out: it gives no tickets. */
  tickets?: (() => TicketPolicy) | undefined;
}

/** A cloud's parts, to act on them while the world runs. */
export interface VirtualFront<B extends Broker> {
  broker: B;
  /** The same, as a desk has its broker: what comes of it can be given to the server. */
  door: BrokerDoor;
  server: Server;
  faults: CloudFaults;
  /** Does something with the broker's core, e.g. `broker.command`. */
  withBroker(act: (broker: B, now: number) => ServerAction[]): void;
}

/** Adds Google's or ClearBlade's MQTT and HTTP bridges under their own host names. */
export const addBridge = (world: VirtualWorld, options: BridgeOptions & RootOptions): VirtualFront<GoogleBridge> =>
  front(world, bridgeCloud(options), options);

/** Adds a plain MQTT broker that takes a JWT as username or password. */
export const addJwtBroker = (world: VirtualWorld, options: JwtBrokerOptions & RootOptions): VirtualFront<Broker> =>
  front(world, jwtBrokerCloud(options), options);

/** One server for all host names, on both ports. */
function front<B extends Broker>(
  world: VirtualWorld,
  cloud: TokenCloud<B>,
  { root, tickets }: RootOptions,
): VirtualFront<B> {
  const { broker, faults } = cloud;
  const hosts = Object.keys(cloud.hosts);
  const core = new SniFront(cloud.hosts);
  const server = world.server({
    core,
    at: hosts.flatMap((host) => [HTTPS_PORT, MQTTS_PORT].map((port) => ({ host, port }))),
    tls: { policy: core, certificates: modelCertificates({ broker: hosts }, root, world.now), tickets },
  });
  const withBroker = (act: (of: B, now: number) => ServerAction[]) => server.push(core.noted(act(broker, world.now)));
  const door: BrokerDoor = {
    open: (...args) => core.noted(broker.open(...args)),
    receive: (...args) => core.noted(broker.receive(...args)),
    closed: (...args) => core.noted(broker.closed(...args)),
    publish: (...args) => core.noted(broker.publish(...args)),
    disconnect: (...args) => core.noted(broker.disconnect(...args)),
  };
  return { broker, door, server, faults, withBroker };
}
