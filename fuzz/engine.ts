// The fuzzer: changes inputs that went somewhere new until they go somewhere newer still, and keeps the target's promises in
// sight. All it does follows from the seed, but for how long it goes on.

import type { Prng } from "../host-sim/world/prng.js";
import type { Coverage } from "./coverage.js";
import { collectGarbage, countBytes, heapGrowth } from "./memory.js";
import { mutate } from "./mutate.js";
import { shrink } from "./shrink.js";
import type { Bound, Target } from "./target.js";

/** Bytes that typed arrays may take and copy for an input, unless the target says otherwise. */
const BYTES: Bound = { base: 1_000, perByte: 32 };
/** Bytes by which the heap may be larger than before, the test's own bookkeeping included: a wide net for what no count sees. */
const HEAP: Bound = { base: 4_000_000, perByte: 4_000 };
/** How often the repair of a target is left out, as one in so many. */
const UNREPAIRED = 4;

/** A broken promise, and the shortest input that was found to break it. */
export interface Finding {
  target: string;
  what: string;
  input: Uint8Array;
}

/** What a round came to. */
export interface Round {
  target: string;
  runs: number;
  /** Inputs that went somewhere new. */
  corpus: readonly Uint8Array[];
  /** Branches and functions that were reached. */
  reached: number;
  /** Most statements for one byte, of inputs long enough to tell. */
  workPerByte: number;
  finding: Finding | undefined;
}

export interface RoundOptions {
  target: Target;
  coverage: Coverage;
  random: Prng;
  /** Inputs of an earlier round. */
  corpus?: readonly Uint8Array[];
  /** Asked before each run whether to go on. */
  goOn: (runs: number) => boolean;
  /** Told each input before it runs, for somebody who watches from outside. */
  onRun?: (input: Uint8Array) => void;
}

/** Inputs shorter than this say little about the cost of a byte. */
const TELLING_LENGTH = 64;

/** Fuzzes until `goOn` says no, or a promise is broken. */
export function fuzz({ target, coverage, random, corpus: earlier = [], goOn, onRun }: RoundOptions): Round {
  const corpus: Uint8Array[] = [];
  let runs = 0;
  let workPerByte = 0;
  const examine = (input: Uint8Array): Verdict => {
    onRun?.(input);
    runs++;
    return examined(target, coverage, input);
  };
  const result = (finding?: Finding): Round => ({
    ...{ target: target.name, runs, corpus, reached: coverage.reached, workPerByte, finding },
  });
  const found = (input: Uint8Array, what: string): Round => {
    const kind = kindOf(what);
    const shortest = shrink(input, (shorter) => kindOf(examine(shorter).broken ?? "") === kind);
    return result({ target: target.name, what: examine(shortest).broken ?? what, input: shortest });
  };

  const waiting = [...target.seeds, ...earlier].reverse();
  while (goOn(runs)) {
    const input = waiting.pop() ?? changed(target, corpus, random);
    const { broken, isNew, work } = examine(input);
    if (broken !== undefined) return found(input, broken);
    const cost = input.length < TELLING_LENGTH ? 0 : work / input.length;
    // An input that costs more than any before it is worth going on from, too.
    if (isNew || cost > workPerByte) corpus.push(input);
    workPerByte = Math.max(workPerByte, cost);
  }
  return result();
}

/** What one input did. */
interface Verdict {
  broken: string | undefined;
  isNew: boolean;
  work: number;
}

/** Runs one input, and says what promise it breaks, if any. */
export function examined(target: Target, coverage: Coverage, input: Uint8Array): Verdict {
  let broken: string | undefined;
  coverage.clear();
  const run = () => {
    try {
      target.run(input);
    } catch (error) {
      broken ??= describe(error);
    }
  };
  let bytes = 0;
  let grown = heapGrowth(() => {
    bytes = countBytes(run);
  });
  const { work, isNew } = coverage.take();
  const over = (figure: number, { base, perByte }: Bound) => figure > base + perByte * input.length;
  // What V8 took for itself meanwhile, it does not take again.
  if (over(grown, HEAP)) {
    collectGarbage();
    grown = heapGrowth(run);
  }
  if (over(work, target.work)) broken ??= `too much work: ${work} statements for ${input.length} bytes`;
  if (over(bytes, target.bytes ?? BYTES))
    broken ??= `too much memory: ${bytes} bytes taken or copied for ${input.length}`;
  if (over(grown, HEAP)) broken ??= `too much memory: the heap grew by ${grown} bytes for ${input.length}`;
  return { broken, isNew, work };
}

function changed(target: Target, corpus: readonly Uint8Array[], random: Prng): Uint8Array {
  // The newest are the least tried.
  const newest = random.below(2) === 0 ? corpus.length >> 2 : corpus.length;
  const pick = () => corpus[random.below(corpus.length)]!;
  const input = mutate(corpus[corpus.length - 1 - random.below(Math.max(1, newest))]!, {
    ...{ random, tokens: target.tokens, other: pick },
  });
  if (random.below(UNREPAIRED) > 0) target.repair?.(input);
  return input;
}

/** The error, and where it comes from. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const where = /at (?:new )?([\w$.#<>]+)/.exec(
    error.stack?.split("\n").find((line) => line.includes(" at ")) ?? "",
  )?.[1];
  return `${error.name}: ${error.message} (in ${where})`;
}

/** What two findings have in common when they are one: all but the numbers. */
const kindOf = (what: string) => what.replace(/[0-9]+/g, "N").slice(0, 120);
