// Runs one trial in Node, and gathers what was seen of it: what Node's own engine can tell too.

import { census } from "./census.js";
import type { Evidence } from "./evidence.js";
import { type Engine, playTrial, type RunOptions } from "./play-trial.js";
import type { Trial } from "./trial.js";

const NODE: Engine = {
  census,
  rejections: (told) => {
    process.on("unhandledRejection", told);
    return () => process.off("unhandledRejection", told);
  },
};

/** Runs a trial from power-on to its end. @throws AppMissingError */
export const runTrial = (trial: Trial, options: RunOptions = {}): Promise<Evidence> =>
  playTrial(trial, { engine: NODE, ...options });
