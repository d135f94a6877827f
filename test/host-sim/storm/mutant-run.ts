// What a mutant's storm runs, in a process of its own: seeds until one breaks a promise, then a line of JSON.
//   node BUNDLE FIRST_SEED SEEDS HOURS [NUMBER]       with the number of a mutant: seeds that meet it, until its verdict breaks

import { runSeed } from "../../../host-sim/storm/run-seed.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";
import { MUTANTS } from "./mutants/index.js";
import { meets } from "./mutants/mutant.js";

const [first = 1, seeds = 1, hours = 1, number = 0] = process.argv.slice(2).map(Number);
const mutant = MUTANTS[number - 1];
const others = new Set<string>();
let noticed: number | undefined;
for (let seed = first, ran = 0; ran < seeds && noticed === undefined; seed++) {
  if (mutant !== undefined && !meets(mutant, drawTrial(seed, hours).setup)) continue;
  ran++;
  const { failed } = await runSeed({ seed, hours, twice: false });
  for (const { verdict } of failed) {
    if (mutant === undefined || verdict === mutant.noticedBy) noticed ??= seed;
    if (verdict !== mutant?.noticedBy) others.add(verdict);
  }
}
console.log(JSON.stringify({ noticed, others: [...others] }));
