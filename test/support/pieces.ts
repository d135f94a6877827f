// Cuts an input into pieces at random places, for the property "any split gives the same events".

import fc from "fast-check";

/** Arbitrary cuts of a text of any length: relative positions, so that they shrink well. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** `bytes` in pieces that begin at the given fractions of its length. Empty pieces occur. */
export function pieces(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at.map((fraction) => Math.round(fraction * bytes.length)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return ends.map((end) => {
    const piece = bytes.slice(from, end);
    from = end;
    return piece;
  });
}

/** `bytes` one at a time. */
export function singly(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}
