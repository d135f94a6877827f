// The word that outlives a restart, as the chip's RTC memory keeps it: for a device in Node, whose boots follow each other in one
// process.

import type { ResetCause, ResetMemory } from "../../firmware/platform/system.js";

/** One board's memory. */
export class BoardMemory {
  #word: number | undefined;

  /**
   * The memory as one boot of the board has it.
   * @param cause of the boot; power that comes leaves nothing of the word
   * @param isOn whether that boot still runs: what a dead one writes is not written
   */
  boot(cause: ResetCause, isOn: () => boolean): ResetMemory {
    if (cause === "power") this.#word = undefined;
    return {
      cause,
      read: () => this.#word,
      write: (word) => {
        if (isOn()) this.#word = word;
      },
    };
  }
}
