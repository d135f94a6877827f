// How a token leads to AWS IoT Core, and the device's topics there.

import type { Plan } from "../plan.js";
import type { Topics } from "../profile.js";
import { builtInRoots } from "../roots.js";
import type { HeldToken } from "./keep.js";

/** The only port on which AWS IoT Core takes MQTT with a custom authorizer, and the protocol name that selects it. */
export const MQTT_PORT = 443;
export const MQTT_ALPN = "mqtt";

/**
 * The way to the token's endpoint by MQTT over TLS (AWS IoT Core, "Custom authentication", ports and ALPN).
 * Trust: the root that came with the token, for this endpoint only; the built-in roots when none came.
 */
export function planOf(token: HeldToken): Plan {
  const { endpoint, clientId, username, expiresAt, renewAt, rootCa } = token;
  return {
    host: endpoint,
    port: MQTT_PORT,
    tls: {
      serverName: endpoint,
      alpn: MQTT_ALPN,
      requireAlpn: true,
      roots: rootCa === undefined ? builtInRoots() : [rootCa],
    },
    credentials: { clientId, username, expiresAt, renewAt },
  };
}

/**
 * Topics of one device. 1NCE's policy allows only those below `<iccid>/`.
 * @param clientId the token's client id, the ICCID
 */
export function topicsOf(clientId: string): Topics {
  return {
    telemetry: `${clientId}/telemetry`,
    commands: `${clientId}/commands/#`,
    responses: `${clientId}/responses`,
  };
}
