// One seed of a storm: its trial run and judged, and run again where it is to be shown that the same seed gives the same trace.

import { type AppTried, triedOf } from "./app-tried.js";
import { type Figures, figuresOf } from "./figures.js";
import type { GivenApp } from "./rig.js";
import { runTrial } from "./run-trial.js";
import type { GivenSetup } from "./setup.js";
import { drawTrial, type Trial } from "./trial.js";
import { type Failed, judge, seenIn } from "./verdicts/index.js";
import { NOTHING_LOST } from "./verdicts/records.js";

/** What is to be run. */
export interface SeedOrder {
  seed: number;
  hours: number;
  /** Run it twice and compare the traces. */
  twice: boolean;
}

/** What a storm is given, as it is asked for and as it is loaded. */
export interface Given {
  setup: GivenSetup;
  app: GivenApp;
}

/** What came of it. Plain data. */
export interface SeedResult {
  seed: number;
  hours: number;
  digest: string;
  /** It was run twice, and the traces compared. */
  twice: boolean;
  /** Broken promises; empty: all were kept. */
  failed: Failed[];
  figures: Figures;
  /** What was tried of the app that the storm was given; left out: it was given none. */
  app?: AppTried;
  /** How often each promise could have been broken, by its verdict. */
  seen: Readonly<Record<string, number>>;
}

/** Runs the trial of a seed. */
export function runSeed({ seed, hours, twice }: SeedOrder, given?: Given): Promise<SeedResult> {
  return runAndJudge(drawTrial(seed, hours, given?.setup), twice, given?.app);
}

/** Runs any trial. @param given the app that it may be of @throws AppMissingError */
export async function runAndJudge(trial: Trial, twice: boolean, given?: GivenApp): Promise<SeedResult> {
  const evidence = await runTrial(trial, { given });
  const failed = judge(evidence);
  const { digest } = evidence;
  if (twice) {
    const again = await runTrial(trial, { given });
    if (again.digest !== digest) failed.push(differs(trial, digest, again.digest));
  }
  const lost = failed.find(({ verdict }) => verdict === NOTHING_LOST.name)?.count ?? 0;
  const { seed, hours } = trial;
  const seen = seenIn(evidence);
  const app = trial.setup.app === "given" && given ? triedOf(evidence, given.app) : undefined;
  return { seed, hours, digest, twice, failed, figures: figuresOf(evidence, lost), ...(app && { app }), seen };
}

function differs({ hours }: Trial, first: string, second: string): Failed {
  const what = `the first run's trace is ${first}, the second's ${second}`;
  return {
    verdict: "same-twice",
    promise: "The same seed gives the same trace to the byte.",
    breaches: [{ at: hours * 3_600_000, what }],
    count: 1,
  };
}
