// Keys on the desk: ES256 or RS256, told apart by what the file holds.

import { createPublicKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { ecPublicPem, readEcPublicKey } from "../../../firmware/jwt/ec-public.js";
import { es256Signer, es256Verifier } from "../../../firmware/jwt/es256.js";
import { checkJwkUse, type JwkUse } from "../../../firmware/jwt/jwk-use.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { rs256Signer, rs256Verifier } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey, readRsaPublicKey, rsaPublicPem } from "../../../firmware/jwt/rsa-key.js";
import type { JwtAlgorithm, JwtSigner, JwtVerifier } from "../../../firmware/jwt/token.js";
import { asFailure } from "../../../firmware/platform/failure.js";
import type { Random } from "../../../firmware/platform/system.js";
import { nodeRandom } from "../../platform/system.js";
import { UsageError } from "../output/errors.js";

export interface DeskKey {
  alg: JwtAlgorithm;
  /** A signer for one token; it is wiped after use. */
  signer: (random?: Random) => JwtSigner;
  /** What a cloud is told. */
  publicPem: string;
}

/** @throws UsageError for text that is no key that we sign with */
export function signerOf(text: string): DeskKey {
  const failures: string[] = [];
  for (const read of [ecKey, rsaKey]) {
    try {
      return read(text);
    } catch (error) {
      failures.push(asFailure(error).message);
    }
  }
  throw new UsageError(`--key: no private key that can be used (EC: ${failures[0]}; RSA: ${failures[1]})`);
}

function ecKey(text: string): DeskKey {
  const curve = es256(nodeRandom);
  const probe = es256Signer(readEcPrivateKey(text), curve);
  const publicPem = ecPublicPem(probe.publicKey);
  probe.wipe();
  return { alg: "ES256", publicPem, signer: (random) => es256Signer(readEcPrivateKey(text), es256(random)) };
}

function rsaKey(text: string): DeskKey {
  const key = readRsaPrivateKey(text);
  return {
    alg: "RS256",
    publicPem: rsaPublicPem(key),
    signer: (random) => rs256Signer(readRsaPrivateKey(text), random),
  };
}

/**
 * A verifier of a public key in any form that `keygen` prints: PEM, JWK, X.509 certificate. Of a private key its public
 * half counts.
 * @throws UsageError for text that is no key that we verify with
 */
export function verifierOf(text: string): JwtVerifier {
  const { key, jwk } = publicKeyOf(text);
  const pem = key.export({ type: "spki", format: "pem" }) as string;
  const failures: string[] = [];
  for (const read of [
    () => es256Verifier(readEcPublicKey(pem), es256(nodeRandom)),
    () => rs256Verifier(readRsaPublicKey(pem)),
  ]) {
    try {
      const verifier = read();
      if (jwk !== undefined) checkJwkUse(jwk, "verify", verifier.alg);
      return verifier;
    } catch (error) {
      const { code, message } = asFailure(error);
      if (code === "jwt-key-use") throw new UsageError(`--key: ${message}; give a key that is for signatures`);
      failures.push(message);
    }
  }
  throw new UsageError(`--key: no public key that can be used (EC: ${failures[0]}; RSA: ${failures[1]})`);
}

/** `jwk`: what the key says of itself, if it can. */
function publicKeyOf(text: string): { key: KeyObject; jwk?: JwkUse } {
  try {
    if (!text.trimStart().startsWith("{")) return { key: createPublicKey(text) };
    const jwk = JSON.parse(text) as JsonWebKeyInput["key"] & JwkUse;
    return { key: createPublicKey({ key: jwk, format: "jwk" }), jwk };
  } catch {
    throw new UsageError("--key: neither a key in PEM, a JWK, nor a certificate");
  }
}
