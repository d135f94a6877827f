// A storm: many seeds, each a device of its own with faults of its own, and what came of all of them together.

import { type AppTried, sumOf, type Untried, untriedOf } from "./app-tried.js";
import type { GivenOrder } from "./given.js";
import { here, onThread, type Runner } from "./pool.js";
import type { SeedResult } from "./run-seed.js";
import { STORM_APP } from "./setup.js";
import { VERDICTS, type Verdict } from "./verdicts/index.js";

export interface StormOptions {
  /** How many seeds. */
  seeds: number;
  /** Virtual hours of each, 1 or more. */
  hours: number;
  /** The first seed; the others follow it. */
  seed: number;
  /** Threads; 0: all on this one. Default 2. */
  threads?: number;
  /** An app that all its devices have; left out: it is drawn. */
  given?: GivenOrder | undefined;
  /** Results of an earlier run: their seeds are not run again. */
  done?: readonly SeedResult[];
  onProgress?: (result: SeedResult) => void;
  /** True: no new seed is begun. */
  stopped?: () => boolean;
}

/** Every so many seeds, one is run twice. */
const TWICE_EVERY = 20;

/**
 * Runs a storm.
 * @returns the results, in the order of their seeds, earlier ones included
 */
export async function runStorm(options: StormOptions): Promise<SeedResult[]> {
  const { seeds, hours, seed, threads = 2, given, done = [], onProgress, stopped = () => false } = options;
  const results = done.filter((result) => result.hours === hours && result.seed >= seed && result.seed < seed + seeds);
  const known = new Set(results.map((result) => result.seed));
  const orders = Array.from({ length: seeds }, (_, i) => ({ seed: seed + i, hours, twice: i % TWICE_EVERY === 0 }));
  const waiting = orders.filter((order) => !known.has(order.seed));
  const runners: Runner[] =
    threads === 0 ? [await here(given)] : Array.from({ length: threads }, () => onThread(given));
  const work = async (runner: Runner) => {
    for (let order = waiting.shift(); order !== undefined && !stopped(); order = waiting.shift()) {
      const result = await runner.run(order);
      results.push(result);
      onProgress?.(result);
    }
  };
  try {
    await Promise.all(runners.map(work));
  } finally {
    await Promise.all(runners.map((runner) => runner.close()));
  }
  return results.sort((a, b) => a.seed - b.seed);
}

/**
 * Virtual hours of a whole storm, and devices in it, from which on each promise must have been put to the test. A shorter
 * one may well not have come to some of them, and four devices, however long they run, are of four kinds alone: one that
 * sends each minute never comes to its keep-alive.
 */
export const EVIDENCE_FROM_H = 2_400;
export const EVIDENCE_FROM_SEEDS = 50;

/** A promise of which nothing was seen, over all seeds. */
export interface Unseen {
  verdict: string;
  promise: string;
}

/** The promises of which a storm shows nothing: none of its runs came to where they could have been broken. */
export function unseenIn(results: readonly SeedResult[]): Unseen[] {
  const has = (need: Verdict["needs"]) =>
    need === undefined ||
    results.some(({ figures, app }) => figures.drawn.app === STORM_APP || (app !== undefined && NEEDS[need](app)));
  return VERDICTS.filter(
    ({ name, fromHours = 0, needs }) =>
      has(needs) &&
      results.some(({ hours }) => hours >= fromHours) &&
      results.every(({ seen }) => (seen[name] ?? 0) === 0),
  ).map(({ name, promise }) => ({ verdict: name, promise }));
}

/** Whether an app that a storm was given can show what a verdict needs; the storm's own can. */
const NEEDS: Readonly<Record<NonNullable<Verdict["needs"]>, (app: AppTried) => boolean>> = {
  app: () => true,
  "app-commands": ({ commands }) => Object.keys(commands).length > 0,
};

/** What was tried of the app that a storm was given, over all seeds, and what was not; undefined: it was given none. */
export function triedIn(results: readonly SeedResult[]): (AppTried & { untried: Untried[] }) | undefined {
  const all = results.flatMap(({ app }) => app ?? []);
  if (all.length === 0) return undefined;
  const tried = sumOf(all);
  return { ...tried, untried: untriedOf(tried) };
}

/** Whether a storm is so long and so broad that a promise of which it shows nothing makes it fail. */
export const needsEvidence = (results: readonly SeedResult[]): boolean =>
  results.length >= EVIDENCE_FROM_SEEDS && results.reduce((sum, { hours }) => sum + hours, 0) >= EVIDENCE_FROM_H;

/** A storm in a few numbers: sums over all seeds, but for the first PUBACK, which is the median. */
export function summaryOf(results: readonly SeedResult[]) {
  const all = results.map(({ figures }) => figures);
  const sum = (pick: (figures: SeedResult["figures"]) => number) => all.reduce((total, each) => total + pick(each), 0);
  const firsts = all.flatMap(({ firstPubackMs }) => firstPubackMs ?? []).sort((a, b) => a - b);
  return {
    seeds: results.length,
    deviceHours: results.reduce((total, { hours }) => total + hours, 0),
    failedSeeds: results.filter(({ failed }) => failed.length > 0).length,
    faults: sum(({ faults }) => Object.values(faults).reduce((total, count) => total + count, 0)),
    outages: sum(({ outages }) => outages.length),
    recorded: sum((f) => f.recorded),
    acked: sum((f) => f.acked),
    received: sum((f) => f.received),
    repeated: sum((f) => f.repeated),
    dropped: sum((f) => f.dropped),
    lost: sum((f) => f.lost),
    boots: sum((f) => f.boots),
    onboardings: sum((f) => f.onboardings),
    reconnects: sum((f) => f.reconnects),
    uartTxBytes: sum((f) => f.uartTxBytes),
    uartRxBytes: sum((f) => f.uartRxBytes),
    airTxBytes: sum((f) => f.airTxBytes),
    airRxBytes: sum((f) => f.airRxBytes),
    firstPubackMs: firsts[firsts.length >> 1],
  };
}
