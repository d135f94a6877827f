// The chip: restart, deep sleep, watchdog, a word that outlives a restart, and what its ROM can.

import type { ResetMemory, Restart, Sleep, Watchdog } from "../../system.js";

export const restart: Restart = () => native("xs_simkey_restart").call(undefined);

export const sleep: Sleep = (ms) => native("xs_simkey_sleep").call(undefined, ms);

/** In RTC memory. */
export const resetMemory: ResetMemory = {
  get cause() {
    return native("xs_simkey_reset_cause").call(undefined);
  },
  read: () => native("xs_simkey_reset_read").call(undefined),
  write: (word) => native("xs_simkey_reset_write").call(undefined, word),
};

/**
 * A watchdog that is fed from now on, and restarts the chip some time after the last time.
 * @param ms how long it waits then, in milliseconds; asked at each feeding
 */
export function watchdog(ms: () => number): Watchdog {
  const feed = () => native("xs_simkey_watchdog_feed").call(undefined, ms());
  feed();
  return { feed };
}

/** `crc32` of bytes/crc32.ts, by the chip's ROM: a record's takes 15,000 instructions of XS, and this 20. */
export const romCrc32 = (bytes: Uint8Array): number => native("xs_simkey_crc32").call(undefined, bytes);
