// How far the device's wall clock may be off: what the network's reading left open, and what the quartz has drifted since.

import type { LinkTime } from "../platform/link.js";

/** Most that a board's quartz drifts, in parts per million: ESP32 boards have 10 to 20, and age and heat add to it. */
export const DRIFT_PPM = 100;

/** Bounds the error of a clock that was set now and then. */
export class ClockError {
  #uncertaintyMs = 0;
  #readAt: number | undefined;

  /** The clock was set to a reading. @param now monotonic milliseconds */
  set({ uncertaintyMs = 0 }: LinkTime, now: number): void {
    this.#uncertaintyMs = uncertaintyMs;
    this.#readAt = now;
  }

  /** Most that the clock may be off, in milliseconds; 0 before it was ever set: then it tells no time at all. */
  at(now: number): number {
    if (this.#readAt === undefined) return 0;
    return this.#uncertaintyMs + ((now - this.#readAt) * DRIFT_PPM) / 1_000_000;
  }
}
