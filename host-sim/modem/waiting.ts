// A command that waits for something to happen: it may have happened before the wait begins.

import type { Machine } from "./machine.js";
import type { Outcome } from "./outcome.js";

/**
 * Answers once `begin` calls its argument, which may be at once.
 * @param begin called now; only the first call of `finish` counts
 */
export function waitFor(m: Machine, begin: (finish: (outcome: Outcome) => void) => void): Outcome {
  const token = {};
  let early: Outcome | undefined;
  let waiting = false;
  begin((outcome) => {
    early ??= outcome;
    if (waiting) m.executor.finish(token, outcome);
  });
  if (early) return early;
  waiting = true;
  return { is: "wait", token };
}
