// RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3, RFC 8017 §8.2). A module of its own: ES256 users never load it.
// Signing is by remainders, blinded where there is randomness, and checked before it leaves: a fault in one half of the
// calculation would give the key away (RFC 8017 §5.1.2; Boneh, DeMillo, Lipton 1997).

import { sha256 } from "@noble/hashes/sha2.js";
import type { Random } from "../platform/system.js";
import { fromBig, inverse, powMod, toBig } from "./big.js";
import { JwtError } from "./errors.js";
import type { RsaPrivateKey } from "./rsa-key.js";
import type { JwtSigner } from "./token.js";

/** DigestInfo in front of a SHA-256 hash (RFC 8017 §9.2, note 1). */
const DIGEST_INFO = Uint8Array.of(
  ...[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
);

/** EMSA-PKCS1-v1_5: 00 01 FF… 00 DigestInfo hash. */
function encodeMessage(message: Uint8Array, length: number): Uint8Array {
  const hash = sha256(message);
  const encoded = new Uint8Array(length).fill(0xff);
  const from = length - DIGEST_INFO.length - hash.length;
  encoded[0] = 0;
  encoded[1] = 1;
  encoded[from - 1] = 0;
  encoded.set(DIGEST_INFO, from);
  encoded.set(hash, from + DIGEST_INFO.length);
  return encoded;
}

/** The private key's numbers. */
interface Numbers {
  n: bigint;
  e: bigint;
  p: bigint;
  q: bigint;
  dP: bigint;
  dQ: bigint;
  qInv: bigint;
}

/**
 * A signer of a key. It keeps its own numbers until `wipe`; the caller wipes `key`.
 * @param random blinds each signature against timing; left out: unblinded
 * @throws JwtError `jwt-key` when the key's parts do not belong together
 */
export function rs256Signer(key: RsaPrivateKey, random?: Random): JwtSigner {
  const length = key.n.length;
  const { n, e, p, q, dP, dQ, qInv } = key;
  let numbers: Numbers | undefined = {
    n: toBig(n),
    e: toBig(e),
    p: toBig(p),
    q: toBig(q),
    dP: toBig(dP),
    dQ: toBig(dQ),
    qInv: toBig(qInv),
  };
  if (!belongTogether(numbers)) throw new JwtError("jwt-key", "the parts of the RSA key do not belong together");
  return {
    alg: "RS256",
    sign: (message) => {
      if (numbers === undefined) throw new JwtError("jwt-key", "the key was wiped");
      return fromBig(privatePower(toBig(encodeMessage(message, length)), numbers, length, random), length);
    },
    wipe: () => {
      numbers = undefined;
    },
  };
}

/** RFC 8017 §3.2: n = pq; e·dP ≡ 1 mod p-1; e·dQ ≡ 1 mod q-1; q·qInv ≡ 1 mod p. */
function belongTogether({ n, e, p, q, dP, dQ, qInv }: Numbers): boolean {
  if (p < 3n || q < 3n || p * q !== n) return false;
  return (e * dP) % (p - 1n) === 1n && (e * dQ) % (q - 1n) === 1n && (q * qInv) % p === 1n;
}

/** RSASP1 (RFC 8017 §5.2.1) with blinding: m·r^e is raised to d, and r divided out. */
function privatePower(m: bigint, key: Numbers, length: number, random: Random | undefined): bigint {
  const { n, e, p, q, dP, dQ, qInv } = key;
  const [r, rInverse] = blinding(n, length, random);
  const blinded = (m * powMod(r, e, n)) % n;
  const m1 = powMod(blinded, dP, p);
  const m2 = powMod(blinded, dQ, q);
  const h = (((m1 - (m2 % p) + p) % p) * qInv) % p;
  const signature = ((m2 + h * q) * rInverse) % n;
  if (powMod(signature, e, n) !== m) throw new JwtError("jwt-key", "an RSA signature came out wrong: it is not sent");
  return signature;
}

/** A random number without a factor in common with n, and its inverse; 1 and 1 without randomness. */
function blinding(n: bigint, length: number, random: Random | undefined): [bigint, bigint] {
  if (random === undefined) return [1n, 1n];
  const bytes = new Uint8Array(length);
  random(bytes);
  const r = toBig(bytes) % n;
  const rInverse = r === 0n ? undefined : inverse(r, n);
  return rInverse === undefined ? [1n, 1n] : [r, rInverse]; // as likely as guessing p
}
