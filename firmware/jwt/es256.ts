// ES256: ECDSA over P-256 with SHA-256 (RFC 7518 §3.4), signatures of 64 bytes. The arithmetic is p256.ts's, or native code's.

import { sameBytes } from "../bytes/equal.js";
import type { Random } from "../platform/system.js";
import { type EcPrivateKey, isScalar, SCALAR_LENGTH } from "./ec-key.js";
import { JwtError } from "./errors.js";
import type { JwtSigner } from "./token.js";

/** What calculates with private keys. */
export interface Es256Signing {
  /** Public point of a scalar, uncompressed, 65 bytes. */
  publicKeyOf(d: Uint8Array): Uint8Array;
  /** @returns 64 bytes; the same for the same message and key */
  sign(message: Uint8Array, d: Uint8Array): Uint8Array;
}

/** Gets what calculates, for one signature or one look at a key. @param random blinds against timing */
export type CurveOf = (random: Random) => Es256Signing;

/** A signer that also knows its public half. */
export interface Es256Signer extends JwtSigner {
  /**
   * Uncompressed point, 65 bytes; made when it is first asked for, which takes as long as a signature.
   * @throws JwtError `jwt-key` when the key was wiped before
   */
  readonly publicKey: Uint8Array;
}

/**
 * A signer of a key. It keeps its own copy of the scalar until `wipe`; the caller wipes `key.d`.
 * @throws JwtError `jwt-key` when the public point that came with the key is not its own
 */
export function es256Signer(key: EcPrivateKey, curve: Es256Signing): Es256Signer {
  let point: Uint8Array | undefined;
  if (key.publicKey !== undefined) {
    point = curve.publicKeyOf(key.d);
    if (!sameBytes(key.publicKey, point)) {
      throw new JwtError("jwt-key", "the public key does not belong to the private key");
    }
  }
  const d = key.d.slice();
  const scalar = () => {
    if (!isScalar(d)) throw new JwtError("jwt-key", "the key was wiped");
    return d;
  };
  return {
    alg: "ES256",
    get publicKey() {
      point ??= curve.publicKeyOf(scalar());
      return point;
    },
    sign: (message) => curve.sign(message, scalar()),
    wipe: () => {
      d.fill(0);
    },
  };
}

/** Tries of `generateScalar`; each fails with a chance of 2^-32. */
const TRIES = 4;

/**
 * A new private key from a cryptographic random source (FIPS 186-5 §A.2.2: rejection). The caller wipes it.
 * @throws JwtError `jwt-key` when the source yields no scalar: it is broken
 */
export function generateScalar(random: Random): Uint8Array {
  const d = new Uint8Array(SCALAR_LENGTH);
  for (let i = 0; i < TRIES; i++) {
    random(d);
    if (isScalar(d)) return d;
  }
  throw new JwtError("jwt-key", "the random source yields no key");
}
