// What signs the tokens of the simulated cloud in virtual time: a stand-in of the size of AWS's own that a seed determines, so
// that a run repeats to the byte, in Node as on a page. Real time has AWS's algorithm: cloud/node/rsa-signer.ts.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";

/** Length of an RSA-2048 signature, and of its stand-in. */
export const SIGNATURE_BYTES = 256;

export interface Signer {
  sign(bytes: Uint8Array): Uint8Array;
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * A deterministic stand-in: HMAC-SHA256 in counter mode, keyed by `seed`, expanded to the length of an RSA-2048 signature.
 * @param seed any text; the same seed signs the same
 */
export function seededSigner(seed: string): Signer {
  const key = encodeUtf8(seed);
  const make = (bytes: Uint8Array): Uint8Array => {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    for (let at = 0; at < SIGNATURE_BYTES; at += 32) {
      signature.set(hmac.create(sha256, key).update(Uint8Array.of(at)).update(bytes).digest(), at);
    }
    return signature;
  };
  return { sign: make, verify: (bytes, signature) => sameSecret(make(bytes), signature) };
}

/** True for equal bytes; takes as long wherever they differ. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0);
  return difference === 0;
}
