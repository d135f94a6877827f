// `npm run bench:update -- [OLD NEW]`: what the formats of updates cost: bytes to fetch, heap and instructions on XS to make the
// image of them, time to make them here. Without files: two images as a linker makes them, the second with one function longer.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "../firmware/bytes/crc32.js";
import { deflated, delta } from "../host-sim/update/files.js";
import { sampleImage } from "../host-sim/update/sample-image.js";
import { BenchReport } from "./report.js";
import { heatshrunk } from "./update/heatshrink.js";
import { makeEngine } from "./xs/engine.js";
import { HERE, linkProgram } from "./xs/program.js";
import { smallest } from "./xs/run.js";

/** Of the images without files. */
const SAMPLE_BYTES = 128 * 1024;
const SAMPLE_EDIT = 400;

const report = new BenchReport("update");
const [oldPath, newPath] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (oldPath !== undefined && newPath === undefined) {
  console.error("usage: npm run bench:update -- [OLD NEW] [--json]: two images, or none");
  process.exit(2);
}
const read = (path: string) => new Uint8Array(readFileSync(path));
const base = oldPath === undefined ? sampleImage(1, SAMPLE_BYTES) : read(oldPath);
const image = newPath === undefined ? sampleImage(1, SAMPLE_BYTES, [SAMPLE_EDIT]) : read(newPath);

interface Format {
  name: string;
  pack: () => Uint8Array;
  peer?: string;
}

const FORMATS: readonly Format[] = [
  { name: "none", pack: () => image },
  { name: "deflate", pack: () => deflated(image) },
  { name: "heatshrink", pack: () => heatshrunk(image), peer: "heatshrink 12,4" },
  { name: "delta", pack: () => delta(base, image) },
];

const engine = await makeEngine((text) => report.note(text));
let idle: { bytes: number; instructions: number } | undefined;
for (const { name, pack, peer } of FORMATS) {
  const began = performance.now();
  const file = pack();
  const ms = performance.now() - began;
  const directory = join(HERE, "build/update", name);
  await linkProgram(directory, `bench/xs/guests/update/${name}.ts`, "simkey");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "file"), file);
  writeFileSync(join(directory, "base"), base);
  writeFileSync(join(directory, "sizes"), [image.length, file.length, name === "delta" ? base.length : 0].join());
  const { bytes, printed } = await smallest(engine, directory, 16_384);
  const [made] = printed as [{ instructions: number; crc: number }];
  if (made.crc !== crc32(image)) throw new Error(`${name}: another image came out`);
  const figures = { bytes, instructions: made.instructions };
  idle ??= figures;
  report.title(name === "none" ? `the image as it is, ${image.length} bytes` : name);
  const row = (metric: string, value: number, unit: string) =>
    report.row({ metric: `${name}: ${metric}`, value, unit, ...(peer && { peer }) });
  row("file", file.length, "bytes");
  row("heap beyond that of the image as it is", bytes - idle.bytes, "bytes");
  row("instructions for a byte of the image", made.instructions / image.length, "");
  if (name !== "none") row("packed here in", Math.round(ms), "ms");
}
report.end();
