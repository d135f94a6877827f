// What signs the tokens of the simulated cloud. Real time has AWS's own algorithm with a key made at start;
// virtual time has a stand-in of the same size that a seed determines, so that a run repeats to the byte.

import { createHmac, generateKeyPairSync, sign, timingSafeEqual, verify } from "node:crypto";

/** Length of an RSA-2048 signature, and of its stand-in. */
const SIGNATURE_BYTES = 256;

export interface Signer {
  sign(bytes: Uint8Array): Uint8Array;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * RSASSA-PKCS1-v1_5 with SHA-256 and a new 2048-bit key: what AWS's custom authorizers check (AWS IoT developer
 * guide, "custom-auth").
 */
export function rsaSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: SIGNATURE_BYTES * 8 });
  return {
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, privateKey)),
    verify: (bytes, signature) => verify("sha256", bytes, publicKey, signature),
  };
}

/**
 * A deterministic stand-in: HMAC-SHA256 in counter mode, keyed by `seed`, expanded to the length of an RSA-2048 signature.
 * @param seed any text; the same seed signs the same
 */
export function seededSigner(seed: string): Signer {
  const make = (bytes: Uint8Array): Uint8Array => {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    for (let at = 0; at < SIGNATURE_BYTES; at += 32) {
      signature.set(createHmac("sha256", seed).update(Uint8Array.of(at)).update(bytes).digest(), at);
    }
    return signature;
  };
  return {
    sign: make,
    verify: (bytes, signature) => signature.length === SIGNATURE_BYTES && timingSafeEqual(make(bytes), signature),
  };
}
