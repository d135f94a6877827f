// The storm judged: each breakage of the firmware must make it fail, and none the firmware as it is.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { MUTANTS, type Mutant, mutating } from "./mutants.js";

const FIRST_SEED = 1;
const SEEDS = 40;
const HOURS = 12;
const LIMIT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), "simkey-mutants-"));

afterAll(() => rmSync(folder, { recursive: true }));

interface Broken {
  seed: number;
  verdicts: string[];
}

/** Runs a storm of the firmware with a mutant's changes. @returns the first seed that breaks a promise */
async function storm(mutant: Mutant, number: number): Promise<Broken | undefined> {
  const outfile = join(folder, `${number}.mjs`);
  await build({
    entryPoints: ["test/host-sim/storm/mutant-run.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    // mqtt-packet and what it stands on are CommonJS.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [mutating(mutant)],
    logLevel: "silent",
  });
  const args = [outfile, FIRST_SEED, SEEDS, mutant.hours ?? HOURS].map(String);
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  return (JSON.parse(text) as Broken[])[0];
}

test(
  "the firmware as it is keeps every promise in the storm that the mutants go through",
  async () => {
    expect(await storm({ name: "none", changes: [], noticedBy: [] }, 0)).toBeUndefined();
  },
  LIMIT_MS,
);

test.each(MUTANTS.map((mutant, i) => [mutant.name, mutant, i + 1] as const))(
  "is noticed: %s",
  async (_, mutant, number) => {
    const broken = await storm(mutant, number);
    const noticed = mutant.noticedBy.filter((verdict) => broken?.verdicts.includes(verdict));
    expect({ broken, noticed: noticed.length > 0 }).toMatchObject({ noticed: true });
  },
  LIMIT_MS,
);
