// The storm judged: each breakage of the firmware must make it fail, and none the firmware as it is.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { VERDICTS } from "../../../host-sim/storm/verdicts/index.js";
import { MUTANTS } from "./mutants/index.js";
import { type Breakages, breaking } from "./mutating.js";

const SEEDS = 40;
const HOURS = 12;
/** Longer runs are fewer, so that no mutant has more virtual hours than these. */
const seedsOf = (hours: number) => Math.floor((SEEDS * HOURS) / hours);
const LIMIT_MS = 1_800_000;
const folder = mkdtempSync(join(tmpdir(), "simkey-mutants-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** What came of a storm. */
interface Outcome {
  /** The first seed that broke the promise. */
  noticed?: number;
  /** Other promises that were broken in the seeds until then. */
  others: string[];
}

/** Runs a storm of the firmware with a mutant's breakages until its verdict is broken; with none, number 0, until any is. */
async function storm(breaks: Breakages, number: number, hours: number, first = 1): Promise<Outcome> {
  const outfile = join(folder, `${number}.mjs`);
  await build({
    entryPoints: ["test/host-sim/storm/mutant-run.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    // mqtt-packet and what it stands on are CommonJS.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [breaking(breaks)],
    logLevel: "silent",
  });
  const args = [outfile, first, seedsOf(hours), hours, number].map(String);
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  return JSON.parse(text) as Outcome;
}

/** As many storms at once as there are cores: each is a process that computes and waits for nothing. */
let free = availableParallelism();
const waiting: (() => void)[] = [];
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }
}

test.concurrent(
  "the firmware as it is keeps every promise in the storm that the mutants go through",
  async () => {
    expect(await inTurn(() => storm({}, 0, HOURS))).toEqual({ others: [] });
  },
  LIMIT_MS,
);

test("every verdict has a mutant that it must notice, but those of whole runs", () => {
  const noticed = new Set(MUTANTS.map(({ noticedBy }) => noticedBy));
  expect(VERDICTS.map(({ name }) => name).filter((name) => !noticed.has(name))).toEqual([]);
});

test.concurrent.each(MUTANTS.map((mutant, i) => [mutant.name, mutant, i + 1] as const))(
  "is noticed: %s",
  async (_, { breaks, noticedBy, hours = HOURS, seed }, number) => {
    const { noticed, others } = await inTurn(() => storm(breaks, number, hours, seed));
    expect({ noticedBy, others, noticed: noticed !== undefined }).toMatchObject({ noticed: true });
  },
  LIMIT_MS,
);
