// The claims of a token a device signs for itself (RFC 7519 §4.1), and what must hold between them.

import type { JsonObject, JsonValue } from "../bytes/json.js";
import { knownKey } from "../bytes/known.js";
import { JwtError } from "./errors.js";

/** Longest life of a token, in seconds: what Google and its heirs accept. */
export const LIFETIME_LIMIT_S = 86_400;
/** Difference between two clocks that the other side bears with, in ms (Google Cloud IoT Core: 10 minutes). */
export const CLOCK_SKEW_MS = 600_000;
/** A wall clock before this was never set: 2024-01-01 UTC. */
const EARLIEST_WALL_MS = 1_704_067_200_000;

export interface ClaimsOptions {
  /** Wall time in ms since 1970, or undefined when it is not known. */
  wallMs: number | undefined;
  /** How far the clock may be off, in ms. 0 when left out. */
  clockErrorMs?: number | undefined;
  /** 1 to 86400 */
  lifetimeS: number;
  aud?: string | undefined;
  iss?: string | undefined;
  sub?: string | undefined;
  /** True: a `nbf` claim, equal to `iat`. */
  nbf?: boolean | undefined;
  jti?: string | undefined;
  scope?: string | undefined;
  /** Claims of the broker's own, e.g. ClearBlade's `sk`, `uid`, `ut`; none of the names above. */
  extra?: Readonly<Record<string, JsonValue>> | undefined;
}

/** The claims that have a meaning here (RFC 7519 §4.1, RFC 8693 §4.2). */
export const CLAIMS = {
  iat: "plain",
  exp: "plain",
  nbf: "plain",
  aud: "list",
  iss: "plain",
  sub: "plain",
  jti: "plain",
  scope: "plain",
} as const;

/**
 * A claim set, `iat` now and `exp` at the end of the lifetime, in whole seconds, ordered iat, exp, aud, then the others.
 * @throws JwtError `jwt-clock` when the time is unknown or may be off by more than 10 minutes; `jwt-claims`
 */
export function claimsOf(options: ClaimsOptions): JsonObject {
  const { wallMs, clockErrorMs = 0, lifetimeS, aud, iss, sub, nbf, jti, scope, extra = {} } = options;
  if (wallMs === undefined || wallMs < EARLIEST_WALL_MS) {
    throw new JwtError("jwt-clock", "the clock is not set: a token cannot be signed");
  }
  if (clockErrorMs > CLOCK_SKEW_MS) {
    throw new JwtError("jwt-clock", "the clock may be off by more than 10 minutes: set it before signing");
  }
  if (!Number.isInteger(lifetimeS) || lifetimeS < 1 || lifetimeS > LIFETIME_LIMIT_S) {
    throw new JwtError("jwt-claims", `a token's lifetime is 1 to ${LIFETIME_LIMIT_S} seconds`);
  }
  const reserved = Object.keys(extra).find((name) => knownKey(CLAIMS, name) !== undefined);
  if (reserved !== undefined) throw new JwtError("jwt-claims", `the claim ${reserved} is no extra one`);
  const iat = Math.floor(wallMs / 1000);
  const claims: JsonObject = { iat, exp: iat + lifetimeS };
  const strings = { aud, iss, sub, jti, scope };
  for (const [name, value] of Object.entries(strings)) if (value !== undefined) claims[name] = value;
  if (nbf) claims.nbf = iat;
  return { ...claims, ...extra };
}
