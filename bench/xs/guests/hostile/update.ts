// The files of updates.

import { crc32 } from "../../../../firmware/bytes/crc32.js";
import type { Bytes, ImageDecoder } from "../../../../firmware/update/decoder.js";
import { decoder as deflate } from "../../../../firmware/update/formats/deflate.js";
import { Patch } from "../../../../firmware/update/formats/delta.js";
import { feed, partly } from "./feed.js";

const STEP = 512;
const BASE = Uint8Array.from({ length: 2_000 }, (_, i) => (i * i) >>> 3);

const bytesOf = (bytes: Uint8Array): Bytes => ({
  length: bytes.length,
  read: (length, offset) => bytes.slice(offset, offset + length),
});

/** The length of an image and its file, as fuzz/targets/update.ts has them. */
function made(input: Uint8Array, make: (file: Uint8Array, size: number) => ImageDecoder): unknown {
  // Of each piece its checksum: the image's memory holds no more.
  const size = (input[0] ?? 0) | (((input[1] ?? 0) & 0x1f) << 8);
  const told: unknown[] = [];
  told.push(
    partly(() => {
      const decoder = make(input.subarray(3), size);
      for (let got = STEP; got === STEP; ) {
        const into = new Uint8Array(STEP);
        got = decoder.read(into);
        told.push(crc32(into.subarray(0, got)));
      }
    }),
  );
  return told;
}

feed({
  "update-deflate": (input) => made(input, (file, size) => deflate({ file: bytesOf(file), size })),
  "update-delta": (input) =>
    made(input, (file, size) => {
      let at = 0;
      const read = (into: Uint8Array) => {
        const piece = file.subarray(at, at + into.length);
        into.set(piece);
        at += piece.length;
        return piece.length;
      };
      return new Patch({ read }, size, bytesOf(BASE));
    }),
});
