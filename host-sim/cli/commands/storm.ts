// `simkey storm`: many devices in virtual time, each with faults drawn from its seed, and every promise checked on each.

import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { tableOf } from "../../../firmware/compose.js";
import { type GivenOrder, loadGiven } from "../../storm/given.js";
import { gapsIn, type Merged, mergeResults } from "../../storm/merge.js";
import { ResultsFile, ResultsFileError } from "../../storm/results-file.js";
import type { GivenApp } from "../../storm/rig.js";
import { runAndJudge, type SeedResult } from "../../storm/run-seed.js";
import { shrink } from "../../storm/shrink.js";
import { needsEvidence, runStorm, summaryOf, triedIn, unseenIn } from "../../storm/storm.js";
import { scheduleText, tell } from "../../storm/story.js";
import { drawTrial, readTrial, type Trial, TrialError } from "../../storm/trial.js";
import { appTriedText } from "../output/app-tried.js";
import { readNamedFile, UsageError } from "../output/errors.js";
import { configured } from "../parts/configured.js";
import { loadApp, loadWorld, projectIn, TARGET_BOARDS } from "../parts/project.js";
import { indexFrom } from "../parts/slice.js";
import type { Surroundings } from "../parts/surroundings.js";

/** How many devices, where the line does not say. */
export const SEEDS = 20;

export interface StormCommandOptions {
  /** Left out: `SEEDS`; with `merge`, as many as there are. */
  seeds?: number;
  hours: number;
  seed: number;
  threads: number;
  /** The app's module; left out: the one of the project in this folder, if it is one. */
  app?: string;
  /** File of results: those in it are not run again, new ones are added. */
  resume?: string;
  /** Variable with this process's index among many. */
  indexFromEnv?: string;
  /** Folder with the results of many: they are joined, and nothing is run. */
  merge?: string;
  /** File with one trial. */
  schedule?: string;
  shrink: boolean;
  json: boolean;
}

/** A storm in which a promise was broken. */
export class StormError extends Error {}

/** How often progress is told to people, in seeds. */
const PROGRESS_EVERY = 10;

/** @throws StormError, UsageError */
export async function stormCommand(options: StormCommandOptions, around: Surroundings): Promise<void> {
  const began = performance.now();
  const out = new Output(options.json, around.stdout, () => Math.round(performance.now() - began));
  const given = await givenTo(options);
  if (given) out.given(given.told);
  const results = await resultsOf({ ...options, given }, out, around);
  const ran = results.filter((result) => !out.skipped.has(result.seed));
  const days = ran.reduce((sum, { hours }) => sum + hours / 24, 0);
  const minutes = (performance.now() - began) / 60_000;
  const summary = summaryOf(results);
  const unseen = unseenIn(results);
  // A slice shows what it shows: the whole is judged where it is joined.
  const lacks = options.indexFromEnv === undefined && needsEvidence(results) && unseen.length > 0;
  const app = triedIn(results);
  const all = {
    ok: summary.failedSeeds === 0 && !lacks,
    ...summary,
    noEvidence: unseen.map(({ verdict }) => verdict),
    ...(app && { app }),
    deviceDaysPerMinute: Math.round((10 * days) / minutes) / 10,
  };
  out.summary(all);
  if (summary.failedSeeds === 0 && lacks)
    throw new StormError(`no evidence for ${unseen.length} promises: nothing was seen of ${all.noEvidence.join(", ")}`);
  if (!all.ok) throw new StormError(`${summary.failedSeeds} of ${summary.seeds} seeds broke a promise; see above`);
}

/** An app that all devices have, loaded. */
interface GivenStorm {
  order: GivenOrder;
  app: GivenApp;
  /** The options that name it in a command to run again. */
  options: string;
  /** For people: what is stormed. */
  told: string;
}
type Options = StormCommandOptions & { given: GivenStorm | undefined };

/**
 * The app that the line names, or the project's in this folder, with its board, its settings and its world.
 * @throws UsageError when it is not there or cannot be loaded; ConfigError when it does not go with the device, or its settings
 */
