// P-256 (SEC 2 §2.4.2) with SHA-256, deterministic nonces (RFC 6979), signatures as R ‖ S: noble's general curve
// module with P-256's constants and window 1, an eighth of the memory of noble's own window. The one module that
// needs noble, so that the others can lie in flash without it. The curve is made by a function, not at module level:
// it is memory that only a user of it pays for; see docs/evidence/memory.md.

import { ecdsa, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Random } from "../platform/system.js";
import { SCALAR_LENGTH } from "./ec-key.js";

/** Bytes of a signature. */
const ES256_SIGNATURE_LENGTH = 64;

/** The curve, ready for use. */
export interface Es256 {
  /** Public point of a scalar, uncompressed, 65 bytes. */
  publicKeyOf(d: Uint8Array): Uint8Array;
  /** @returns 64 bytes; the same for the same message and key */
  sign(message: Uint8Array, d: Uint8Array): Uint8Array;
  /** @param publicKey uncompressed point, 65 bytes */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** SEC 2 §2.4.2; within a function, since XS compares preloaded BigInts wrongly. */
function p256() {
  return {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    h: 1n,
    a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  };
}

/**
 * Makes the curve. It is memory as long as the result is held, and more while it works: let go of it after each signature.
 * @param random blinds signing against timing, with a third more work; left out: signing takes the unblinded, steady way
 */
export function es256(random?: Random): Es256 {
  const randomBytes = (length = SCALAR_LENGTH) => {
    if (random === undefined) throw new Error("no random source"); // noble probes, and does without
    const bytes = new Uint8Array(length);
    random(bytes);
    return bytes;
  };
  const Point = weierstrass(p256(), { randomBytes });
  Point.BASE.precompute(1);
  const curve = ecdsa(Point, sha256, { lowS: false, randomBytes });
  return {
    publicKeyOf: (d) => curve.getPublicKey(d, false),
    sign: (message, d) => curve.sign(message, d),
    verify: (signature, message, publicKey) =>
      signature.length === ES256_SIGNATURE_LENGTH && curve.verify(signature, message, publicKey),
  };
}
