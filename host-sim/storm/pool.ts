// Seeds on several threads, one seed at a time on each.

import { Worker } from "node:worker_threads";
import { type GivenOrder, loadGiven } from "./given.js";
import { runSeed, type SeedOrder, type SeedResult } from "./run-seed.js";

/** Runs seeds; `close` when no more come. */
export interface Runner {
  run(order: SeedOrder): Promise<SeedResult>;
  close(): Promise<void>;
}

/** A runner on this very thread. @param order an app that its devices have */
export async function here(order: GivenOrder | undefined): Promise<Runner> {
  const given = order && { setup: order, app: await loadGiven(order) };
  return { run: (seed) => runSeed(seed, given), close: () => Promise.resolve() };
}

/** A runner on a thread of its own. @param order as above */
export function onThread(order: GivenOrder | undefined): Runner {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: order });
  return {
    run: (order) =>
      new Promise((resolve, reject) => {
        const settled = () => {
          worker.off("message", done);
          worker.off("error", failed);
        };
        const done = (result: SeedResult) => {
          settled();
          resolve(result);
        };
        const failed = (error: Error) => {
          settled();
          reject(error);
        };
        worker.on("message", done);
        worker.on("error", failed);
        worker.postMessage(order);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}