async function givenTo({ app: named }: StormCommandOptions): Promise<GivenStorm | undefined> {
  const project = projectIn(process.cwd());
  const path = named ?? project?.app;
  if (path === undefined) return undefined;
  const app = resolve(path);
  const settings = project?.settings ?? {};
  configured(settings, tableOf(await loadApp(app)));
  await loadWorld(project?.world);
  const order = { app, world: project?.world, board: TARGET_BOARDS[project?.board ?? "esp32"], settings };
  return {
    order,
    app: await loadGiven(order),
    options: named === undefined ? "" : ` --app ${named}`,
    told: `the devices have the app ${relative(process.cwd(), app)}, on ${project?.board ?? "esp32"}`,
  };
}

function resultsOf(options: Options, out: Output, around: Surroundings): Promise<SeedResult[]> {
  if (options.merge !== undefined) return merged(options.merge, options, out);
  return options.schedule === undefined ? storm(options, out, around) : replay(options, out);
}

async function storm(options: Options, out: Output, around: Surroundings): Promise<SeedResult[]> {
  const { seeds = SEEDS, hours, threads, resume, given } = options;
  const index = indexFrom(options.indexFromEnv, around.env);
  const seed = options.seed + index * seeds;
  const file =
    resume === undefined ? undefined : openResults(resume.replace("{index}", String(index)), hours, given?.order);
  const done = [...(file?.results ?? [])];
  for (const result of done) out.skipped.add(result.seed);
  file?.begin(threads);
  const left = seeds - done.filter((result) => result.seed >= seed && result.seed < seed + seeds).length;
  let stopped = false;
  void around.interrupted.then(() => {
    stopped = true;
  });
  const results = await runStorm({
    seeds,
    hours,
    seed,
    threads,
    given: given?.order,
    done,
    stopped: () => stopped,
    onProgress: (result) => {
      file?.add(result);
      out.seed(result, left);
    },
  });
  for (const result of results)
    if (result.failed.length > 0) await explain(drawTrial(result.seed, hours, given?.order), result, options, out);
  if (stopped) throw new StormError(`interrupted after ${results.length} of ${seeds} seeds`);
  return results;
}

/** Joins the results of many processes, and tells of each seed that broke a promise. */
async function merged(folder: string, options: Options, out: Output): Promise<SeedResult[]> {
  const { given, seed, seeds } = options;
  const { results, hours } = resultsIn(folder, given?.order);
  for (const result of results) {
    out.skipped.add(result.seed);
    if (result.failed.length > 0) await explain(drawTrial(result.seed, hours, given?.order), result, options, out);
  }
  const gaps = gapsIn(results, seeds === undefined ? undefined : { seed, seeds });
  if (gaps.length > 0) throw new StormError(`${folder}: ${gaps.length} seeds are missing, the first is ${gaps[0]}`);
  return results;
}

function resultsIn(folder: string, given: GivenOrder | undefined): Merged {
  try {
    return mergeResults(folder, given);
  } catch (error) {
    if (error instanceof ResultsFileError || isMissing(error))
      throw new UsageError(`--merge ${isMissing(error) ? `${folder} is no folder` : error.message}`);
    throw error;
  }
}

const isMissing = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

/** Runs the trial of a file. */
async function replay(options: Options, out: Output): Promise<SeedResult[]> {
  const trial = trialOf(options.schedule!);
  if (trial.setup.app === "given" && !options.given) {
    throw new UsageError(`--schedule ${options.schedule}: it is of a device with an app; name that with --app`);
  }
  const result = await runAndJudge(trial, true, options.given?.app);
  out.seed(result, 1);
  if (result.failed.length > 0) await explain(trial, result, options, out);
  return [result];
}

