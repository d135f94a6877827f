// What an input did in firmware/: which branches it took and how often, and how many statements that were. The counters are
// those that bundle.ts put into the code, so equal inputs give equal counts on every machine.

/** istanbul's counters of one file: statements, functions, branches. */
interface FileCounters {
  s: Record<string, number>;
  f: Record<string, number>;
  b: Record<string, number[]>;
}

/** Name of the global variable that holds them. */
export const COVERAGE_VARIABLE = "simkeyFuzzCoverage";

/** Counts are told apart as 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more. */
function classOf(count: number): number {
  if (count < 4) return count;
  if (count < 32) return 33 - Math.clz32(count);
  return count < 128 ? 7 : 8;
}

/** Reads and clears the counters of all instrumented files. */
export class Coverage {
  readonly #files: FileCounters[];
  /** For each branch, one bit for each class of counts that was seen. */
  readonly #seen: Uint16Array;

  constructor() {
    const all = (globalThis as Record<string, unknown>)[COVERAGE_VARIABLE] as Record<string, FileCounters> | undefined;
    this.#files = Object.values(all ?? {});
    this.#seen = new Uint16Array(this.#files.reduce((sum, file) => sum + countersOf(file), 0));
  }

  /** Branches and functions that were taken at least once. */
  get reached(): number {
    return this.#seen.reduce((sum, bits) => sum + (bits > 0 ? 1 : 0), 0);
  }

  /** Clears the counters. */
  clear(): void {
    for (const { s, f, b } of this.#files) {
      for (const id in s) s[id] = 0;
      for (const id in f) f[id] = 0;
      for (const id in b) b[id]!.fill(0);
    }
  }

  /** @returns the statements since `clear`, and whether a branch was taken that never was, or more often than ever */
  take(): { work: number; isNew: boolean } {
    let work = 0;
    let isNew = false;
    let at = 0;
    const note = (count: number) => {
      const bit = 1 << classOf(count);
      if (count > 0 && (this.#seen[at]! & bit) === 0) {
        this.#seen[at]! |= bit;
        isNew = true;
      }
      at++;
    };
    for (const { s, f, b } of this.#files) {
      for (const id in s) work += s[id]!;
      for (const id in f) note(f[id]!);
      for (const id in b) for (const count of b[id]!) note(count);
    }
    return { work, isNew };
  }
}

const countersOf = ({ f, b }: FileCounters): number =>
  Object.keys(f).length + Object.values(b).reduce((sum, ways) => sum + ways.length, 0);
