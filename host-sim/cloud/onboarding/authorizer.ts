// 1NCE's tokens from both ends: the onboarding service mints them, the custom authorizer at AWS checks them.
// A token is a JWT (HS256). AWS checks the RSA signature over it, then the authorizer looks inside.
// Sources: 1NCE "JWT Token Onboarding"; AWS IoT developer guide "custom-authentication".

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "../../../firmware/bytes/base64.js";
import { decodeUtf8, encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { iccidOf, imsiOf } from "../../world/sims.js";
import { type Signer, sameSecret } from "./signer.js";

const AUTHORIZER_NAME = "1nce-authorizer";
const TOKEN_LIFE_SECONDS = 86_400;
/** AWS takes a disconnectAfterInSeconds from 300 to 86400; a simulation may set less. */
const DISCONNECT_AFTER_SECONDS = 86_400;
/** Longer usernames are refused unread. 1NCE's have about 1060 bytes. */
const MAX_USERNAME_LENGTH = 4096;

const HEADER = base64url('{"alg":"HS256","typ":"JWT"}');
const NAME = "x-amz-customauthorizer-name";
const SIGNATURE = "x-amz-customauthorizer-signature";
const TOKEN = "token";

/** Why the authorizer said no. Never sent to the client: AWS only writes it to its log. */
export type Denial =
  | "no authorizer parameters"
  | "unknown authorizer"
  | "bad signature"
  | "bad token"
  | "token expired"
  | "client id is not the token's ICCID";

export type Verdict =
  | { ok: true; iccid: string /** When AWS ends the connection, ms since 1970. */; endsAt: number }
  | { ok: false; denial: Denial };

/** What AWS needs of a client, taken out of the username, the query or the headers, each value decoded. */
export interface AuthorizerParameters {
  name: string | undefined;
  signature: string | undefined;
  token: string | undefined;
}

export interface AuthorizerOptions {
  signer: Signer;
  name?: string | undefined;
  /** Seconds from minting to expiry. */
  tokenLifeSeconds?: number | undefined;
  /** Longest life of a connection, in seconds. */
  disconnectAfterSeconds?: number | undefined;
}

/** The custom authorizer and the mint that belongs to it. */
export class Authorizer {
  readonly #signer: Signer;
  readonly #key: Uint8Array;
  readonly #name: string;
  readonly #tokenLifeSeconds: number;
  readonly #disconnectAfterSeconds: number;
  #minted = 0;

  constructor(options: AuthorizerOptions) {
    this.#signer = options.signer;
    this.#key = options.signer.sign(encodeUtf8("key of the tokens"));
    this.#name = options.name ?? AUTHORIZER_NAME;
    this.#tokenLifeSeconds = options.tokenLifeSeconds ?? TOKEN_LIFE_SECONDS;
    this.#disconnectAfterSeconds = options.disconnectAfterSeconds ?? DISCONNECT_AFTER_SECONDS;
  }

  /**
   * Username for SIM `sim`, in the form and about the size of 1NCE's: JWT, `?`, the authorizer's parameters.
   * @param lifeSeconds time to expiry; 0: it has expired already
   */
  mint(sim: number, now: number, lifeSeconds = this.#tokenLifeSeconds): string {
    const token = this.#token(sim, Math.floor(now / 1000), lifeSeconds);
    const signature = encodeBase64(this.#signer.sign(encodeUtf8(token)));
    return `${token}?${NAME}=${this.#name}&${SIGNATURE}=${encodeURIComponent(signature)}&${TOKEN}=${token}`;
  }

  /**
   * Checks an MQTT username. What stands before `?` is the plain username, which this authorizer ignores.
   * @param clientId MQTT client id
   */
  check(username: string | undefined, clientId: string, now: number): Verdict {
    const parameters = username === undefined ? undefined : usernameParameters(username);
    return parameters === undefined
      ? { ok: false, denial: "no authorizer parameters" }
      : this.checkParameters(parameters, clientId, now);
  }

  /** As `check`, of parameters that were found elsewhere. `clientId` undefined: the transport has none (HTTPS publish). */
  checkParameters(from: AuthorizerParameters, clientId: string | undefined, now: number): Verdict {
    if (from.name === undefined || from.signature === undefined || from.token === undefined) {
      return { ok: false, denial: "no authorizer parameters" };
    }
    if (from.name !== this.#name) return { ok: false, denial: "unknown authorizer" };
    const signature = fromBase64(from.signature);
    if (signature === undefined || !this.#signer.verify(encodeUtf8(from.token), signature)) {
      return { ok: false, denial: "bad signature" };
    }
    const claims = this.#claims(from.token);
    if (claims === undefined) return { ok: false, denial: "bad token" };
    if (now >= claims.exp * 1000) return { ok: false, denial: "token expired" };
    if (clientId !== undefined && clientId !== claims.iccid) {
      return { ok: false, denial: "client id is not the token's ICCID" };
    }
    return {
      ok: true,
      iccid: claims.iccid,
      endsAt: Math.min(claims.exp * 1000, now + this.#disconnectAfterSeconds * 1000),
    };
  }

  #token(sim: number, iat: number, lifeSeconds: number): string {
    const jti = this.#mac(`token ${this.#minted++}`).slice(0, 16);
    const claims = {
      iss: "1nce",
      iccid: iccidOf(sim),
      imsi: imsiOf(sim),
      organisation: 8_000_000,
      iat,
      exp: iat + lifeSeconds,
      jti,
    };
    const input = `${HEADER}.${base64url(JSON.stringify(claims))}`;
    return `${input}.${this.#mac(input)}`;
  }

  #mac(text: string): string {
    return encodeBase64Url(hmac(sha256, this.#key, encodeUtf8(text)));
  }

  #claims(token: string): { iccid: string; exp: number } | undefined {
    const [header, payload, mac, ...more] = token.split(".");
    if (header !== HEADER || payload === undefined || mac === undefined || more.length > 0) return undefined;
    if (!sameSecret(encodeUtf8(this.#mac(`${header}.${payload}`)), encodeUtf8(mac))) return undefined;
    return JSON.parse(decodeUtf8(decodeBase64Url(payload)));
  }
}

/** The authorizer's parameters in the query part of a username, decoded; undefined: malformed or too long. */
export function usernameParameters(username: string): AuthorizerParameters | undefined {
  const question = username.indexOf("?");
  if (question < 0 || username.length > MAX_USERNAME_LENGTH) return undefined;
  return queryParameters(username.slice(question + 1));
}

/** The authorizer's parameters in a query string (without its `?`), decoded; undefined: bad percent-encoding. */
export function queryParameters(query: string): AuthorizerParameters | undefined {
  const found = new Map<string, string>();
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    try {
      found.set(part.slice(0, equals), decodeURIComponent(part.slice(equals + 1)));
    } catch {
      return undefined;
    }
  }
  return { name: found.get(NAME), signature: found.get(SIGNATURE), token: found.get(TOKEN) };
}

function base64url(text: string): string {
  return encodeBase64Url(encodeUtf8(text));
}

/** Bytes of a client's base64; undefined: it is none. */
function fromBase64(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch {
    return undefined;
  }
}
