// Somebody who watches the fuzzer from another thread: code that hangs cannot say so itself.

import { Worker } from "node:worker_threads";
import { INPUT_MAX } from "./target.js";

/**
 * What an input may take until it hangs: statements of firmware/, far more than the most that a target allows; and
 * CPU time of the process, in milliseconds, for what has no counted statement, such as a regular expression. Neither
 * depends on who else is busy.
 */
export const HANG = { statements: 100_000_000, cpuMs: 20_000 };
/** How often the watcher looks, in milliseconds. */
const LOOK_MS = 100;

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

/** The worker's message, or the input on which it hung and by what that was seen. */
export type Watched<T> = { message: T } | { hung: Uint8Array; why: string };
/** What a worker sends first: where its statements are counted, as 32-bit numbers that it clears before each input. */
export interface Counted {
  counters: SharedArrayBuffer;
}

/**
 * Runs a worker until it sends a message that is not `Counted`.
 * @param module what it runs; it gets `{ ...data, notes }`, and notes each input
 * @param limits what an input may take
 * @throws what the worker throws
 */
export function watch<T>(module: URL, data: object, limits: Partial<typeof HANG> = {}): Promise<Watched<T>> {
  const { statements, cpuMs } = { ...HANG, ...limits };
  const notes = new Notes();
  const worker = new Worker(module, { workerData: { ...data, notes: notes.buffer } });
  let counters: Uint32Array = new Uint32Array(0);
  let looking: NodeJS.Timeout | undefined;
  const outcome = new Promise<Watched<T>>((resolve, reject) => {
    let seen = { runs: -1, cpu: process.cpuUsage() };
    looking = setInterval(() => {
      const { runs, input } = notes;
      if (counters.reduce((sum, count) => sum + count, 0) > statements) {
        resolve({ hung: input, why: `more than ${statements} statements` });
      }
      if (runs !== seen.runs) seen = { runs, cpu: process.cpuUsage() };
      const { user, system } = process.cpuUsage(seen.cpu);
      if ((user + system) / 1_000 > cpuMs) resolve({ hung: input, why: `${cpuMs} ms of CPU time` });
    }, LOOK_MS);
    worker.on("message", (message: T | Counted) => {
      if (isCounted(message)) counters = new Uint32Array(message.counters);
      else resolve({ message });
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the fuzzer's worker ended with ${code}`)));
  });
  return outcome.finally(() => {
    clearInterval(looking);
    return worker.terminate();
  });
}

const isCounted = (message: unknown): message is Counted =>
  typeof message === "object" && message !== null && "counters" in message;
