// The thread's side of pool.ts.

import { parentPort } from "node:worker_threads";
import { runSeed, type SeedOrder } from "./run-seed.js";

parentPort!.on("message", (order: SeedOrder) => {
  // An error that is not the firmware's ends the thread, and is told by its `error` event.
  void runSeed(order).then((result) => parentPort!.postMessage(result));
});
