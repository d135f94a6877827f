// Waiting with promises over a Timer.

import type { Timer } from "../../platform/clock.js";

/** A promise that is fulfilled in `ms` milliseconds. */
export function delay(timer: Timer, ms: number): Promise<void> {
  return new Promise((resolve) => timer.set(resolve, ms));
}
