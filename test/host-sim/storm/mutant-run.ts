// What a mutant's storm runs, in a process of its own: seeds until one breaks a promise, then a line of JSON.
//   node BUNDLE FIRST_SEED SEEDS HOURS [VERDICT]       with a verdict: until that one is broken

import { runSeed } from "../../../host-sim/storm/run-seed.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";

const [first = 1, seeds = 1, hours = 1] = process.argv.slice(2, 5).map(Number);
const wanted = process.argv[5];
const others = new Set<string>();
/** What a verdict on updates has no say in: a device that is sent none. */
const isIdle = (seed: number) => wanted?.startsWith("update-") && !drawTrial(seed, hours).setup.updates;
let noticed: number | undefined;
for (let seed = first; seed < first + seeds && noticed === undefined; seed++) {
  if (isIdle(seed)) continue;
  const { failed } = await runSeed({ seed, hours, twice: false });
  for (const { verdict } of failed) {
    if (wanted === undefined || verdict === wanted) noticed ??= seed;
    if (verdict !== wanted) others.add(verdict);
  }
}
console.log(JSON.stringify({ noticed, others: [...others] }));
