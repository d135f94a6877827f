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

/** What a timer's id of the SDK, which is an object, carries of ours. */
interface Pending {
  /** Undefined once it is over or cleared. */
  callback: (() => void) | undefined;
  /** What came in parts, since it is longer than a timer of the SDK may be: milliseconds that are left behind this part. */
  left?: number;
  /** The part that runs now; left out: it is this one. */
  part?: Pending | undefined;
}

/**
 * Timers of any delay. What a callback throws must not reach XS, which would end: `onFault` gets it.
 * @param onFault called with what a callback threw
 */
export function xsTimer(onFault: (error: unknown) => void): Timer {
  // One function for all: the SDK hands it the id of the timer that is over, and the rest is in there.
  const over = (id: unknown) => {
    const pending = id as Pending;
    const { callback } = pending;
    pending.callback = undefined;
    try {
      callback?.();
    } catch (error) {
      onFault(error);
    }
  };
  return new XsTimers(over);
}

class XsTimers implements Timer {
  readonly #over: (id: unknown) => void;

  constructor(over: (id: unknown) => void) {
    this.#over = over;
  }

  set(callback: () => void, ms: number): Pending {
    const whole = Math.max(0, Math.ceil(ms));
    return whole > LONGEST_MS ? this.inParts({ callback, left: whole }) : this.once(callback, whole);
  }

  clear(id: unknown): void {
    const pending = id as Pending | undefined;
    if (pending?.callback === undefined) return;
    pending.callback = undefined;
    if (pending.left === undefined) XsTimer.clear(pending as unknown as ReturnType<typeof XsTimer.set>);
    else this.clear(pending.part);
  }

  private once(callback: () => void, ms: number): Pending {
    const id = XsTimer.set(this.#over, ms) as unknown as Pending;
    id.callback = callback;
    return id;
  }

  /** One of the SDK's timers after the other. */
  private inParts(pending: Pending): Pending {
    const now = Math.min(pending.left!, LONGEST_MS);
    pending.left! -= now;
    pending.part = this.once(() => {
      if (pending.left! > 0) {
        this.inParts(pending);
        return;
      }
      const { callback } = pending;
      pending.callback = undefined;
      callback?.();
    }, now);
    return pending;
  }
}
