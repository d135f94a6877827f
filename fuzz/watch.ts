// Somebody who watches the fuzzer from another thread: code that hangs cannot say so itself.

import { Worker } from "node:worker_threads";
import { INPUT_MAX } from "./target.js";

/** Longest time one input may take, in milliseconds: far more than the most work that a target allows. */
export const HANG_MS = 10_000;

/** Where the worker notes what it is about to do: how many runs there were, the input's length, and the input. */
export class Notes {
  readonly buffer: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #input: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(8 + INPUT_MAX + 64)) {
    this.buffer = buffer;
    this.#numbers = new Int32Array(buffer, 0, 2);
    this.#input = new Uint8Array(buffer, 8);
  }

  note(input: Uint8Array): void {
    this.#input.set(input.subarray(0, this.#input.length));
    Atomics.store(this.#numbers, 1, input.length);
    Atomics.add(this.#numbers, 0, 1);
  }

  get runs(): number {
    return Atomics.load(this.#numbers, 0);
  }

  get input(): Uint8Array {
    return this.#input.slice(0, Atomics.load(this.#numbers, 1));
  }
}

/** The worker's message, or the input on which it hung. */
export type Watched<T> = { message: T } | { hung: Uint8Array };

/**
 * Runs a worker until it sends a message.
 * @param module what it runs; it gets `{ ...data, notes }`, and notes each input
 * @param limitMs the longest time between two notes
 * @throws what the worker throws
 */
export function watch<T>(module: URL, data: object, limitMs = HANG_MS): Promise<Watched<T>> {
  const notes = new Notes();
  const worker = new Worker(module, { workerData: { ...data, notes: notes.buffer } });
  let looking: NodeJS.Timeout | undefined;
  const outcome = new Promise<Watched<T>>((resolve, reject) => {
    let seen = -1;
    looking = setInterval(() => {
      const { runs } = notes;
      if (runs === seen) resolve({ hung: notes.input });
      seen = runs;
    }, limitMs);
    worker.once("message", (message: T) => resolve({ message }));
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the fuzzer's worker ended with ${code}`)));
  });
  return outcome.finally(() => {
    clearInterval(looking);
    return worker.terminate();
  });
}
