// The files of updates: only UpdateErrors are thrown, no more comes out than the manifest says, nothing outside of the
// base or the file is read, and what comes out is what zlib makes of it.

import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Bytes, ImageDecoder } from "../../firmware/update/decoder.js";
import { UpdateError } from "../../firmware/update/error.js";
import { decoder as deflate } from "../../firmware/update/formats/deflate.js";
import { PATCH_MAGIC, Patch } from "../../firmware/update/formats/delta.js";
import { diff } from "../../host-sim/update/diff.js";
import { ascii, attempt, promise, type Target, words } from "../target.js";

/** The base that patches are for. */
const BASE = Uint8Array.from({ length: 2_000 }, (_, i) => (i * i) >>> 3);
/** First bytes of an input: the length of the image, little-endian, and how much is asked for at a time. */
const HEAD = 3;

/** Bytes that are read within their bounds only. */
function bytesOf(bytes: Uint8Array): Bytes {
  const { length } = bytes;
  return {
    length,
    read: (count, offset) => {
      promise(count > 0 && offset >= 0 && offset + count <= length, "a place outside of the bytes is read");
      return bytes.slice(offset, offset + count);
    },
  };
}

interface Made {
  readonly image: Uint8Array;
  readonly error?: string;
}

/** All that a decoder makes, asked for by `step` bytes, until it says that there is no more. */
function readAll(make: () => ImageDecoder, size: number, step: number): Made {
  const image = new Uint8Array(size + step);
  let at = 0;
  const outcome = attempt([UpdateError], () => {
    const decoder = make();
    for (let asked = step, got = step; got === asked; at += got) {
      promise(at <= size, "more comes out than the manifest says");
      asked = Math.min(step, image.length - at);
      got = decoder.read(image.subarray(at, at + asked));
    }
    promise(at === size, "it says that it is whole, and is not");
    return "whole";
  });
  return outcome === "whole"
    ? { image: image.subarray(0, at) }
    : { image, error: (outcome as { failed: string }).failed };
}

const headOf = (input: Uint8Array) => {
  const [low = 0, high = 0, step = 0] = input;
  return { size: low | ((high & 0x1f) << 8), step: 1 + step * 16, bytes: input.subarray(HEAD) };
};

/** An input: the head, and the file. */
const withHead = (size: number, step: number, file: Uint8Array) => Uint8Array.of(size & 255, size >>> 8, step, ...file);

const SAMPLES = [
  ascii("so it goes on and on and on and on ".repeat(40)),
  BASE,
  Uint8Array.from({ length: 700 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24),
  new Uint8Array(4_800),
];
const packed = (sample: Uint8Array, level: number) =>
  withHead(sample.length, level * 30, deflateRawSync(sample, { level, windowBits: 12 }));

export const inflate: Target = {
  name: "update-deflate",
  seeds: SAMPLES.flatMap((sample) => [packed(sample, 9), packed(sample, 1), packed(sample, 0)]),
  tokens: words("\x00", "\x01\x00\x00\xff\xff", "\x03\x00", "\xff\xff", "\x05\xc0", "\x4b\x04", "\xed\xfd"),
  work: { base: 40_000, perByte: 600 },
  bytes: { base: 60_000, perByte: 800 },
  run: (input) => {
    const { size, step, bytes } = headOf(input);
    const { image, error } = readAll(() => deflate({ file: bytesOf(bytes), size }), size, step);
    if (error === undefined && size > 0) {
      const right = inflateRawSync(bytes, { windowBits: 15, maxOutputLength: 1 << 16 });
      promise(Buffer.compare(right, image) === 0, "zlib makes another image of it");
    }
  },
};

const changed = (...ranges: readonly (readonly [from: number, to: number])[]) =>
  Uint8Array.from(ranges.flatMap(([from, to]) => [...BASE.subarray(from, to), 7, 8, 9]));
const patchOf = (image: Uint8Array) => withHead(image.length, 100, diff(BASE, image));

export const delta: Target = {
  name: "update-delta",
  seeds: [
    patchOf(BASE),
    patchOf(changed([0, 900], [500, 2_000])),
    patchOf(changed([1_500, 2_000], [100, 160], [900, 1_300])),
    patchOf(SAMPLES[2]!),
  ],
  tokens: words(PATCH_MAGIC, "\x00\x00\x00\x01", "\xff\xff\xff\x7f", "\x80\x80\x80\x80", "\x00\x7f\x00\x00", "\x01"),
  work: { base: 60_000, perByte: 200 },
  bytes: { base: 60_000, perByte: 40 },
  run: (input) => {
    const { size, step, bytes } = headOf(input);
    let at = 0;
    const stream = {
      read: (into: Uint8Array) => {
        const piece = bytes.subarray(at, at + into.length);
        into.set(piece);
        at += piece.length;
        return piece.length;
      },
    };
    readAll(() => new Patch(stream, size, bytesOf(BASE)), size, step);
  },
};
