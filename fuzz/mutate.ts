// New inputs out of old ones: the small changes that find most in parsers (after AFL's havoc stage), from a seed.

import type { Prng } from "../host-sim/world/prng.js";
import { INPUT_MAX } from "./target.js";

/** Bytes and numbers at whose edges parsers err. */
const BYTES = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x30, 0x39, 0x3a, 0x5c, 0x7f, 0x80, 0xc0, 0xff];
const NUMBERS = [
  "0",
  "1",
  "-1",
  "9",
  "127",
  "128",
  "255",
  "256",
  "1460",
  "1461",
  "65535",
  "65536",
  "4294967296",
  "1e9",
];
/** Most changes that one input takes at a time, as a power of two. */
const CHANGES = 5;
/** Longest block that is moved about. */
const BLOCK = 128;

/** What a mutation draws from. */
export interface Material {
  random: Prng;
  tokens: readonly Uint8Array[];
  /** Another input, to cross with. */
  other: () => Uint8Array;
}

type Change = (input: Uint8Array, material: Material) => Uint8Array;

/** A changed copy, of at most INPUT_MAX bytes. */
export function mutate(input: Uint8Array, material: Material): Uint8Array {
  const { random } = material;
  let changed = input.slice();
  for (let left = 1 << random.below(CHANGES); left > 0; left--) {
    changed = CHANGE[random.below(CHANGE.length)]!(changed, material).slice(0, INPUT_MAX);
  }
  return changed;
}

/** `input` with `count` bytes from `at` on replaced. */
function splice(input: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array {
  const after = input.subarray(at + count);
  const result = new Uint8Array(at + by.length + after.length);
  result.set(input.subarray(0, at));
  result.set(by, at);
  result.set(after, at + by.length);
  return result;
}

const place = (input: Uint8Array, random: Prng) => random.below(input.length + 1);
const block = (input: Uint8Array, random: Prng) => {
  const at = place(input, random);
  return { at, length: Math.min(1 + random.below(BLOCK), input.length - at) };
};
const edit =
  (change: (input: Uint8Array, at: number, random: Prng) => void): Change =>
  (input, { random }) => {
    if (input.length > 0) change(input, random.below(input.length), random);
    return input;
  };

const CHANGE: readonly Change[] = [
  edit((input, at, random) => {
    input[at]! ^= 1 << random.below(8);
  }),
  edit((input, at, random) => {
    input[at] = random.below(256);
  }),
  edit((input, at, random) => {
    input[at] = BYTES[random.below(BYTES.length)]!;
  }),
  edit((input, at, random) => {
    input[at]! += random.below(2) === 0 ? 1 + random.below(8) : -1 - random.below(8);
  }),
  // A length or a number of two or four bytes.
  edit((input, at, random) => {
    const width = Math.min(random.below(2) === 0 ? 2 : 4, input.length - at);
    const value = random.below(3) === 0 ? random.uint32() : (1 << random.below(32)) - random.below(2);
    for (let i = 0; i < width; i++) input[at + i] = (value >>> (8 * (width - 1 - i))) & 0xff;
  }),
  // A block goes, comes twice, moves, or is filled with one byte.
  (input, { random }) => {
    const { at, length } = block(input, random);
    return splice(input, at, length, new Uint8Array(0));
  },
  (input, { random }) => {
    const { at, length } = block(input, random);
    return splice(input, at, 0, input.slice(at, at + length));
  },
  (input, { random }) => {
    const { at, length } = block(input, random);
    return splice(input, place(input, random), 0, input.slice(at, at + length));
  },
  (input, { random }) => {
    const filler = new Uint8Array(1 + random.below(BLOCK)).fill(BYTES[random.below(BYTES.length)]!);
    return splice(input, place(input, random), 0, filler);
  },
  // A word of the language, between the others or in place of one.
  (input, { random, tokens }) => {
    const token = tokens[random.below(tokens.length)] ?? Uint8Array.of(0);
    return splice(input, place(input, random), random.below(2) === 0 ? 0 : token.length, token);
  },
  // Another number in the place of one in digits.
  (input, { random }) => {
    const text = String.fromCharCode(...input);
    const found = [...text.matchAll(/[0-9]+/g)];
    const number = found[random.below(found.length)];
    const by = NUMBERS[random.below(NUMBERS.length)]!;
    if (!number) return input;
    return splice(
      input,
      number.index,
      number[0].length,
      Uint8Array.from(by, (digit) => digit.charCodeAt(0)),
    );
  },
  // The begin of this one and the end of another, or a piece of it.
  (input, { random, other }) => {
    const from = other();
    return splice(input, place(input, random), input.length, from.slice(place(from, random)));
  },
  (input, { random, other }) => {
    const from = other();
    const { at, length } = block(from, random);
    return splice(input, place(input, random), random.below(2) * length, from.slice(at, at + length));
  },
];
