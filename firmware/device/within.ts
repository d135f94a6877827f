// A promise that is not waited for without end.

import type { Timer } from "../platform/clock.js";

/**
 * Waits for `work`, but no longer than `ms`: a bring-up under way may hold it up for minutes.
 * @throws what `work` throws in time
 */
export function within(timer: Timer, ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const limit = timer.set(resolve, ms);
    work.then(resolve, reject).finally(() => timer.clear(limit));
  });
}
