// Heatshrink, which is measured beside deflate: a bit tells a byte from a place in the window and a length.

import { unpack } from "./unpack.js";

const WINDOW_BITS = 12;
const LENGTH_BITS = 4;
const MASK = (1 << WINDOW_BITS) - 1;
const PIECE = 256;

unpack(({ file, size }) => {
  const window = new Uint8Array(MASK + 1);
  let out = 0;
  let [next, at, bits, count] = [0, 0, 0, 0];
  let input: Uint8Array = new Uint8Array(0);
  let [left, distance] = [0, 0];
  const take = (wanted: number): number => {
    while (count < wanted) {
      if (at === input.length) {
        input = file.read(Math.min(PIECE, file.length - next), next);
        next += input.length;
        at = 0;
      }
      bits = ((bits << 8) | input[at++]!) & 0xff_ffff;
      count += 8;
    }
    count -= wanted;
    return (bits >>> count) & ((1 << wanted) - 1);
  };
  return {
    read: (into) => {
      const most = Math.min(into.length, size - out);
      let made = 0;
      while (made < most) {
        if (left > 0) {
          const to = out & MASK;
          const from = (out - distance) & MASK;
          const length = Math.min(left, most - made, MASK + 1 - to, MASK + 1 - from, distance);
          window.copyWithin(to, from, from + length);
          into.set(window.subarray(to, to + length), made);
          left -= length;
          made += length;
          out += length;
        } else if (take(1) === 1) {
          const byte = take(8);
          window[out++ & MASK] = byte;
          into[made++] = byte;
        } else {
          distance = take(WINDOW_BITS) + 1;
          left = take(LENGTH_BITS) + 1;
        }
      }
      return made;
    },
  };
});
