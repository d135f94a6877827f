// JSON Web Tokens in compact form (RFC 7515 §3.1, RFC 7519), signed, whatever the algorithm. To verify one is the
// cloud's work, or the desk's: host-sim/jwt.

import { encodeBase64Url } from "../bytes/base64.js";
import type { JsonObject } from "../bytes/json.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import { JwtError } from "./errors.js";

/** Algorithms (RFC 7518 §3.1). */
export type JwtAlgorithm = "ES256" | "RS256";

/** Signs with one key. */
export interface JwtSigner {
  readonly alg: JwtAlgorithm;
  /** Signature over the ASCII bytes of the signing input. */
  sign(message: Uint8Array): Uint8Array;
  /** Forgets the key as far as JavaScript can; `sign` fails from then on. */
  wipe(): void;
}

/** Longest token, in characters: AWS and Google bound a password far below. */
export const TOKEN_LIMIT = 8192;

/**
 * Signs a token. Its header is alg, typ and, if given, kid.
 * @param claims written in their order, e.g. of `claimsOf`
 * @param kid names the key (RFC 7515 §4.1.4)
 */
export function signToken(signer: JwtSigner, claims: JsonObject, kid?: string | undefined): string {
  const header = { alg: signer.alg, typ: "JWT", ...(kid === undefined ? {} : { kid }) };
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  const token = `${input}.${encodeBase64Url(signer.sign(encodeUtf8(input)))}`;
  if (token.length > TOKEN_LIMIT)
    throw new JwtError("jwt-claims", `the token is longer than ${TOKEN_LIMIT} characters`);
  return token;
}

function encodePart(part: JsonObject): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify(part)));
}
