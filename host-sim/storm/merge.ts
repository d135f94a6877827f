// The results of one storm that ran in slices, on as many machines: a file each, joined.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { GivenOrder } from "./given.js";
import { ResultsFile, ResultsFileError, type Session } from "./results-file.js";
import type { SeedResult } from "./run-seed.js";

export interface Merged {
  /** In the order of their seeds, each seed once. */
  results: SeedResult[];
  sessions: Session[];
  /** Virtual hours of each seed. */
  hours: number;
  /** Fingerprint of the code that all of them ran. */
  code: string;
}

const RESULTS = /\.jsonl$/;

/**
 * Joins all files of results in a folder.
 * @param given an app that their devices have
 * @throws ResultsFileError where there are none, or one that is no such file, is of other code, or of another length;
 * and where a seed that is in two of them did not come to the same
 */
export function mergeResults(folder: string, given?: GivenOrder): Merged {
  const files = readdirSync(folder)
    .filter((name) => RESULTS.test(name))
    .sort()
    .map((name) => ({ name, file: new ResultsFile(join(folder, name), undefined, given) }));
  const [first] = files;
  if (first === undefined) throw new ResultsFileError(`${folder}: there are no results (*.jsonl) in it`);
  const { hours, code } = first.file;
  const bySeed = new Map<number, SeedResult>();
  for (const { name, file } of files) {
    if (file.hours !== hours)
      throw new ResultsFileError(
        `${folder}: seeds of ${name} ran ${file.hours} hours each, those of ${first.name} ${hours}`,
      );
    for (const result of file.results) {
      const { seed, digest } = result;
      const other = bySeed.get(seed);
      if (other !== undefined && other.digest !== digest)
        throw new ResultsFileError(`${folder}: seed ${seed} came to one thing in ${name}, and to another elsewhere`);
      bySeed.set(seed, result);
    }
  }
  const results = [...bySeed.values()].sort((a, b) => a.seed - b.seed);
  return { results, sessions: files.flatMap(({ file }) => file.sessions), hours, code };
}

/**
 * Seeds that are missing.
 * @param wanted which there must be; left out: those between the first and the last, so that whole slices may lack at the ends
 */
export function gapsIn(results: readonly SeedResult[], wanted?: { seed: number; seeds: number }): number[] {
  const found = new Set(results.map(({ seed }) => seed));
  const first = wanted?.seed ?? results[0]?.seed ?? 0;
  const end = wanted ? wanted.seed + wanted.seeds : (results.at(-1)?.seed ?? -1) + 1;
  return Array.from({ length: end - first }, (_, i) => first + i).filter((seed) => !found.has(seed));
}
