// How a token leads to AWS IoT Core.

import { SETTINGS } from "../../settings/table.js";
import type { Transport } from "../cloud.js";
import type { Plan } from "../plan.js";
import { builtInRoots } from "../roots.js";
import { authorizerOf, headersOf } from "./authorizer.js";
import { httpsPlanOf } from "./bridge.js";
import type { HeldToken } from "./keep.js";

/** The only port on which AWS IoT Core takes MQTT with a custom authorizer, and the protocol name that selects it. */
const MQTT_PORT = 443;
const MQTT_ALPN = "mqtt";

/** Path and sub-protocol of MQTT over WebSocket (AWS IoT developer guide, "Device communication protocols"). */
const WS_PATH = "/mqtt";
const WS_PROTOCOL = "mqtt";

/**
 * The way to the token's endpoint (AWS IoT Core, "Custom authentication", ports and ALPN), all on port 443:
 * - `mqtt`: MQTT over TLS, selected by ALPN
 * - `ws`: MQTT over a WebSocket, without ALPN; the authorizer's values decoded in headers
 * - `https`: publishing only, without ALPN; see bridge.ts
 *
 * Trust: the root that came with the token, for this endpoint only; the built-in roots when none came.
 * @throws OnboardingError for a user name that a WebSocket is wanted for and cannot carry, see `checkCarried`
 */
export function planOf(token: HeldToken, transport: Transport = SETTINGS.transport.default): Plan {
  const plan = mqttPlanOf(token);
  if (transport === "mqtt") return plan;
  const withoutAlpn = httpsPlanOf(plan);
  if (transport === "https") return withoutAlpn;
  return {
    ...withoutAlpn,
    ws: { path: WS_PATH, protocol: WS_PROTOCOL, headers: headersOf(authorizerOf(token.username)) },
  };
}

/**
 * Whether the transport can carry what is in a user name: MQTT takes any, HTTP has it in a query or in headers.
 * @throws OnboardingError `onboarding-field` or `onboarding-token-key`, see `authorizerOf`
 */
export function checkCarried(username: string, transport: Transport = SETTINGS.transport.default): void {
  if (transport !== "mqtt") authorizerOf(username);
}

function mqttPlanOf(token: HeldToken): Plan {
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
