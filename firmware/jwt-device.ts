// The parts of a device that signs its own JWT, for main.ts. A module of its own, so that a 1NCE device never loads it.

import { decodePem } from "./bytes/pem.js";
import { jwtBrokerProfile } from "./cloud/jwt-broker/profile.js";
import { mqttUplink } from "./cloud/mqtt-uplink.js";
import { storedKeySigner } from "./cloud/stored-key.js";
import type { Composition } from "./compose.js";
import { type ConsoleKeys, consoleKeys } from "./device/console-keys.js";
import { STANDARD_LIMITS } from "./mqtt/limits.js";
import type { Platform } from "./platform/platform.js";
import type { Config } from "./settings/table.js";

/** What the manifest says of the broker. */
export interface JwtBuild {
  host: string;
  /** 1–65535 */
  port: number;
  /** PEM of the roots that the broker's certificate leads to. */
  roots: string;
  clientId: string;
  audience?: string;
  /** Field of CONNECT that bears the token; `password` when left out, and what stands in the other. */
  field?: "password" | "username";
  other?: string;
  alpn?: string;
  /** First part of the topics; the client id when left out. */
  topic?: string;
}

/** What a device with a key of its own has besides what every device has. */
export interface JwtParts extends Required<Pick<Composition, "profile" | "uplink">> {
  /** For the console: it makes the key and shows its public half, which is to be registered with the broker. */
  keys: ConsoleKeys;
}

/** Profile and uplink for a broker that takes the device's JWT. */
export function jwtParts(
  { keyValue, random }: Pick<Platform, "keyValue" | "random">,
  { keepAliveS, session }: Pick<Config, "keepAliveS" | "session">,
  build: JwtBuild,
): JwtParts {
  const { host, port, clientId, audience, field, other, alpn, topic = clientId } = build;
  const roots = decodePem(build.roots).map(({ der }) => der);
  const profile = jwtBrokerProfile({
    host,
    port,
    tls: { roots, ...(alpn !== undefined && { alpn }) },
    clientId,
    key: { signer: storedKeySigner },
    ...(field && { field }),
    ...(other !== undefined && { other }),
    claims: { sub: clientId, ...(audience !== undefined && { aud: audience }) },
    topics: { telemetry: `${topic}/telemetry`, commands: `${topic}/commands/#`, responses: `${topic}/responses` },
  });
  const uplink = mqttUplink({ limits: STANDARD_LIMITS, keepAliveS, ...(session === "persistent" && { keyValue }) });
  return { profile, uplink, keys: consoleKeys(keyValue, random) };
}
