// Packs as heatshrink does: greedy, but for one byte that is left alone where the next match is longer. For comparison only.

const WINDOW = 1 << 12;
const LENGTH = 1 << 4;
/** Bits of a match, and of a byte. */
const MATCH_BITS = 1 + 12 + 4;
const BYTE_BITS = 1 + 8;
const LEAST = 3;

export function heatshrunk(image: Uint8Array): Uint8Array {
  const latest = new Map<number, number>();
  const before = new Int32Array(image.length).fill(-1);
  const keyAt = (at: number) => image[at]! | (image[at + 1]! << 8) | (image[at + 2]! << 16);
  const enter = (at: number) => {
    if (at + LEAST > image.length) return;
    before[at] = latest.get(keyAt(at)) ?? -1;
    latest.set(keyAt(at), at);
  };
  const longest = (at: number): [length: number, distance: number] => {
    let [best, distance] = [0, 0];
    if (at + LEAST > image.length) return [best, distance];
    for (let from = latest.get(keyAt(at)) ?? -1; from >= 0 && at - from <= WINDOW; from = before[from]!) {
      let length = LEAST;
      while (length < LENGTH && at + length < image.length && image[from + length] === image[at + length]) length++;
      if (length > best) [best, distance] = [length, at - from];
      if (best === LENGTH) break;
    }
    return [best, distance];
  };
  const out: number[] = [];
  let [bits, count] = [0, 0];
  const put = (value: number, wanted: number) => {
    for (let i = wanted - 1; i >= 0; i--) {
      bits = (bits << 1) | ((value >>> i) & 1);
      if (++count < 8) continue;
      out.push(bits);
      [bits, count] = [0, 0];
    }
  };
  for (let at = 0; at < image.length; ) {
    const [length, distance] = longest(at);
    enter(at);
    const isWorth = length * BYTE_BITS > MATCH_BITS && longest(at + 1)[0] <= length + 1;
    if (isWorth) {
      put(0, 1);
      put(distance - 1, 12);
      put(length - 1, 4);
      for (let i = 1; i < length; i++) enter(at + i);
      at += length;
    } else {
      put(1, 1);
      put(image[at++]!, 8);
    }
  }
  put(0, 7);
  return Uint8Array.from(out);
}
