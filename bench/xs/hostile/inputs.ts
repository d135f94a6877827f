// What a reader is fed: what is right, what the fuzzer found before, kinds that end engines, and mutations of all of it. The same
// seed gives the same inputs.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mutate } from "../../../fuzz/mutate.js";
import { ascii, INPUT_MAX } from "../../../fuzz/target.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { ROOT } from "../program.js";
import type { Fed } from "./readers.js";

const SEED = 11;
/** Inputs of each reader. */
const COUNT = 2_000;
/** One in so many is a hostile kind by itself; the others are mutations. */
const PLAIN_KINDS = 4;

/** Kinds of input that decide more than they should: a depth, a name that nobody has seen, how long a pattern is tried. */
const KINDS: readonly ((number: number) => string)[] = [
  () => "[".repeat(2_000),
  () => '{"a":'.repeat(500),
  () => `[${'{"a":['.repeat(300)}`,
  (i) => `{${Array.from({ length: 20 }, (_, k) => `"n${i}x${k}":${k}`).join()}}`,
  (i) => `{"a":{"m${i}":1},"${i}":2,"cmd":"c${i}","id":"i${i}"}`,
  (i) => `HTTP/1.1 200 OK\r\nX-Name-${i}: ${i}\r\nContent-Length: 0\r\n\r\n`,
  (i) => `+N${i}: ${i},"t${i}"\n+CME ERROR: fault ${i}\n+CREG: ${i}`,
  (i) => `name${i}=${i}&x-amz-customauthorizer-name=a${i}&%6${i % 10}=${"%".repeat(i % 40)}`,
  (i) => `set name${i} ${i}\nget name${i}\ncommand${i} x\n`,
  (i) => `${"a".repeat(30 + (i % 600))}!`,
  () => `${",".repeat(1_000)}\n${'"'.repeat(600)}`,
  () => " \t".repeat(1_000),
  () => "1.".repeat(900),
  () => "\\u0041".repeat(300),
  () => "\xf0\x9f\x98\x80\xed\xa0\x80\xc0\x80".repeat(100),
  () => "-----BEGIN ".repeat(200),
  () => "\x30\x80".repeat(800),
  () => "\x30\x82\x0f\xf0".repeat(500),
];

/** Inputs behind which it is counted what is kept: what is right, and ten that are hostile. */
export const warmOf = ({ seeds }: Fed): number => seeds.length + 10;

/** All inputs of a reader, in order. */
export function inputsOf(fed: Fed): Uint8Array[] {
  const random = new Prng(SEED);
  const base = [...fed.seeds, ...corpusOf(fed)];
  const tokens = [...fed.tokens, ...KINDS.map((kind, i) => ascii(kind(i)).slice(0, 256))];
  const any = () => base[random.below(base.length)]!;
  const inputs = [...fed.seeds, ...KINDS.map((kind) => ascii(kind(0)))];
  while (inputs.length < COUNT) {
    const number = inputs.length;
    if (number % PLAIN_KINDS === 0) {
      const kind = KINDS[random.below(KINDS.length)]!;
      inputs.push(ascii(kind(number)));
      continue;
    }
    const input = mutate(any(), { random, tokens, other: any });
    fed.repair?.(input);
    inputs.push(input);
  }
  return inputs.map((input) => input.slice(0, INPUT_MAX));
}

function corpusOf({ corpus, skip }: Fed): Uint8Array[] {
  const folder = join(ROOT, "fuzz/regressions", corpus ?? "");
  if (corpus === undefined || !existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(folder, name))).subarray(skip));
}

/** As the guest reads them (guests/hostile/feed.ts). */
export function framed(inputs: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    inputs.flatMap((input) => {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(input.length);
      return [head, input];
    }),
  );
}
