// fast-check as the mutation check uses it: few runs, always the same ones, and no shrinking. A mutant must be noticed at once
// or not at all, and the same mutants on every machine.

import * as original from "../../node_modules/fast-check/lib/fast-check.js";

/** Most runs of a property; a tenth of what its test asks for is enough below that. */
const MOST_RUNS = 200;

/** `fc.assert`, but short. */
export function assert(property, parameters = {}) {
  const numRuns = Math.min(Math.ceil((parameters.numRuns ?? 100) / 10), MOST_RUNS);
  return original.assert(property, { ...parameters, numRuns, seed: 1, endOnFailure: true });
}

export * from "../../node_modules/fast-check/lib/fast-check.js";
export default { ...original.default, assert };
