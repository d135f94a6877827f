// The format `delta`: the image told by what it has in common with the one that runs, after bsdiff's idea, as one stream,
// and deflated.
//
//   "SKP1", then steps until the image is whole: seek · same · diff · extra (LEB128 of at most 28 bits; `seek` is zigzag),
//   `diff` bytes to add to the base's, `extra` bytes of the image.
//
// A step moves the place in the base by `seek`, takes `same` bytes from there as they are, `diff` more with the sums, then
// `extra` bytes from the patch. Code that has moved is like the base but for the addresses in it: the sums are mostly
// zeros, and deflate makes nothing of them.
// Rules: no place outside of the base is read, no step makes nothing or too much, behind the last one nothing comes.

import type { Bytes, DecoderFactory, ImageDecoder } from "../decoder.js";
import { cutOff, damaged } from "./damaged.js";
import { Inflater } from "./inflate.js";

export const PATCH_MAGIC = "SKP1";
const NUMBER_BITS = 28;
/** Bytes of the patch that are inflated at a time, and of the base that are read: at most. */
const PIECE = 256;

const NO_BASE: Bytes = { length: 0, read: (length) => new Uint8Array(length) };

export const decoder: DecoderFactory = ({ file, size, base = NO_BASE }): ImageDecoder =>
  new Patch(new Inflater(file), size, base);

/** A patch that is read in its order: fills `into`, and returns how many bytes; fewer at its end alone. */
type Stream = Pick<Inflater, "read">;

export class Patch implements ImageDecoder {
  readonly #patch: Stream;
  readonly #base: Bytes;
  /** Bytes of the patch: from `at` to `end` not used yet. */
  readonly #piece = new Uint8Array(PIECE);
  #at = 0;
  #end = 0;
  /** Bytes of the image that are to come. */
  #left: number;
  #place = 0;
  /** What is left of the step. */
  #same = 0;
  #diff = 0;
  #extra = 0;

  constructor(patch: Stream, size: number, base: Bytes) {
    this.#patch = patch;
    this.#left = size;
    this.#base = base;
    for (let i = 0; i < PATCH_MAGIC.length; i++) {
      if (this.#byte() !== PATCH_MAGIC.charCodeAt(i)) throw damaged("not a patch");
    }
  }

  read(into: Uint8Array): number {
    const length = Math.min(into.length, this.#left);
    for (let at = 0; at < length; ) {
      if (this.#same + this.#diff + this.#extra === 0) this.#step();
      if (this.#same > 0) {
        const count = Math.min(this.#same, length - at, PIECE);
        into.set(this.#fromBase(count), at);
        this.#same -= count;
        this.#left -= count;
        at += count;
        continue;
      }
      const isSum = this.#diff > 0;
      this.#fill();
      const count = Math.min(isSum ? this.#diff : this.#extra, length - at, this.#end - this.#at);
      if (isSum) this.#add(into, at, count);
      else into.set(this.#piece.subarray(this.#at, this.#at + count), at);
      if (isSum) this.#diff -= count;
      else this.#extra -= count;
      this.#at += count;
      this.#left -= count;
      at += count;
    }
    // To the very end with the last byte, so that nothing behind it is passed over.
    if (this.#left === 0 && length > 0 && (this.#at < this.#end || this.#patch.read(this.#piece) > 0)) {
      throw damaged("bytes behind the image");
    }
    return length;
  }

  /** Sums of the base's bytes and the patch's. */
  #add(into: Uint8Array, to: number, count: number): void {
    const base = this.#fromBase(count);
    const piece = this.#piece;
    const at = this.#at;
    for (let i = 0; i < count; i++) into[to + i] = base[i]! + piece[at + i]!;
  }

  #fromBase(count: number): Uint8Array {
    const bytes = this.#base.read(count, this.#place);
    this.#place += count;
    return bytes;
  }

  /** Sees to it that there is a byte of the patch at least. */
  #fill(): void {
    if (this.#at < this.#end) return;
    this.#at = 0;
    this.#end = this.#patch.read(this.#piece);
    if (this.#end === 0) throw cutOff();
  }

  #byte(): number {
    this.#fill();
    return this.#piece[this.#at++]!;
  }

  #number(): number {
    let value = 0;
    for (let shift = 0; shift < NUMBER_BITS; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw damaged("a number that is too large");
  }

  /** The next step, and all that it will do is looked at before it does it. */
  #step(): void {
    const seek = this.#number();
    this.#place += seek & 1 ? -((seek + 1) >>> 1) : seek >>> 1;
    this.#same = this.#number();
    this.#diff = this.#number();
    this.#extra = this.#number();
    const taken = this.#same + this.#diff;
    if (this.#place < 0 || this.#place + taken > this.#base.length) throw damaged("a place outside of the base");
    if (taken + this.#extra === 0) throw damaged("a step that makes nothing");
    if (taken + this.#extra > this.#left) throw damaged("a step beyond the image");
  }
}
