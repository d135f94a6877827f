// A broker that takes a JWT on the desk of an app, and the device's way to it: a key of its own, made for the run and registered.

import type { CloudOrder, CloudParts, OwnKey } from "../../firmware/cloud/cloud.js";
import { cloud } from "../../firmware/cloud/jwt-broker/cloud.js";
import { ownKey as es256Key } from "../../firmware/cloud/own-key/es256.js";
import { ownKey as rs256Key } from "../../firmware/cloud/own-key/rs256.js";
import type { Topics } from "../../firmware/cloud/profile.js";
import { builtInRoots } from "../../firmware/cloud/roots.js";
import { CLOUDS } from "../../firmware/clouds.js";
import { DEVICE_KEY } from "../../firmware/jwt/device-key.js";
import type { JwtAlgorithm } from "../../firmware/jwt/token.js";
import type { KeyValue } from "../../firmware/platform/storage.js";
import type { Config } from "../../firmware/settings/table.js";
import type { Broker } from "../cloud/broker/broker.js";
import type { BrokerEvent } from "../cloud/broker/events.js";
import { registeredKey } from "../cloud/broker/jwt-verify.js";
import { JWT_BROKER_HOST, MQTTS_PORT } from "../cloud/names.js";
import { addJwtBroker, type VirtualFront } from "../simulation/virtual-bridge.js";
import { seededRandom } from "../world/board.js";
import type { TicketPolicy } from "../world/tls-server.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { SIMULATED_RSA_KEY } from "./rsa-key.js";

const OWN_KEYS: Readonly<Record<JwtAlgorithm, OwnKey>> = { ES256: es256Key, RS256: rs256Key };

/** What a build says of its broker; host, port and roots are the desk's. */
export interface JwtCloud extends Pick<CloudOrder, "alg" | "audience" | "field" | "other" | "topic" | "lifetimeS"> {
  readonly name: "jwt";
  readonly clientId: string;
}

/** A cloud of a desk. */
export interface DeskCloud {
  /** What its topics begin with. */
  topic: string;
  /** The device's way to it, made anew for each start. */
  parts: () => Pick<CloudParts, "profile" | "uplink">;
  /** Sends the device a command, QoS 1. */
  command(json: unknown): void;
  /** The broker, to act on. */
  front: VirtualFront<Broker>;
}

/**
 * Adds the broker to a world.
 * @param order what the device is told
 * @param keyValue the device's, where its key is put
 * @param differs topics, by what they begin with, that are not those of such a broker; and what it does with TLS sessions
 */
export function addJwtCloud(
  world: VirtualWorld,
  order: JwtCloud,
  config: Config,
  keyValue: KeyValue,
  onEvent: (event: BrokerEvent) => void,
  differs: { topics?: ((base: string) => Topics) | undefined; tickets?: (() => TicketPolicy) | undefined } = {},
): DeskCloud {
  const { topics = CLOUDS.jwt.topics, tickets } = differs;
  const random = seededRandom(world.random.split("key"));
  const { clientId, audience, field = "password", topic = clientId, alg = "ES256" } = order;
  const [root] = builtInRoots();
  const ownKey = OWN_KEYS[alg];
  const console = ownKey.console!({ keyValue, random });
  // One that no device makes was put into it.
  if (console.generate === undefined) keyValue.write(DEVICE_KEY, SIMULATED_RSA_KEY);
  const key = registeredKey((console.generate?.() ?? console.publicHalf()!).pem);
  // The device's clock comes from the network, in whole seconds.
  const rules = { from: field, keys: [key], claims: { sub: "%c" }, skewSeconds: 5, ...(audience && { audience }) };
  const front = addJwtBroker(world, { rules, root: root!, onEvent, tickets });
  const told = { ...order, host: JWT_BROKER_HOST, port: MQTTS_PORT };
  const given = { config, platform: { keyValue, random, log: () => {} }, roots: [root!] };
  return {
    topic,
    parts: () => cloud(told, given, { ...CLOUDS.jwt, topics }, ownKey),
    front,
    command: (json) =>
      front.withBroker((broker, now) =>
        broker.publish(`${topic}/commands/request`, Buffer.from(JSON.stringify(json)), 1, now),
      ),
  };
}
