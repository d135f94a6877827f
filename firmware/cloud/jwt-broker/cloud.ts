// A broker that takes a JWT, as the table of clouds has it. The order says host, port, client id, and what the broker
// wants of a token.

import { type KeyCloud, keyFor, needed, rootsFor, sessionStore } from "../cloud.js";
import { mqttUplink } from "../mqtt-uplink.js";
import { jwtBrokerProfile } from "./profile.js";

/** Without roots the broker is spoken to in clear, as only one on this machine may be. */
export const cloud: KeyCloud = (order, given, { limits, topics }, key) => {
  const { host, port, clientId } = needed(order, "host", "port", "clientId");
  const { audience, field, other, alpn, topic = clientId } = order;
  const roots = rootsFor(order, given);
  const profile = jwtBrokerProfile({
    host,
    port,
    ...(roots && { tls: { roots, ...(alpn !== undefined && { alpn }) } }),
    clientId,
    key: keyFor(order, key),
    ...(field && { field }),
    ...(other !== undefined && { other }),
    claims: { sub: clientId, ...(audience !== undefined && { aud: audience }) },
    topics: topics(topic),
  });
  const { keepAliveS } = given.config;
  return { profile, uplink: mqttUplink({ limits, keepAliveS, keyValue: sessionStore(given) }) };
};
