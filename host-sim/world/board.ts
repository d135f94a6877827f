// What a board has besides its modem, in virtual time: clock, timers, random numbers. A board that restarts or loses power
// forgets its timers; whatever ran on it never runs again.

import type { Clock, Timer } from "../../firmware/platform/clock.js";
import type { Random } from "../../firmware/platform/system.js";
import type { Prng } from "./prng.js";
import type { Planned, Scheduler } from "./scheduler.js";

export interface BoardClock {
  /** `unset` (default): the wall clock is unknown until somebody sets it, as after power-on; `true`: it is right. */
  wall?: "unset" | "true";
  /** Added to a wall clock that begins as `true`, in milliseconds. */
  skewMs?: number;
  /** How much faster than true time the board's quartz runs, in parts per million; negative: slower. */
  driftPpm?: number;
}

/** The board's parts between one power-on and the next. */
export interface BoardRun {
  clock: Clock;
  timer: Timer;
  /** Ends the run: no timer fires any more. */
  end(): void;
}

/** A board powered on now. */
export function powerOn(scheduler: Scheduler, options: BoardClock = {}): BoardRun {
  const poweredAt = scheduler.now;
  const rate = 1 + (options.driftPpm ?? 0) / 1_000_000;
  const pending = new Set<Planned>();
  let running = true;
  // Whole milliseconds, as on the chip.
  const monotonic = () => Math.floor((scheduler.now - poweredAt) * rate);
  let wallAtPowerOn = options.wall === "true" ? Math.floor(poweredAt) + (options.skewMs ?? 0) : undefined;
  return {
    clock: {
      monotonic,
      wall: () => (wallAtPowerOn === undefined ? undefined : wallAtPowerOn + monotonic()),
      setWall: (ms) => {
        wallAtPowerOn = ms - monotonic();
      },
    },
    timer: {
      set: (callback, ms) => {
        if (!running) return undefined;
        const planned = scheduler.at(scheduler.now + Math.max(0, ms) / rate, () => {
          pending.delete(planned);
          callback();
        });
        pending.add(planned);
        return planned;
      },
      clear: (id) => {
        if (id === undefined) return;
        pending.delete(id as Planned);
        scheduler.cancel(id as Planned);
      },
    },
    end: () => {
      running = false;
      for (const planned of pending) scheduler.cancel(planned);
      pending.clear();
    },
  };
}

/** The board's random source, from the seed. */
export function seededRandom(prng: Prng): Random {
  return (into) => prng.fill(into);
}
