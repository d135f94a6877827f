// Time as firmware/ sees it. Protocol cores get `now` as an argument; only drivers and the runner hold a Clock and a Timer.

export interface Clock {
  /** Milliseconds since power-on; never goes back, keeps counting while the wall clock jumps. */
  monotonic(): number;
  /** Milliseconds since 1970-01-01 UTC, or undefined while the device does not know the time. */
  wall(): number | undefined;
  /** Sets the wall clock, in milliseconds since 1970-01-01 UTC. */
  setWall(ms: number): void;
}

/** Opaque handle of a timer. */
export type TimerId = unknown;

export interface Timer {
  /** Calls `callback` once, `ms` milliseconds (0 or more) from now, never from inside `set`. */
  set(callback: () => void, ms: number): TimerId;
  /** Cancels a timer; one that has run or is undefined is harmless. */
  clear(id: TimerId): void;
}
