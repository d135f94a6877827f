// Deflate (RFC 1951), raw, with a window of 4 KB: what a compressor made that was told windowBits 12.
// Rules: input is fetched as it is needed, output made as it is asked for; no distance reaches before the output's begin
// nor out of the window. 6.7 KB in all, two thirds of it the window.

import type { Bytes } from "../decoder.js";
import { cutOff, damaged } from "./damaged.js";
import { HuffmanCode } from "./huffman.js";
import { Source } from "./source.js";

/** Bytes of the window: the longest distance. */
export const WINDOW = 4096;
const MASK = WINDOW - 1;

/** Symbols of the three alphabets (§3.2.5, §3.2.7). Two of the first and of the second are never used. */
const LITERALS = 288;
const LITERALS_MAX = 286;
const DISTANCES = 32;
const DISTANCES_MAX = 30;
const META_CODES = 19;
const END_OF_BLOCK = 256;
/** Bits of a literal's code that one look takes. */
const FAST = 9;
const FAST_MASK = (1 << FAST) - 1;

/** Lengths and distances (§3.2.5): what a symbol stands for at least, and how many bits say how much more. */
const LENGTH_BASE = [
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227],
  258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073],
  ...[4097, 6145, 8193, 12289, 16385, 24577],
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** In which order the lengths of the codes of code lengths come (§3.2.7). */
const META_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Repetitions of code lengths, from symbol 16 on: bits of the count, and the least. */
const REPEAT_BITS = [2, 3, 7];
const REPEAT_LEAST = [3, 3, 11];

/** What is next: the head of a block, bytes as they are, codes, or nothing more. */
const HEAD = 0;
const STORED = 1;
const CODES = 2;
const OVER = 3;

export class Inflater {
  readonly #source: Source;
  readonly #window = new Uint8Array(WINDOW);
  readonly #literals = new HuffmanCode(LITERALS, FAST);
  readonly #distances = new HuffmanCode(DISTANCES, 6);
  readonly #lengths = new Uint8Array(LITERALS + DISTANCES);
  #state = HEAD;
  #isLast = false;
  /** Bytes that came out. */
  #out = 0;
  /** Input that was fetched and not used: bytes from `at` on, and before them up to 24 bits, the next one lowest. */
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #bits = 0;
  #count = 0;
  /** What is left of a stored block, or of a match. */
  #left = 0;
  #distance = 0;

  constructor(file: Bytes) {
    this.#source = new Source(file);
  }

  /**
   * Fills `into`.
   * @returns how many bytes; fewer than asked for at the end alone, and then the file ends there too
   * @throws UpdateError `update-format`
   */
  read(into: Uint8Array): number {
    let filled = 0;
    while (filled < into.length) {
      const from = this.#out & MASK;
      const made = this.#make(Math.min(into.length - filled, WINDOW - from));
      if (made === 0) break;
      into.set(this.#window.subarray(from, from + made), filled);
      filled += made;
    }
    return filled;
  }

  /** Makes 1 to `most` bytes in the window, not beyond its end. @returns how many; 0: it is over */
  #make(most: number): number {
    for (;;) {
      if (this.#state === HEAD) this.#head();
      else if (this.#state === OVER) return 0;
      else {
        const made = this.#state === STORED ? this.#stored(most) : this.#codes(most);
        if (made > 0) return made;
      }
    }
  }

  /** The next `n` bits, 0 to 16. */
  #take(n: number): number {
    while (this.#count < n) {
      if (this.#at >= this.#input.length && !this.#fetch()) throw cutOff();
      this.#bits |= this.#input[this.#at++]! << this.#count;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << n) - 1);
    this.#bits >>>= n;
    this.#count -= n;
    return value;
  }

  #fetch(): boolean {
    this.#input = this.#source.fetch();
    this.#at = 0;
    return this.#input.length > 0;
  }

  /** §3.2.3 */
  #head(): void {
    if (this.#isLast) {
      this.#end();
      return;
    }
    this.#isLast = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) this.#storedHead();
    else if (type === 1) this.#fixed();
    else if (type === 2) this.#dynamic();
    else throw damaged("a block of no known type");
  }

  /** What is left of the last byte means nothing. */
  #end(): void {
    if (this.#count >= 8 || this.#at < this.#input.length || !this.#source.isOver)
      throw damaged("bytes behind its end");
    this.#state = OVER;
  }

  /** §3.2.4 */
  #storedHead(): void {
    this.#take(this.#count & 7);
    this.#left = this.#take(16);
    if (this.#take(16) !== (~this.#left & 0xffff)) throw damaged("a stored block whose lengths disagree");
    this.#state = STORED;
  }

  #stored(most: number): number {
    const length = Math.min(this.#left, most);
    const from = this.#out & MASK;
    for (let made = 0; made < length; ) {
      if (this.#count > 0) this.#window[from + made++] = this.#take(8);
      else if (this.#at >= this.#input.length) {
        if (!this.#fetch()) throw cutOff();
      } else {
        const piece = this.#input.subarray(this.#at, this.#at + length - made);
        this.#window.set(piece, from + made);
        this.#at += piece.length;
        made += piece.length;
      }
    }
    this.#left -= length;
    this.#out += length;
    if (this.#left === 0) this.#state = HEAD;
    return length;
  }

  /** §3.2.6 */
  #fixed(): void {
    const lengths = this.#lengths;
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, LITERALS).fill(5, LITERALS);
    this.#begin(LITERALS, DISTANCES);
  }

  /** §3.2.7 */
  #dynamic(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const metas = this.#take(4) + 4;
    if (literals > LITERALS_MAX || distances > DISTANCES_MAX) throw damaged("too many codes");
    const lengths = this.#lengths.fill(0);
    for (let i = 0; i < metas; i++) lengths[META_ORDER[i]!] = this.#take(3);
    // The codes of the distances stand in for those of the lengths, whose alphabet is smaller.
    this.#distances.build(lengths, 0, META_CODES, false);
    lengths.fill(0);
    this.#readLengths(literals + distances);
    if (lengths[END_OF_BLOCK] === 0) throw damaged("a block that has no end");
    this.#begin(literals, distances);
  }

  #readLengths(total: number): void {
    const lengths = this.#lengths;
    for (let read = 0; read < total; ) {
      const symbol = this.#symbol(this.#distances);
      if (symbol < 16) {
        lengths[read++] = symbol;
        continue;
      }
      const end = read + REPEAT_LEAST[symbol - 16]! + this.#take(REPEAT_BITS[symbol - 16]!);
      if (end > total) throw damaged("code lengths beyond the last one");
      if (symbol === 16) {
        if (read === 0) throw damaged("a repetition of nothing");
        lengths.fill(lengths[read - 1]!, read, end);
      }
      read = end;
    }
  }

