// The 1NCE profile: the SIM is the identity, its token opens AWS IoT Core.

import { connect } from "../connect.js";
import type { Plan } from "../plan.js";
import type { Profile, ProfileIo } from "../profile.js";
import { builtInRoots } from "../roots.js";
import { ONBOARDING_HOST, ONBOARDING_PORT, onboard } from "./onboarding.js";
import { planOf, topicsOf } from "./plan.js";
import type { OneNceToken } from "./token.js";

/** A token that ends within this time is not used for another connection, in milliseconds. */
const LEAST_LIFE_MS = 60_000;

export interface OneNceOptions {
  /** Host of the onboarding service; 1NCE's own when left out. */
  host?: string;
  port?: number;
  /** Trust anchors for that host, DER; the built-in ones when left out. */
  roots?: readonly Uint8Array[];
}

/** The profile `1nce`. Its token is kept in RAM until it is nearly over or refused. */
export function oneNceProfile(options: OneNceOptions = {}): Profile {
  const { host = ONBOARDING_HOST, port = ONBOARDING_PORT, roots = builtInRoots() } = options;
  let token: OneNceToken | undefined;
  let renewals = 0;

  const fresh = async (io: ProfileIo): Promise<OneNceToken> => {
    io.log("info", "onboarding", { host });
    // No ALPN here: the service would choose HTTP/2 if it were offered.
    const tls = { serverName: host, requireAlpn: false, roots };
    const got = await onboard({ ...io, io: connect({ host, port, tls }, io), host });
    const { clientId, endpoint, username, rootCa, expiresAt } = got;
    renewals++;
    const usernameBytes = username.length;
    io.log("info", "onboarded", { clientId, endpoint, usernameBytes, rootBytes: rootCa?.length ?? 0, expiresAt });
    return got;
  };

  return {
    name: "1nce",
    get renewals() {
      return renewals;
    },
    async plan(io: ProfileIo): Promise<Plan> {
      const now = io.clock.wall();
      if (token === undefined || now === undefined || token.expiresAt - now < LEAST_LIFE_MS) token = await fresh(io);
      return planOf(token);
    },
    forget: () => {
      token = undefined;
    },
    topics: ({ credentials }) => topicsOf(credentials.clientId),
  };
}
