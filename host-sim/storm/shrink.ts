// Makes a failing trial smaller while it goes on failing: delta debugging (Zeller, Hildebrandt: "Simplifying and Isolating
// Failure-Inducing Input", 2002) over the schedule, then fewer oddities of the modem, then shorter faults.

import type { Trial } from "./trial.js";

/** Trials that are run at the most. */
export const ATTEMPTS_MAX = 200;

/** A fault is not made shorter than this, in milliseconds. */
const SHORTEST_MS = 1_000;

/**
 * @param trial one that fails
 * @param fails whether a trial fails in the same way
 * @returns the smallest trial found that still fails
 */
export async function shrink(trial: Trial, fails: (trial: Trial) => Promise<boolean>): Promise<Trial> {
  let smallest = trial;
  let attempts = 0;
  const tries = async (candidate: Trial): Promise<boolean> => {
    if (attempts++ >= ATTEMPTS_MAX || !(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };

  // Without one of `parts` pieces at a time; finer pieces when none can be missed.
  for (let parts = 2; smallest.faults.length > 0 && attempts < ATTEMPTS_MAX; ) {
    const { faults } = smallest;
    const length = Math.ceil(faults.length / parts);
    let shorter = false;
    for (let from = 0; from < faults.length && !shorter; from += length) {
      shorter = await tries({ ...smallest, faults: faults.filter((_, i) => i < from || i >= from + length) });
    }
    if (shorter) parts = Math.max(2, parts - 1);
    else if (length === 1) break;
    else parts = Math.min(faults.length, 2 * parts);
  }

  for (const quirk of smallest.setup.quirks) {
    const quirks = smallest.setup.quirks.filter((other) => other !== quirk);
    await tries({ ...smallest, setup: { ...smallest.setup, quirks } });
  }

  for (let i = 0; i < smallest.faults.length; i++) {
    for (let shorter = true; shorter && smallest.faults[i]!.duration > SHORTEST_MS; ) {
      const duration = Math.floor(smallest.faults[i]!.duration / 2);
      shorter = await tries({ ...smallest, faults: smallest.faults.with(i, { ...smallest.faults[i]!, duration }) });
    }
  }
  return smallest;
}