  #begin(literals: number, distances: number): void {
    this.#literals.build(this.#lengths, 0, literals);
    this.#distances.build(this.#lengths, literals, distances);
    this.#left = 0;
    this.#state = CODES;
  }

  #symbol(code: HuffmanCode): number {
    while (this.#count < 16 && (this.#at < this.#input.length || this.#fetch())) {
      this.#bits |= this.#input[this.#at++]! << this.#count;
      this.#count += 8;
    }
    const entry = code.find(this.#bits, this.#count);
    this.#bits >>>= entry & 15;
    this.#count -= entry & 15;
    return entry >>> 4;
  }

  /**
   * Literals and matches, up to `most` bytes or the block's end. Most of the work is done here, so with variables: XS is
   * slow with private fields.
   */
  #codes(most: number): number {
    const window = this.#window;
    const literals = this.#literals;
    const { table } = literals;
    const begin = this.#out;
    const end = begin + most;
    let out = this.#copy(end);
    let input = this.#input;
    let at = this.#at;
    let bits = this.#bits;
    let count = this.#count;
    while (out < end) {
      while (count < 16) {
        if (at >= input.length) {
          if (!this.#fetch()) break;
          input = this.#input;
          at = 0;
        }
        bits |= input[at++]! << count;
        count += 8;
      }
      let entry = table[bits & FAST_MASK]!;
      if (entry === 0 || (entry & 15) > count) entry = literals.slow(bits, count);
      bits >>>= entry & 15;
      count -= entry & 15;
      if (entry < END_OF_BLOCK << 4) {
        window[out++ & MASK] = entry >>> 4;
        continue;
      }
      this.#at = at;
      this.#bits = bits;
      this.#count = count;
      this.#out = out;
      if (entry >>> 4 === END_OF_BLOCK) {
        this.#state = HEAD;
        return out - begin;
      }
      this.#match((entry >>> 4) - END_OF_BLOCK - 1);
      out = this.#copy(end);
      input = this.#input;
      at = this.#at;
      bits = this.#bits;
      count = this.#count;
    }
    this.#at = at;
    this.#bits = bits;
    this.#count = count;
    this.#out = out;
    return out - begin;
  }

  /** The rest of a match's code. @param symbol of its length, from 0 on */
  #match(symbol: number): void {
    if (symbol >= LENGTH_BASE.length) throw damaged("a length that stands for nothing");
    const length = LENGTH_BASE[symbol]! + this.#take(LENGTH_BITS[symbol]!);
    const far = this.#symbol(this.#distances);
    if (far >= DISTANCES_MAX) throw damaged("a distance that stands for nothing");
    const distance = DISTANCE_BASE[far]! + this.#take(DISTANCE_BITS[far]!);
    if (distance > WINDOW) throw damaged("a distance out of the window");
    if (distance > this.#out) throw damaged("a distance before the begin");
    this.#left = length;
    this.#distance = distance;
  }

  /** Copies of the match what is left, and not beyond `end`. @returns bytes that have come out then */
  #copy(end: number): number {
    const window = this.#window;
    const distance = this.#distance;
    while (this.#left > 0 && this.#out < end) {
      const to = this.#out & MASK;
      const from = (this.#out - distance) & MASK;
      let length = Math.min(this.#left, end - this.#out);
      if (distance === 1) window.fill(window[from]!, to, to + length);
      else {
        // Neither round the window, nor what it has only now to write.
        length = Math.min(length, WINDOW - from, distance);
        window.copyWithin(to, from, from + length);
      }
      this.#left -= length;
      this.#out += length;
    }
    return this.#out;
  }
}
