// Tokens from the other side, on the desk: taken apart as the firmware's readers do it, verified by node:crypto, and their claims
// held against a clock.

import { type KeyObject, verify } from "node:crypto";
import { decodeBase64Url } from "../../firmware/bytes/base64.js";
import { type JsonNames, type JsonRead, readJson } from "../../firmware/bytes/json.js";
import { encodeUtf8 } from "../../firmware/bytes/utf8.js";
import { CLAIMS, CLOCK_SKEW_MS, LIFETIME_LIMIT_S } from "../../firmware/jwt/claims.js";
import { JwtError } from "../../firmware/jwt/errors.js";
import { type JwtAlgorithm, TOKEN_LIMIT } from "../../firmware/jwt/token.js";

/** The claims of a token that have a meaning here. */
export type Claims = JsonRead<typeof CLAIMS>;

/** Verifies by one key. */
export interface JwtVerifier {
  readonly alg: JwtAlgorithm;
  verify(signature: Uint8Array, message: Uint8Array): boolean;
}

/** A verifier of a public key, which is one for the algorithm. */
export function verifierBy(key: KeyObject, alg: JwtAlgorithm): JwtVerifier {
  // A signature of ES256 is R ‖ S (RFC 7518 §3.4).
  const how = alg === "ES256" ? ({ key, dsaEncoding: "ieee-p1363" } as const) : key;
  return { alg, verify: (signature, message) => verify("sha256", message, how, signature) };
}

/** What a verifier demands of the claims. */
export interface ClaimRules {
  /** Wall time in ms since 1970. */
  wallMs: number;
  /** The audience that must be named; any when left out. */
  audience?: string | undefined;
  /** `CLOCK_SKEW_MS` when left out. */
  skewMs?: number | undefined;
}

/**
 * Checks what holds without a clock: times are numbers, and `exp` lies behind `iat` by at most the longest life.
 * @throws JwtError `jwt-claims`
 */
export function checkLifetime(claims: Claims): { iat: number | undefined; exp: number; nbf: number | undefined } {
  const exp = numericDate(claims, "exp");
  const iat = numericDate(claims, "iat");
  const nbf = numericDate(claims, "nbf");
  if (exp === undefined) throw new JwtError("jwt-claims", "the token has no exp");
  if (iat !== undefined && exp <= iat) throw new JwtError("jwt-claims", "the token's exp is not after its iat");
  if (iat !== undefined && exp - iat > LIFETIME_LIMIT_S + CLOCK_SKEW_MS / 1000) {
    throw new JwtError("jwt-claims", "the token lives longer than 24 hours");
  }
  return { iat, exp, nbf };
}

/**
 * Checks the claims of a token whose signature holds.
 * @throws JwtError `jwt-claims`, `jwt-expired`, `jwt-not-yet-valid` or `jwt-audience`
 */
export function checkClaims(claims: Claims, rules: ClaimRules): void {
  const { wallMs, audience, skewMs = CLOCK_SKEW_MS } = rules;
  const { iat, exp, nbf } = checkLifetime(claims);
  if (exp * 1000 + skewMs <= wallMs) throw new JwtError("jwt-expired", "the token has expired");
  const begin = Math.max(iat ?? 0, nbf ?? 0);
  if (begin * 1000 - skewMs > wallMs) throw new JwtError("jwt-not-yet-valid", "the token is from the future");
  if (audience === undefined) return;
  const { aud } = claims;
  const named = Array.isArray(aud) ? aud.includes(audience) : aud === audience;
  if (!named) throw new JwtError("jwt-audience", "the token is for another audience");
}

/** NumericDate (RFC 7519 §2), or undefined when the claim is missing. */
function numericDate(claims: Claims, name: "exp" | "iat" | "nbf"): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
    throw new JwtError("jwt-claims", `the claim ${name} is not a time`);
  }
  return value;
}

/** What a header says that matters here (RFC 7515 §4.1). */
const HEADER = { alg: "plain", typ: "plain", kid: "plain", crit: "list" } as const;
type Header = JsonRead<typeof HEADER>;

/** A token's parts, nothing verified. */
export interface DecodedToken {
  header: Header;
  /** Those that have a meaning here. */
  claims: Claims;
  /** All that it claims, as JSON. */
  payload: Uint8Array;
  signature: Uint8Array;
  /** What the signature is over. */
  message: Uint8Array;
}

/** Takes a token apart. Nothing is verified. @throws JwtError `jwt-syntax` */
export function decodeToken(token: string): DecodedToken {
  const parts = token.length > TOKEN_LIMIT ? [] : token.split(".", 4);
  if (parts.length !== 3) throw new JwtError("jwt-syntax", "not a JWT: it must have three parts");
  try {
    const payload = decodeBase64Url(parts[1]!);
    return {
      header: readPart(decodeBase64Url(parts[0]!), HEADER),
      claims: readPart(payload, CLAIMS),
      payload,
      signature: decodeBase64Url(parts[2]!),
      message: encodeUtf8(`${parts[0]}.${parts[1]}`),
    };
  } catch (error) {
    throw new JwtError("jwt-syntax", "not a JWT: its parts are not base64url of JSON objects", error);
  }
}

const readPart = <const T extends JsonNames>(part: Uint8Array, names: T): JsonRead<T> =>
  readJson(part, names, { bytes: TOKEN_LIMIT, depth: 8 });

/**
 * Verifies a token: its algorithm is the key's own (RFC 8725 §3.1), its signature, then its claims.
 * @returns the claims that have a meaning here
 * @throws JwtError
 */
export function verifyToken(token: string, verifier: JwtVerifier, rules: ClaimRules): Claims {
  const { header, claims, signature, message } = decodeToken(token);
  if (header.alg !== verifier.alg) throw new JwtError("jwt-algorithm", `the token is not signed with ${verifier.alg}`);
  if (header.crit !== undefined) throw new JwtError("jwt-syntax", "the token demands an unknown extension");
  if (!verifier.verify(signature, message)) throw new JwtError("jwt-signature", "the token's signature does not fit");
  checkClaims(claims, rules);
  return claims;
}
