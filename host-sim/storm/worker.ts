// The thread's side of pool.ts.

import { parentPort, workerData } from "node:worker_threads";
import { type GivenOrder, loadGiven } from "./given.js";
import { runSeed, type SeedOrder } from "./run-seed.js";

const order = (workerData ?? undefined) as GivenOrder | undefined;
const given = order && loadGiven(order).then((app) => ({ setup: order, app }));

parentPort!.on("message", (seed: SeedOrder) => {
  // An error that is not the firmware's ends the thread, and is told by its `error` event.
  void Promise.resolve(given)
    .then((those) => runSeed(seed, those))
    .then((result) => parentPort!.postMessage(result));
});
