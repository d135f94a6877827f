// Clock and timers on XS.

import Time from "time";
import XsTimer from "timer";
import type { Clock, Timer } from "../clock.js";

/** Longest delay of a timer of the SDK, in milliseconds. */
const LONGEST_MS = 0x7fff_ffff;

/** A clock whose monotonic side begins at 0 now; the wall clock is unknown until it is set. */
export function xsClock(): Clock {
  return new XsClock();
}

class XsClock implements Clock {
  #last = Time.ticks;
  #elapsed = 0;
  #wallAtStart: number | undefined;

  /** The SDK's ticks are 32 bits on a chip: what went by is added up before they come round. */
  monotonic(): number {
    const now = Time.ticks;
    this.#elapsed += Math.max(0, Time.delta(this.#last, now));
    this.#last = now;
    return this.#elapsed;
  }

  wall(): number | undefined {
    return this.#wallAtStart === undefined ? undefined : this.#wallAtStart + this.monotonic();
  }

  setWall(ms: number): void {
    this.#wallAtStart = ms - this.monotonic();
  }
}

type OnFault = (error: unknown) => void;

/**
 * Timers of any delay. What a callback throws must not reach XS, which would end: `onFault` gets it.
 * @param onFault called with what a callback threw
 */
export function xsTimer(onFault: OnFault): Timer {
  return {
    set: (callback, ms) => new Pending(callback, Math.max(0, Math.ceil(ms)), onFault),
    clear: (id) => (id as Pending | undefined)?.clear(),
  };
}

/** A timer that is set: one of the SDK's after the other until its time is over. */
class Pending {
  readonly #callback: () => void;
  readonly #onFault: OnFault;
  #left: number;
  #id: ReturnType<typeof XsTimer.set> | undefined;

  constructor(callback: () => void, ms: number, onFault: OnFault) {
    this.#callback = callback;
    this.#left = ms;
    this.#onFault = onFault;
    this.#wait();
  }

  clear(): void {
    if (this.#id !== undefined) XsTimer.clear(this.#id);
    this.#id = undefined;
  }

  #wait(): void {
    const now = Math.min(this.#left, LONGEST_MS);
    this.#left -= now;
    this.#id = XsTimer.set(() => this.#over(), now);
  }

  #over(): void {
    this.#id = undefined;
    if (this.#left > 0) {
      this.#wait();
      return;
    }
    try {
      this.#callback();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
