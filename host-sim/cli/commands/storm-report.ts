// npm run report:reliability: runs a storm, or goes on with one, and writes docs/evidence/reliability.md and its picture.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { gapsIn, mergeResults } from "../../storm/merge.js";
import { chartOf } from "../../storm/report/chart.js";
import { filled } from "../../storm/report/document.js";
import { type Reliability, reliabilityOf } from "../../storm/report/reliability.js";
import { blocksOf } from "../../storm/report/tables.js";
import { ResultsFile } from "../../storm/results-file.js";
import type { SeedResult } from "../../storm/run-seed.js";
import { runStorm } from "../../storm/storm.js";
import { plainNumber as number } from "../parts/values.js";

const DOCUMENT = "docs/evidence/reliability.md";
const PICTURE = "docs/evidence/reliability.svg";
/** How often progress is told, in seeds. */
const PROGRESS_EVERY = 20;

interface Options {
  seeds: number;
  hours: number;
  seed: number;
  threads: number;
  state: string;
  merge?: string;
}

const command = new Command("report:reliability")
  .description("runs a storm, or goes on with one, and writes its report")
  .option("--seeds <n>", "how many devices", number("--seeds", 1, 1_000_000), 1_000)
  .option("--hours <h>", "virtual hours of each", number("--hours", 1, 8_784), 24)
  .option("--seed <s>", "the first seed; the others follow it", number("--seed", 0, 1e9), 1)
  .option("--threads <n>", "how many at a time", number("--threads", 0, 64), 2)
  .option("--state <file>", "where results are kept, so that the run can go on", "build/reliability.jsonl")
  .option("--merge <dir>", "run nothing: report the results that lie there, *.jsonl, as a Job's pods have left them")
  .action(report);

async function report(options: Options): Promise<void> {
  const { merge, hours, seed } = options;
  if (merge !== undefined) {
    const { results, sessions, code, hours: each } = mergeResults(merge);
    const gaps = gapsIn(results);
    if (gaps.length > 0) throw new Error(`${merge}: ${gaps.length} seeds are missing, the first is ${gaps[0]}`);
    const { length } = results;
    const asked = `simkey storm --seeds ${length} --hours ${each} --seed ${results[0]?.seed}, in slices`;
    write(reliabilityOf(results, sessions, code), asked);
    return;
  }
  const { results, file } = await run(options);
  const { length } = results;
  const asked = `npm run report:reliability -- --seeds ${length} --hours ${hours} --seed ${seed}`;
  write(reliabilityOf(results, file.sessions, file.code), asked);
}

function write(all: Reliability, asked: string): void {
  writeFileSync(DOCUMENT, filled(readFileSync(DOCUMENT, "utf8"), blocksOf(all, asked)));
  writeFileSync(PICTURE, chartOf(all));
  console.log(`written: ${DOCUMENT}, ${PICTURE}`);
  const { broken, unseen, run } = all;
  if (broken.length > 0) throw new Error(`${broken.length} of ${run.seeds} seeds broke a promise`);
  if (unseen.length > 0) throw new Error(`no evidence: nothing was seen of ${unseen.join(", ")}`);
}

/** Runs the seeds that are not done yet. */
async function run({
  seeds,
  hours,
  seed,
  threads,
  state,
}: Options): Promise<{ results: SeedResult[]; file: ResultsFile }> {
  mkdirSync(dirname(state), { recursive: true });
  const file = new ResultsFile(state, hours);
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stopped = true;
    });
  }
  const done = [...file.results];
  const wanted = (result: { seed: number }) => result.seed >= seed && result.seed < seed + seeds;
  let count = done.filter(wanted).length;
  console.log(`${count} of ${seeds} seeds are done`);
  if (count < seeds) file.begin(threads);
  const results = await runStorm({
    seeds,
    hours,
    seed,
    threads,
    done,
    stopped: () => stopped,
    onProgress: (result) => {
      file.add(result);
      for (const { verdict } of result.failed) console.log(`seed ${result.seed} broke ${verdict}`);
      if (++count % PROGRESS_EVERY === 0) console.log(`${count} of ${seeds} seeds are done`);
    },
  });
  if (results.length < seeds) throw new Error(`interrupted after ${count} of ${seeds} seeds; the same command goes on`);
  return { results, file };
}

try {
  await command.parseAsync();
} catch (error) {
  console.error(`report:reliability: ${(error as Error).message}`);
  process.exitCode = 1;
}
