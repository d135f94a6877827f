// What outlives a restart, as the chip's RTC memory keeps it: for a device in Node, whose boots follow each other in one process.

import type { KeptSlots, ResetCause, ResetMemory } from "../../firmware/platform/system.js";

/** As the chip has them (firmware/platform/native/system/reset-memory.h). */
const SLOTS = 2;
const SLOT_BYTES = 2_048;

/** One board's memory. */
export class BoardMemory {
  #word: number | undefined;
  #slots: (Uint8Array | undefined)[] = [];

  /**
   * The memory as one boot of the board has it.
   * @param cause of the boot; power that comes leaves nothing of the word
   * @param isOn whether that boot still runs: what a dead one writes is not written
   */
  boot(cause: ResetCause, isOn: () => boolean): ResetMemory {
    if (cause === "power") {
      this.#word = undefined;
      this.#slots = [];
    }
    return {
      cause,
      read: () => this.#word,
      write: (word) => {
        if (isOn()) this.#word = word;
      },
    };
  }

  /** The slots as one boot of the board has them, behind `boot`. @param isOn as for `boot` */
  slots(isOn: () => boolean): KeptSlots {
    return {
      count: SLOTS,
      size: SLOT_BYTES,
      read: (slot) => this.#slots[slot]?.slice(),
      write: (slot, bytes) => {
        if (bytes.length > SLOT_BYTES) throw new RangeError(`${bytes.length} bytes in a slot of ${SLOT_BYTES}`);
        if (isOn()) this.#slots[slot] = bytes.length === 0 ? undefined : bytes.slice();
      },
    };
  }
}
