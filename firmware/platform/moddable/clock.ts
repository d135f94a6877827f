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

/** A timer that is set: one of the SDK's after the other until its time is over. */
interface Pending {
  callback: () => void;
  /** Milliseconds that are left when the SDK's timer is over. */
  left: number;
  id: ReturnType<typeof XsTimer.set> | undefined;
}

/**
 * Timers of any delay. What a callback throws must not reach XS, which would end: `onFault` gets it.
 * @param onFault called with what a callback threw
 */
export function xsTimer(onFault: (error: unknown) => void): Timer {
  const wait = (pending: Pending) => {
    const now = Math.min(pending.left, LONGEST_MS);
    pending.left -= now;
    pending.id = XsTimer.set(() => over(pending), now);
  };
  const over = (pending: Pending) => {
    pending.id = undefined;
    if (pending.left > 0) {
      wait(pending);
      return;
    }
    try {
      pending.callback();
    } catch (error) {
      onFault(error);
    }
  };
  return {
    set: (callback, ms) => {
      const pending: Pending = { callback, left: Math.max(0, Math.ceil(ms)), id: undefined };
      wait(pending);
      return pending;
    },
    clear: (id) => {
      const pending = id as Pending | undefined;
      if (pending?.id !== undefined) XsTimer.clear(pending.id);
      if (pending) pending.id = undefined;
    },
  };
}
