// What an input did in firmware/: which branches it took and how often, and how many statements that were. The counters are
// those that bundle.ts put into the code, so equal inputs give equal counts on every machine.

/** istanbul's counters of one file: statements, functions, branches, each by its number. */
interface FileCounters {
  s: ArrayLike<number>;
  f: ArrayLike<number>;
  b: Record<string, ArrayLike<number>>;
}

/** The same, to be cleared and summed at a stroke. */
interface Counters {
  statements: Uint32Array;
  /** Functions and branches. */
  ways: Uint32Array;
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
  /** The counts of statements, 32 bits each, for whoever watches from another thread. */
  readonly counters: SharedArrayBuffer;
  readonly #files: Counters[];
  /** For each function and branch, one bit for each class of counts that was seen. */
  readonly #seen: Uint16Array;

  constructor() {
    const all = (globalThis as Record<string, unknown>)[COVERAGE_VARIABLE] as Record<string, FileCounters> | undefined;
    const files = Object.values(all ?? {});
    this.counters = new SharedArrayBuffer(4 * files.reduce((sum, { s }) => sum + Object.keys(s).length, 0));
    let at = 0;
    this.#files = files.map((file) => {
      const statements = new Uint32Array(this.counters, at, Object.keys(file.s).length);
      at += statements.byteLength;
      return packed(file, statements);
    });
    this.#seen = new Uint16Array(this.#files.reduce((sum, { ways }) => sum + ways.length, 0));
  }

  /** Branches and functions that were taken at least once. */
  get reached(): number {
    return this.#seen.reduce((sum, bits) => sum + (bits > 0 ? 1 : 0), 0);
  }

  /** Clears the counters. */
  clear(): void {
    for (const { statements, ways } of this.#files) {
      statements.fill(0);
      ways.fill(0);
    }
  }

  /** @returns the statements since `clear`, and whether a branch was taken that never was, or more often than ever */
  take(): { work: number; isNew: boolean } {
    let work = 0;
    let isNew = false;
    let at = 0;
    for (const { statements, ways } of this.#files) {
      for (const count of statements) work += count;
      for (const count of ways) {
        const bit = 1 << classOf(count);
        if (count > 0 && (this.#seen[at]! & bit) === 0) {
          this.#seen[at]! |= bit;
          isNew = true;
        }
        at++;
      }
    }
    return { work, isNew };
  }
}

/** Gives a file typed arrays to count in, in the place of istanbul's objects. */
function packed(file: FileCounters, statements: Uint32Array): Counters {
  const functions = Object.keys(file.f).length;
  const branches = Object.values(file.b);
  const ways = new Uint32Array(branches.reduce((sum, { length }) => sum + length, functions));
  file.s = statements;
  file.f = ways.subarray(0, functions);
  let at = functions;
  branches.forEach(({ length }, id) => {
    file.b[id] = ways.subarray(at, at + length);
    at += length;
  });
  return { statements, ways };
}
