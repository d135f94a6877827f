// P-256 (SEC 2 §2.4.2) with SHA-256, deterministic nonces (RFC 6979), signatures as R ‖ S: noble's general curve
// module with P-256's constants. The one module that needs noble, so that the others can lie in flash without it. The curve is
// made when this module is loaded, and so is the table of the base point's multiples: on a chip both lie in flash. In RAM the
// curve's functions would take 15 KB for as long as a signature takes, and the table 150 KB.

import { ecdsa, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Random } from "../platform/system.js";
import { SCALAR_LENGTH } from "./ec-key.js";
import type { Es256Signing } from "./es256.js";

/** Bytes of a signature. */
const ES256_SIGNATURE_LENGTH = 64;

/** The curve, ready for use. */
export interface Es256 extends Es256Signing {
  /** @param publicKey uncompressed point, 65 bytes */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** SEC 2 §2.4.2. Only noble compares with them, whose copies for flash compare as XS needs it: scripts/noble-for-flash.js. */
const P256 = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** Where the curve's blinding comes from: given for the time of one call. */
const blinding: { random: Random | undefined } = { random: (bytes) => bytes.fill(0) };

function randomBytes(length = SCALAR_LENGTH): Uint8Array<ArrayBuffer> {
  if (blinding.random === undefined) throw new Error("no random source");
  const bytes = new Uint8Array(length);
  blinding.random(bytes);
  return bytes;
}

/**
 * Bits of a scalar that one addition takes care of: a table of 97 × 8 points for a blinded scalar of 384 bits, and 97 additions
 * where 380 doublings and 111 additions were without one. It must not be made on a chip: an image without noble in flash
 * wants 1 here, which is no table.
 */
const TABLE_WINDOW: number = 4;

/**
 * @param window bits of the base point's table; 1: none, everything is computed for each signature
 * @param random where blinding comes from; left out: none
 */
function curveOf(window: number, random?: typeof randomBytes) {
  const Point = weierstrass(P256, { randomBytes: random ?? nothing });
  // At once, not at the first signature, which would be on the chip.
  Point.BASE.precompute(window, window === 1);
  return ecdsa(Point, sha256, { lowS: false, randomBytes: random ?? nothing });
}

/** noble asks for random bytes once when a curve is made, and does without where there are none. */
function nothing(): never {
  throw new Error("no random source");
}

/** Signing is blinded against timing, with a third more work. */
const BLINDED = curveOf(TABLE_WINDOW, randomBytes);
// It was asked for once. From here on nothing is blinded with zeros.
blinding.random = undefined;

/**
 * The curve.
 * @param random blinds signing against timing; left out: signing takes the unblinded, steady way
 */
export function es256(random?: Random): Es256 {
  const curve = random === undefined ? curveOf(1) : BLINDED;
  return {
    publicKeyOf: (d) => blinded(random, () => curve.getPublicKey(d, false)),
    sign: (message, d) => blinded(random, () => curve.sign(message, d)),
    verify: (signature, message, publicKey) =>
      signature.length === ES256_SIGNATURE_LENGTH && curve.verify(signature, message, publicKey),
  };
}

function blinded<T>(random: Random | undefined, work: () => T): T {
  blinding.random = random;
  try {
    return work();
  } finally {
    blinding.random = undefined;
  }
}
