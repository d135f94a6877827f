// Any MQTT broker that takes a JWT as password or as user name: EMQX, RabbitMQ, HiveMQ, mosquitto with a JWT plugin.
// Everything is a setting: which field bears the token, what it claims, which topics there are.

import { isPlainText } from "../../bytes/utf8.js";
import { Failure } from "../../platform/failure.js";
import { type JwtCloud, type JwtKey, jwtProfile } from "../own-key/profile.js";
import type { Credentials, Plan } from "../plan.js";
import type { Profile, Topics } from "../profile.js";

export interface JwtBrokerOptions {
  host: string;
  /** 1–65535 */
  port: number;
  /** Left out: plain TCP, which only a broker on this machine is spoken to by. */
  tls?: {
    /** Trust anchors, DER. */
    roots: readonly Uint8Array[];
    /** Left out: none is offered. A broker that selects none of it is refused. */
    alpn?: string;
  };
  clientId: string;
  key: JwtKey;
  /** The field of CONNECT that bears the token; `password` when left out. */
  field?: "password" | "username";
  /**
   * What stands in the other field. A user name must be there beside a password [MQTT-3.1.2-22], so it is `unused` when
   * left out; a password need not be.
   */
  other?: string;
  /** What the token claims besides its times: `aud`, `iss`, `sub`, `scope`, … and the broker's own in `extra`. */
  claims?: JwtCloud["claims"];
  topics: Topics;
}

const isLoopback = (host: string) => /^(localhost|127(\.[0-9]{1,3}){3}|::1)$/.test(host);

/** The profile `jwt`. @throws Failure `config` for plain TCP to another machine, or names that no broker takes */
export function jwtBrokerProfile(options: JwtBrokerOptions): Profile {
  const { host, port, tls, clientId, key, field = "password", other, claims = {}, topics } = options;
  if (tls === undefined && !isLoopback(host)) {
    throw new Failure("config", `a token is not sent to ${host} without TLS`, "give-up");
  }
  if (![clientId, ...Object.values(topics)].every(isPlainText)) {
    throw new Failure("config", "the client id or a topic holds a control character", "give-up");
  }
  const way: Omit<Plan, "credentials"> = { host, port };
  if (tls !== undefined) {
    const { roots, alpn } = tls;
    way.tls = { serverName: host, requireAlpn: alpn !== undefined, roots, ...(alpn !== undefined && { alpn }) };
  }
  const fields: Readonly<Record<typeof field, (token: string) => Omit<Credentials, "clientId">>> = {
    password: (token) => ({ username: other ?? "unused", password: token }),
    username: (token) => ({ username: token, ...(other !== undefined && { password: other }) }),
  };
  return jwtProfile({
    name: "jwt",
    key,
    claims,
    way,
    credentials: (token) => ({ clientId, ...fields[field](token) }),
    topics,
  });
}
