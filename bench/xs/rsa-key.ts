// An RSA key that is the same on every machine: its primes are the first ones behind numbers that hashes spell.

import { checkPrimeSync, createHash, createPrivateKey, type KeyObject } from "node:crypto";

const PRIME_BITS = 1024n;
const E = 65_537n;

/** A private key of 2048 bits. For figures: everybody can make it. */
export function benchRsaKey(): KeyObject {
  const [p, q] = [primeFrom("p"), primeFrom("q")];
  const [p1, q1] = [p - 1n, q - 1n];
  const d = inverse(E, p1 * q1);
  const numbers = { n: p * q, e: E, d, p, q, dp: d % p1, dq: d % q1, qi: inverse(q, p) };
  const spelt = Object.entries(numbers).map(([name, value]) => [name, bytesOf(value).toString("base64url")]);
  return createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(spelt) }, format: "jwk" });
}

/** The first prime with its two highest bits set behind what a name's hashes spell. */
function primeFrom(name: string): bigint {
  const blocks = [0, 1].map((i) => createHash("sha512").update(`simkey bench ${name} ${i}`).digest("hex"));
  let number = BigInt(`0x${blocks.join("")}`) | (3n << (PRIME_BITS - 2n)) | 1n;
  while (!checkPrimeSync(number)) number += 2n;
  return number;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, t0, t1] = [modulus, value % modulus, 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - quotient * r1, t1, t0 - quotient * t1];
  }
  return ((t0 % modulus) + modulus) % modulus;
}

function bytesOf(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
