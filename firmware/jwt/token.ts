// JSON Web Tokens in compact form (RFC 7515 §3.1, RFC 7519): signed, taken apart and verified, whatever the algorithm.

import { decodeBase64Url, encodeBase64Url } from "../bytes/base64.js";
import { type JsonNames, type JsonObject, type JsonRead, readJson } from "../bytes/json.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import { CLAIMS, type ClaimRules, type Claims, checkClaims } from "./claims.js";
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

/** Verifies by one key. */
export interface JwtVerifier {
  readonly alg: JwtAlgorithm;
  verify(signature: Uint8Array, message: Uint8Array): boolean;
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
