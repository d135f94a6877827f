// The chip: restart, deep sleep, watchdog, what outlives a restart, and what its ROM can.

import type { KeptSlots, ResetMemory, Restart, Sleep, Watchdog } from "../../system.js";

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

/** `crc32` of bytes/crc32.ts, by the chip's ROM: a record's takes 15,000 instructions of XS, and this 20. */
export const romCrc32 = (bytes: Uint8Array): number => native("xs_simkey_crc32").call(undefined, bytes);

/** In RTC memory. */
export const keptSlots: KeptSlots = {
  get count() {
    return native("xs_simkey_slot_count").call(undefined);
  },
  get size() {
    return native("xs_simkey_slot_size").call(undefined);
  },
  read: (slot) => {
    const bytes = native("xs_simkey_slot_read").call(undefined, slot);
    return bytes && new Uint8Array(bytes);
  },
  write: (slot, bytes) => native("xs_simkey_slot_write").call(undefined, slot, bytes),
  crc32: romCrc32,
};

/** Whether what NVS keeps can be read with the chip's own key alone. */
export const storeIsEncrypted = (): boolean => native("xs_simkey_store_is_encrypted").call(undefined);

/**
 * A watchdog that is fed from now on, and restarts the chip some time after the last time.
 * @param ms how long it waits then, in milliseconds; asked at each feeding
 */
export function watchdog(ms: () => number): Watchdog {
  const feed = () => native("xs_simkey_watchdog_feed").call(undefined, ms());
  feed();
  return { feed };
}
