// The rest of what a device stands on. Each may be absent where a board lacks it.

/** Fills the whole view with random bytes from a cryptographic source; on the desk's virtual clock from the seed. */
export type Random = (into: Uint8Array) => void;

/** Deep sleep: the chip goes off and boots again after `ms` milliseconds. Never returns on the chip. */
export type Sleep = (ms: number) => void;

/** Restarts the chip. Never returns on the chip. */
export type Restart = () => void;

/**
 * Why the chip has started, as it tells itself:
 * - `power`: power came, or somebody pressed reset
 * - `software`: the program asked for it; or the engine ended, which looks the same
 * - `watchdog`, `panic`, `brown-out`: the program stood still, broke, or had too little voltage
 * - `sleep`: a deep sleep is over
 */
export type ResetCause = "power" | "software" | "watchdog" | "panic" | "brown-out" | "sleep" | "unknown";

/**
 * A word in memory that outlives a restart of the chip and its deep sleep, but not the loss of power. Writing costs
 * next to nothing.
 */
export interface ResetMemory {
  /** Of this start. */
  readonly cause: ResetCause;
  /** The word that was written last, also before this start; undefined when it is lost. */
  read(): number | undefined;
  /** @param word 0 to 2^31 - 1 */
  write(word: number): void;
}

/** A few places for bytes in memory that outlives a restart of the chip and its deep sleep, but not the loss of power. */
export interface KeptSlots {
  /** How many places there are: 0 to `count` - 1. */
  readonly count: number;
  /** Most bytes in each. */
  readonly size: number;
  /** What was written last, also before this start; undefined when it is lost or nothing. */
  read(slot: number): Uint8Array | undefined;
  /** @param bytes at most `size`; none: the place is wiped */
  write(slot: number, bytes: Uint8Array): void;
  /** `crc32` of bytes/crc32.ts, where the platform has a quicker one. */
  readonly crc32?: ((bytes: Uint8Array) => number) | undefined;
}

/** Restarts the chip unless fed in time. Fed by proven progress only. */
export interface Watchdog {
  feed(): void;
}

/** A number 0 <= x < 1 from a random source, for jitter. */
export function unit(random: Random): number {
  const word = new Uint8Array(4);
  random(word);
  return new DataView(word.buffer).getUint32(0) / 0x1_0000_0000;
}
