// A second client under the device's own name, straight at the broker's core: how AWS IoT Core meets a cloned device.

import mqtt from "mqtt-packet";
import { ENDPOINT_HOST } from "../cloud/names.js";
import type { VirtualCloud } from "../simulation/virtual-cloud.js";
import type { Scheduler } from "../world/scheduler.js";
import { iccidOf, sourceAddressOf } from "../world/sims.js";

/** Numbers of its connections: above any that the network gives. */
export const FIRST_TWIN = 1e9;
/** How long it stays, in milliseconds. */
const STAY_MS = 2_000;

/** Connects one, and takes it away again a little later. @param sim the device's */
export function connectTwin(scheduler: Scheduler, cloud: VirtualCloud, sim: number): void {
  const { authorizer, broker, brokerServer } = cloud;
  const now = scheduler.now;
  // No two in the same microsecond.
  const connection = FIRST_TWIN + (Math.floor(now * 1_000) % FIRST_TWIN);
  const connect = mqtt.generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId: iccidOf(sim),
    clean: true,
    keepalive: 60,
    username: authorizer.mint(sim, now),
  });
  const hello = { sourceAddress: sourceAddressOf(sim), sni: ENDPOINT_HOST, alpn: "mqtt" };
  brokerServer.push([...broker.open(connection, hello, now), ...broker.receive(connection, connect, now)]);
  scheduler.at(now + STAY_MS, () => brokerServer.push(broker.closed(connection, scheduler.now)));
}
