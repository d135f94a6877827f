// Canonical Huffman codes (RFC 1951 §3.2.2) as tables that are filled in place: nothing is allocated for a block.
// A code of up to `fast` bits is found by one look; the few that are longer by their rank, bit by bit.

import { cutOff, damaged } from "./damaged.js";

/** Longest code, in bits (§3.2.7). */
export const CODE_BITS_MAX = 15;

export class HuffmanCode {
  /** Bits that one look takes. */
  readonly fast: number;
  /** By the next `fast` bits of the input: symbol << 4 | bits of its code; 0: a longer code, or none. */
  readonly table: Uint16Array;
  /** How many codes have so many bits. */
  readonly counts = new Uint16Array(CODE_BITS_MAX + 1);
  /** The symbols, those of short codes first; among equals by number. */
  readonly symbols: Uint16Array;
  /** Where the symbols of so many bits begin. */
  readonly #offsets = new Uint16Array(CODE_BITS_MAX + 1);

  /**
   * @param symbols most symbols of an alphabet
   * @param fast 1 to 9
   */
  constructor(symbols: number, fast: number) {
    this.fast = fast;
    this.table = new Uint16Array(1 << fast);
    this.symbols = new Uint16Array(symbols);
  }

  /**
   * Takes the lengths of all codes, in bits; 0 for a symbol that has none.
   * @param from where the lengths of this alphabet begin, and `count` how many there are
   * @param mayBeAlone whether a single code of one bit will do (§3.2.7)
   * @throws UpdateError `update-format` when more codes are there than fit, or fewer than a decoder could tell apart
   */
  build(lengths: Uint8Array, from: number, count: number, mayBeAlone = true): void {
    const { counts, symbols, table, fast } = this;
    const offsets = this.#offsets;
    counts.fill(0);
    for (let i = 0; i < count; i++) counts[lengths[from + i]!]!++;
    const coded = count - counts[0]!;
    counts[0] = 0;
    let left = 1;
    for (let bits = 1; bits <= CODE_BITS_MAX; bits++) {
      left = (left << 1) - counts[bits]!;
      if (left < 0) throw damaged("more codes than there is room for");
      offsets[bits] = offsets[bits - 1]! + counts[bits - 1]!;
    }
    if (left > 0 && coded > 0 && !(mayBeAlone && coded === 1 && counts[1] === 1)) throw damaged("codes are missing");
    for (let i = 0; i < count; i++) {
      const bits = lengths[from + i]!;
      if (bits !== 0) symbols[offsets[bits]!++] = i;
    }
    table.fill(0);
    let code = 0;
    let rank = 0;
    for (let bits = 1; bits <= fast; bits++) {
      for (let n = counts[bits]!; n > 0; n--) {
        const entry = (symbols[rank++]! << 4) | bits;
        for (let at = reversed(code, bits); at < table.length; at += 1 << bits) table[at] = entry;
        code++;
      }
      code <<= 1;
    }
  }

  /**
   * The code that the input begins with, as `slow` tells it.
   * @throws UpdateError `update-format`
   */
  find(input: number, count: number): number {
    const entry = this.table[input & (this.table.length - 1)]!;
    return entry !== 0 && (entry & 15) <= count ? entry : this.slow(input, count);
  }

  /**
   * The code that the input begins with, bit by bit.
   * @param input the next bits, the first one lowest
   * @param count how many they are
   * @returns symbol << 4 | bits of its code
   * @throws UpdateError `update-format` when no code begins so, or the input ends within it
   */
  slow(input: number, count: number): number {
    const { counts, symbols } = this;
    let code = 0;
    let first = 0;
    let rank = 0;
    for (let bits = 1; bits <= CODE_BITS_MAX; bits++) {
      if (bits > count) throw cutOff();
      code |= (input >>> (bits - 1)) & 1;
      const n = counts[bits]!;
      if (code - n < first) return (symbols[rank + code - first]! << 4) | bits;
      rank += n;
      first = (first + n) << 1;
      code <<= 1;
    }
    throw damaged("a code that stands for nothing");
  }
}

/** The code's bits as the input has them: the first one lowest (§3.1.1). */
function reversed(code: number, bits: number): number {
  let turned = 0;
  for (let i = 0; i < bits; i++) turned |= ((code >>> i) & 1) << (bits - 1 - i);
  return turned;
}
