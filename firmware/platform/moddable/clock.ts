// Clock and timers on XS.

import Time from "time";
import XsTimer from "timer";
import type { Clock, Timer } from "../clock.js";

/** Longest delay of a timer of the SDK, in milliseconds. */
const LONGEST_MS = 0x7fff_ffff;

/** A clock whose monotonic side begins at 0 now; the wall clock is unknown until it is set. */
export function xsClock(): Clock {
  let last = Time.ticks;
  let elapsed = 0;
  let wallAtStart: number | undefined;
  // The SDK's ticks are 32 bits on a chip: what went by is added up before they come round.
  const monotonic = () => {
    const now = Time.ticks;
    elapsed += Math.max(0, Time.delta(last, now));
    last = now;
    return elapsed;
  };
  return {
    monotonic,
    wall: () => (wallAtStart === undefined ? undefined : wallAtStart + monotonic()),
    setWall: (ms) => {
      wallAtStart = ms - monotonic();
    },
  };
}

/**
 * Timers of any delay. What a callback throws must not reach XS, which would end: `onFault` gets it.
 * @param onFault called with what a callback threw
 */
export function xsTimer(onFault: (error: unknown) => void): Timer {
  return {
    set: (callback, ms) => {
      const pending: { id?: ReturnType<typeof XsTimer.set> } = {};
      const wait = (left: number) => {
        const now = Math.min(left, LONGEST_MS);
        pending.id = XsTimer.set(() => {
          delete pending.id;
          if (left > now) {
            wait(left - now);
            return;
          }
          try {
            callback();
          } catch (error) {
            onFault(error);
          }
        }, now);
      };
      wait(Math.max(0, Math.ceil(ms)));
      return pending;
    },
    clear: (id) => {
      const pending = id as { id?: ReturnType<typeof XsTimer.set> } | undefined;
      if (pending?.id !== undefined) XsTimer.clear(pending.id);
    },
  };
}