async function explain(trial: Trial, { failed }: SeedResult, options: Options, out: Output): Promise<void> {
  const { given } = options;
  out.text(await tell(trial, failed, given));
  if (!options.shrink) return;
  const verdicts = new Set(failed.map(({ verdict }) => verdict));
  const smaller = await shrink(trial, async (candidate) => {
    const again = await runAndJudge(candidate, verdicts.has("same-twice"), given?.app);
    return again.failed.some(({ verdict }) => verdicts.has(verdict));
  });
  const file = `storm-${trial.seed}.json`;
  writeFileSync(file, `${JSON.stringify(smaller, undefined, 2)}\n`);
  out.text(`  ${smaller.faults.length} of its ${trial.faults.length} faults are enough:\n${scheduleText(smaller)}`);
  out.text(`  again: simkey storm --schedule ${file}${given?.options ?? ""}\n`);
}

function trialOf(file: string): Trial {
  try {
    return readTrial(readNamedFile(file, "--schedule"));
  } catch (error) {
    if (error instanceof TrialError) throw new UsageError(`--schedule ${file}: ${error.message}`);
    throw error;
  }
}

function openResults(path: string, hours: number, given: GivenOrder | undefined): ResultsFile {
  try {
    return new ResultsFile(path, hours, given);
  } catch (error) {
    if (error instanceof ResultsFileError) throw new UsageError(`--resume ${error.message}`);
    throw error;
  }
}

type Summary = {
  ok: boolean;
  deviceDaysPerMinute: number;
  noEvidence: string[];
  app?: NonNullable<ReturnType<typeof triedIn>>;
} & ReturnType<typeof summaryOf>;

/** Whether a verdict is one of the app. */
const isOfApp = (verdict: string) => verdict.startsWith("app-");

/** What is printed: lines for people, or one JSON object a line. */
class Output {
  /** Seeds that an earlier run has done. */
  readonly skipped = new Set<number>();
  readonly #json: boolean;
  readonly #write: (text: string) => void;
  readonly #elapsed: () => number;
  #seeds = 0;

  constructor(json: boolean, write: (text: string) => void, elapsed: () => number) {
    this.#json = json;
    this.#write = write;
    this.#elapsed = elapsed;
  }

  seed({ seed, hours, digest, failed, figures }: SeedResult, of: number): void {
    const broken = failed.map(({ verdict }) => verdict);
    if (this.#json) {
      const { faults: _, drawn: __, outages, ...counts } = figures;
      this.#print({
        event: "seed",
        seed,
        hours,
        digest,
        ok: broken.length === 0,
        broken,
        outages: outages.length,
        ...counts,
      });
    } else if (broken.length > 0) this.#write(`seed ${seed} broke: ${broken.join(", ")}\n`);
    else if (++this.#seeds % PROGRESS_EVERY === 0) this.#write(`${this.#seeds} of ${of} seeds kept every promise\n`);
  }

  /** What is stormed, where it is not drawn. */
  given(what: string): void {
    if (!this.#json) this.#write(`${what}\n`);
  }

  text(text: string): void {
    if (this.#json) this.#print({ event: "story", text });
    else this.#write(text);
  }

  summary(all: Summary): void {
    if (this.#json) {
      this.#print({ event: "summary", ...all });
      return;
    }
    const { seeds, deviceHours, faults, outages, recorded, acked, repeated, dropped, lost } = all;
    this.#write(
      [
        "",
        `  ${seeds} seeds, ${(deviceHours / 24).toFixed(1)} device-days at ${all.deviceDaysPerMinute} a minute: ${all.failedSeeds === 0 ? "every promise was kept" : `${all.failedSeeds} seeds broke a promise`}`,
        `  faults      ${faults} injected, ${outages} outages, ${all.boots - seeds} restarts of the chip`,
        `  records     ${recorded} written, ${acked} acknowledged, ${repeated} repeated, ${dropped} dropped and counted, ${lost} lost`,
        `  identity    ${all.onboardings} onboardings, ${all.reconnects} reconnects`,
        "",
      ].join("\n"),
    );
    if (all.app) this.#write(appTriedText(all.app, all.noEvidence.filter(isOfApp)));
  }

  #print(entry: object): void {
    this.#write(`${JSON.stringify({ t: this.#elapsed(), ...entry })}\n`);
  }
}
