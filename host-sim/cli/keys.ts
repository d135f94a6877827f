// Private keys on the desk: ES256 or RS256, told apart by what the file holds.

import { readEcPrivateKey } from "../../firmware/jwt/ec-key.js";
import { ecPublicPem } from "../../firmware/jwt/ec-public.js";
import { es256, es256Signer } from "../../firmware/jwt/es256.js";
import { rs256Signer } from "../../firmware/jwt/rs256.js";
import { readRsaPrivateKey, rsaPublicPem } from "../../firmware/jwt/rsa-key.js";
import type { JwtAlgorithm, JwtSigner } from "../../firmware/jwt/token.js";
import { asFailure } from "../../firmware/platform/failure.js";
import type { Random } from "../../firmware/platform/system.js";
import { nodeRandom } from "../platform/system.js";
import { UsageError } from "./errors.js";

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
