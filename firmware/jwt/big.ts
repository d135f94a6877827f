// Big-endian bytes to BigInt and back, and powers modulo an odd number. Not constant in time: secrets are blinded before.

/** The number that big-endian bytes spell. */
export function toBig(bytes: Uint8Array): bigint {
  let value = 0n;
  let i = 0;
  for (; i < bytes.length % 4; i++) value = (value << 8n) | BigInt(bytes[i]!);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (; i < bytes.length; i += 4) value = (value << 32n) | BigInt(view.getUint32(i));
  return value;
}

/** `length` big-endian bytes of a number (RFC 8017 §4.1). @throws RangeError when it does not fit */
export function fromBig(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError("the number does not fit");
  return bytes;
}

/** Number of significant bits. */
export function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first]!) - 24);
}

/** base^exponent mod modulus, by windows of 4 bits: a multiplication every 4 squarings. */
export function powMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const table = [1n, base % modulus];
  for (let i = 2; i < 16; i++) table.push((table[i - 1]! * table[1]!) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let k = 0; k < 4; k++) result = (result * result) % modulus;
    result = (result * table[Number.parseInt(digit, 16)]!) % modulus;
  }
  return result;
}

/** Inverse of `value` modulo `modulus`, or undefined when there is none (extended Euclid). */
export function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [r0, r1] = [modulus, value % modulus];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  if (r0 !== 1n) return undefined;
  return t0 < 0n ? t0 + modulus : t0;
}
