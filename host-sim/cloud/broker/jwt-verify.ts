// JSON Web Tokens from the verifier's side (RFC 7515, RFC 7518 §3.3 and §3.4, RFC 7519). Synchronous, because a core must
// answer within the call that brings the bytes: jose can only verify by WebCrypto, which is asynchronous, so noble verifies
// here, as on a page, and the tests hold both against the same tokens.

import { decodeBase64Url } from "../../../firmware/bytes/base64.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { type JwtAlgorithm, readPublicKey } from "./public-key.js";

/** Longer tokens are refused unread. */
const MAX_TOKEN_LENGTH = 4096;

/** A public key that somebody registered. */
export interface RegisteredKey {
  algorithm: JwtAlgorithm;
  /** Whether a signature is the key's. */
  verifies(message: Uint8Array, signature: Uint8Array): boolean;
}

export type Claims = Readonly<Record<string, unknown>>;

export type JwtVerdict = { ok: true; claims: Claims } | { ok: false; denial: string };

export interface JwtForm {
  /** `=` at the end of a part is tolerated; RFC 7515 §2 has none. */
  padding: boolean;
  /** The header must have `"typ":"JWT"`. */
  typ: boolean;
}

/**
 * Reads a public key or an X.509 certificate, P-256 or RSA.
 * @param pem PEM text
 * @throws RangeError for any other key
 */
export const registeredKey = (pem: string): RegisteredKey => readPublicKey(pem);

/** Checks form and signature; what the claims say is the caller's business. One of the keys must fit. */
export function verifyJwt(token: string, keys: readonly RegisteredKey[], form: JwtForm): JwtVerdict {
  if (token.length > MAX_TOKEN_LENGTH) return { ok: false, denial: "a token that is too long" };
  const parts = token.split(".");
  const [header, claims, signature] = parts.map((part) => decodePart(part, form.padding));
  if (parts.length !== 3 || header === undefined || claims === undefined || signature === undefined) {
    return { ok: false, denial: "not three parts of base64url" };
  }
  const head = jsonObject(header);
  const body = jsonObject(claims);
  if (head === undefined || body === undefined) return { ok: false, denial: "header or claims are no JSON object" };
  if (form.typ && head.typ !== "JWT") return { ok: false, denial: "the header has no typ JWT" };
  if (head.crit !== undefined) return { ok: false, denial: "the header has critical extensions" };
  const input = encodeUtf8(`${parts[0]}.${parts[1]}`);
  const fits = keys.some((key) => key.algorithm === head.alg && key.verifies(input, signature));
  return fits ? { ok: true, claims: body } : { ok: false, denial: "no registered key verifies the signature" };
}

/** NumericDate of a claim, in seconds; undefined: it is missing or no whole number. */
export function numericDate(claims: Claims, name: "exp" | "iat" | "nbf"): number | undefined {
  const value = claims[name];
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** Bytes of a base64url part; undefined: another character, stray bits, or padding where none is tolerated. */
function decodePart(part: string, padding: boolean): Uint8Array | undefined {
  const bare = padding ? part.replace(/={1,2}$/, "") : part;
  try {
    return bare.length > 0 ? decodeBase64Url(bare) : undefined;
  } catch {
    return undefined;
  }
}

function jsonObject(bytes: Uint8Array): Claims | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
