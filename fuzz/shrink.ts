// The shortest input that still does the same: pieces are taken out, ever smaller ones, then bytes are made plain.

/** Times that an input is tried, so that shrinking ends. */
const TRIES = 4_000;

/** @param still whether a candidate does what the input does */
export function shrink(input: Uint8Array, still: (candidate: Uint8Array) => boolean): Uint8Array {
  let best = input;
  let tries = 0;
  const better = (candidate: Uint8Array): boolean => {
    if (tries++ >= TRIES || !still(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let length = Math.max(1, best.length >> 1); length >= 1 && tries < TRIES; length >>= 1) {
    for (let at = 0; at < best.length; ) {
      const after = best.subarray(at + length);
      const candidate = new Uint8Array(at + after.length);
      candidate.set(best.subarray(0, at));
      candidate.set(after, at);
      if (!better(candidate)) at += length;
    }
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue;
    const candidate = best.slice();
    candidate[at] = 0;
    better(candidate);
  }
  return best;
}
