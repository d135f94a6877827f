// Keys and tokens for the tests of the clouds that take self-signed JWTs, made by jose: an implementation that is not ours.

import { type CryptoKey, exportSPKI, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { START } from "./probe.js";

export interface Keys {
  privateKey: CryptoKey;
  publicPem: string;
}

export async function makeKeys(algorithm: "ES256" | "RS256"): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, publicPem: await exportSPKI(publicKey) };
}

/** The start of virtual time as a NumericDate. */
export const NOW = START / 1000;

export function sign(
  keys: Keys,
  claims: JWTPayload | Record<string, unknown>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const alg = (keys.privateKey.algorithm.name === "ECDSA" ? "ES256" : "RS256") as "ES256";
  return new SignJWT(claims as JWTPayload).setProtectedHeader({ alg, typ: "JWT", ...header }).sign(keys.privateKey);
}

/** Claims of a good Google-style token that lives an hour. */
export function goodClaims(fields: object = {}): Record<string, unknown> {
  return { iat: NOW, exp: NOW + 3600, aud: "my-project", ...fields };
}
