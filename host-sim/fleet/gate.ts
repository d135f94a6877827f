// Bounds how often a fleet connects, the first time and ever after: a broker that comes back is not run down by those who
// waited for it. Each connection takes the next free slot; slots lie 1/rate apart and are never saved up.

import type { Clock, Timer } from "../../firmware/platform/clock.js";

export class Gate {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #timer: Timer;
  readonly #intervalMs: number;
  #nextAt = 0;

  /** @param perSecond connections a second, more than 0 */
  constructor(perSecond: number, clock: Pick<Clock, "monotonic">, timer: Timer) {
    this.#intervalMs = 1_000 / perSecond;
    this.#clock = clock;
    this.#timer = timer;
  }

  /** Settles when the caller may connect. */
  turn(): Promise<void> {
    const now = this.#clock.monotonic();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    return new Promise((resolve) => this.#timer.set(resolve, Math.ceil(at - now)));
  }
}
