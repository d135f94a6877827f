// Comparing bytes.

/** True for equal bytes; compared by words of 32 bits where both lie so. Not for secrets: it stops at the first difference. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  let at = 0;
  if (((a.byteOffset | b.byteOffset) & 3) === 0) {
    const words = length >> 2;
    const left = new Uint32Array(a.buffer, a.byteOffset, words);
    const right = new Uint32Array(b.buffer, b.byteOffset, words);
    for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false;
    at = words << 2;
  }
  for (; at < length; at++) if (a[at] !== b[at]) return false;
  return true;
}
