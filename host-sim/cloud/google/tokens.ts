// The rules of Google Cloud IoT Core for a device's JWT, and ClearBlade's variants, as data and one function.
// Sources: Google Cloud IoT Core "Using JSON Web Tokens (JWTs)"; ClearBlade IoT Core documentation.

import { type Claims, type JwtForm, numericDate, verifyJwt } from "../broker/jwt-verify.js";
import type { Device } from "./device-registry.js";

/** Clocks may differ by this much. */
const SKEW_SECONDS = 600;
/** From iat to exp, skew not counted. */
const MAX_LIFE_SECONDS = 86_400;

/** One of the two services. */
export type Flavour = "google" | "clearblade";

const FORM: Readonly<Record<Flavour, JwtForm>> = {
  google: { padding: true, typ: true },
  clearblade: { padding: false, typ: true },
};

export type TokenVerdict =
  /** `endsAt`: when the token has expired by all clocks, ms since 1970. */
  { ok: true; claims: Claims; endsAt: number } | { ok: false; denial: string };

/** What a token must claim besides its times: exact values by name. */
export type Wanted = Readonly<Record<string, string | number>>;

/** Checks a device's token: form, signature by one of its keys, times, and the claims that are wanted. */
export function checkToken(token: string, device: Device, flavour: Flavour, wanted: Wanted, now: number): TokenVerdict {
  const verdict = verifyJwt(token, device.keys, FORM[flavour]);
  if (!verdict.ok) return verdict;
  const { claims } = verdict;
  for (const [name, value] of Object.entries(wanted)) {
    if (claims[name] !== value) return { ok: false, denial: `the claim ${name} is not what it must be` };
  }
  const iat = numericDate(claims, "iat");
  const exp = numericDate(claims, "exp");
  if (iat === undefined || exp === undefined) return { ok: false, denial: "iat and exp must be whole numbers" };
  const denial = checkTimes(iat, exp, now / 1000);
  return denial === undefined ? { ok: true, claims, endsAt: (exp + SKEW_SECONDS) * 1000 } : { ok: false, denial };
}

function checkTimes(iat: number, exp: number, seconds: number): string | undefined {
  if (exp <= iat) return "exp is not after iat";
  if (exp - iat > MAX_LIFE_SECONDS + SKEW_SECONDS) return "the token lives longer than 24 hours";
  if (iat > seconds + SKEW_SECONDS) return "iat lies in the future";
  if (seconds >= exp + SKEW_SECONDS) return "the token has expired";
  return undefined;
}
