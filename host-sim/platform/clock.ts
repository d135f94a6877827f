// Clock and timers on Node's own.

import type { Clock, Timer } from "../../firmware/platform/clock.js";

/** Longest delay that Node's timers keep; beyond it they fire at once. */
const LONGEST_MS = 0x7fff_ffff;

/**
 * A clock whose monotonic side begins at 0 now.
 * @param wall `unset` (default): the wall clock is unknown until it is set, as on a chip; `system`: it is this machine's
 */
export function nodeClock(wall: "unset" | "system" = "unset"): Clock {
  const started = performance.now();
  // Whole milliseconds, as on the chip.
  const monotonic = () => Math.floor(performance.now() - started);
  let wallAtStart = wall === "system" ? Date.now() : undefined;
  return {
    monotonic,
    wall: () => (wallAtStart === undefined ? undefined : wallAtStart + monotonic()),
    setWall: (ms) => {
      wallAtStart = ms - monotonic();
    },
  };
}

/** Node's timers; delays of any length. */
export const nodeTimer: Timer = {
  set: (callback, ms) => {
    const pending: { id?: NodeJS.Timeout } = {};
    const wait = (left: number) => {
      const now = Math.min(Math.max(left, 0), LONGEST_MS);
      pending.id = setTimeout(() => (left > now ? wait(left - now) : callback()), now);
    };
    wait(ms);
    return pending;
  },
  clear: (id) => clearTimeout((id as { id?: NodeJS.Timeout } | undefined)?.id),
};
