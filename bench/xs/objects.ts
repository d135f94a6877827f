// `node dist/bench/xs/objects.js`: what objects take on XS, 32 bits. A program makes 100 of each and keeps them; after the last
// collection, what is more than without them is divided by 100.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeEngine } from "./engine.js";
import { HERE, linkProgram, ROOT } from "./program.js";
import { isTooSmall, runProgram } from "./run.js";

const DIRECTORY = join(HERE, "build/programs/objects");
const MAIN = "bench/xs/build/objects.js";
const COUNT = 100;
const AMPLE = { bytes: 8 << 20, stack: 1024 };

/** Classes and a function that the expressions below need. */
const PREAMBLE = `
class Plain { #a; #b; #c; constructor(i) { this.#a = i; this.#b = i; this.#c = i; }
  x() { return this.#a; } y() { return this.#b; } }
class Hidden { #a; #b; #c; constructor(i) { this.#a = i; this.#b = i; this.#c = i; }
  #x() { return this.#a; } #y() { return this.#x(); } z() { return this.#y(); } }
const bytes = new Uint8Array(100);
const never = new Promise(() => {});
async function wait(value) { await never; return value; }
const shared = [Plain, Hidden, bytes, never];`;

/** What is made, `i` being 0 to 99. */
const OBJECTS: readonly (readonly [what: string, expression: string])[] = [
  ["{}", "({})"],
  ["{ a, b, c } of numbers and booleans", "({ a: i, b: true, c: 2 })"],
  ["a string of 20 characters", "'1234567890123456789' + (i % 10)"],
  ["[] of 4 numbers", "[1, 2, 3, i]"],
  ["Uint8Array of 16 bytes", "new Uint8Array(16)"],
  ["subarray of one", "bytes.subarray(1, 9)"],
  ["a closure over 1 variable", "((v) => () => v)(i)"],
  ["instance of a class with 3 #fields", "new Plain(i)"],
  ["the same with 2 #methods", "new Hidden(i)"],
  ["Map of 4 numbers", "new Map([[1, 1], [2, 2], [3, 3], [4, i]])"],
  ["Promise", "new Promise(() => {})"],
  ["Error", "new Error('x')"],
  ["BigInt of 256 bits", "(1n << 255n) + BigInt(i)"],
  ["a call of an async function that waits", "wait(i)"],
];

async function run(expression: string): Promise<{ slots: number; chunks: number }> {
  const fill = `const list = new Array(${COUNT}); list.fill(undefined); for (let i = 0; i < ${COUNT}; i++) list[i] = ${expression};`;
  const main = join(ROOT, MAIN);
  mkdirSync(dirname(main), { recursive: true });
  writeFileSync(main, `${PREAMBLE}\n${fill}\nglobalThis.kept = [shared, list];\nhost.end();\n`);
  await linkProgram(DIRECTORY, MAIN, "nothing");
  const figures = await runProgram(engine, DIRECTORY, AMPLE);
  if (isTooSmall(figures)) throw new Error(`no room for ${expression}`);
  return figures;
}

const engine = await makeEngine((text) => console.error(text));
const without = await run("undefined");
for (const [what, expression] of OBJECTS) {
  const found = await run(expression);
  const [of16, chunks] = [found.slots - without.slots, found.chunks - without.chunks].map((sum) =>
    Math.round(sum / COUNT),
  );
  console.log(`${what.padEnd(40)} ${16 * of16! + chunks!} bytes: ${of16} slots of 16 and ${chunks} of chunks`);
}
