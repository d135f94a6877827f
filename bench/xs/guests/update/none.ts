// The image as it is: what reading it costs by itself.

import { unpack } from "./unpack.js";

const PIECE = 256;

unpack(({ file, size }) => {
  let at = 0;
  return {
    read: (into) => {
      const count = Math.min(into.length, size - at);
      for (let made = 0; made < count; made += PIECE) {
        const piece = file.read(Math.min(PIECE, count - made), at);
        into.set(piece, made);
        at += piece.length;
      }
      return count;
    },
  };
});
