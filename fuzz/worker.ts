// Fuzzes one target in a thread of its own, so that main.ts can watch it.

import { parentPort, workerData } from "node:worker_threads";
import { Prng } from "../host-sim/world/prng.js";
import { loadTargets } from "./bundle.js";
import { Coverage } from "./coverage.js";
import { examined, fuzz, type Round } from "./engine.js";
import { SOAK, soak } from "./soak.js";
import { type Counted, Notes } from "./watch.js";

/** What is to be done. */
export interface Job {
  /** Module with the targets. */
  module: string;
  target: string;
  seed: string;
  corpus: readonly Uint8Array[];
  /** Ends after so many runs, or milliseconds, whichever comes first. */
  runs: number;
  ms: number;
  /** Feeds a reader for long, too. */
  soak: boolean;
  /** This input alone, instead. */
  replay?: Uint8Array;
  notes: SharedArrayBuffer;
}

/** What came of it. */
export interface Result extends Round {
  /** Bytes by which a reader grew that was fed for long; undefined: none was. */
  grownBytes: number | undefined;
}

const job = workerData as Job;
const notes = new Notes(job.notes);
const target = (await loadTargets(job.module)).find(({ name }) => name === job.target)!;
const coverage = new Coverage();
const random = new Prng(job.seed).split(target.name);

function replayed(input: Uint8Array): Round {
  notes.note(input);
  const { broken, work } = examined(target, coverage, input);
  const finding = broken === undefined ? undefined : { target: target.name, what: broken, input };
  return {
    ...{ target: target.name, runs: 1, corpus: [], reached: coverage.reached },
    ...{ workPerByte: work / Math.max(1, input.length), finding },
  };
}

function fuzzed(): Round {
  const until = performance.now() + job.ms;
  return fuzz({
    ...{ target, coverage, random, corpus: job.corpus },
    goOn: (runs) => runs < job.runs && (runs % 64 > 0 || performance.now() < until),
    onRun: (input) => notes.note(input),
  });
}

parentPort!.postMessage({ counters: coverage.counters } satisfies Counted);
const round = job.replay ? replayed(job.replay) : fuzzed();
const soaked = job.soak && !job.replay && !round.finding;
const grownBytes = soaked
  ? soak(target, random.split("soak"), SOAK, (input) => {
      notes.note(input);
      coverage.clear();
    })
  : undefined;
parentPort!.postMessage({ ...round, grownBytes } satisfies Result);
