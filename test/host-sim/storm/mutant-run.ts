// What a mutant's storm runs, in a process of its own: seeds until one breaks a promise, then a line of JSON.
//   node BUNDLE FIRST_SEED SEEDS HOURS

import { runSeed } from "../../../host-sim/storm/run-seed.js";

const [first = 1, seeds = 1, hours = 1] = process.argv.slice(2).map(Number);
const broken: { seed: number; verdicts: string[] }[] = [];
for (let seed = first; seed < first + seeds && broken.length === 0; seed++) {
  const { failed } = await runSeed({ seed, hours, twice: false });
  if (failed.length > 0) broken.push({ seed, verdicts: failed.map(({ verdict }) => verdict) });
}
console.log(JSON.stringify(broken));
