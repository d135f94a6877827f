// The blocks of the outbox's partition as they fill: what is written in each, seen from outside by its last byte that is not
// erased.

import type { NorFlash } from "../../platform/nor-flash.js";

/** One block. */
export interface BlockLook {
  /** Share that is written, 0 to 1. */
  filled: number;
  /** Erases so far. */
  wear: number;
}

const ERASED = 0xff;
/** Bytes looked at for one figure: an entry's unit. */
const UNIT = 16;

export class FlashMap {
  readonly #flash: NorFlash;

  constructor(flash: NorFlash) {
    this.#flash = flash;
  }

  /** How each block is now; without power none can be read, and each counts as empty. */
  blocks(): BlockLook[] {
    const { blocks, blockLength } = this.#flash.status();
    return Array.from({ length: blocks }, (_, block) => ({
      filled: this.#flash.on ? this.#filled(block, blockLength) : 0,
      wear: this.#flash.wear[block] ?? 0,
    }));
  }

  #filled(block: number, length: number): number {
    const bytes = this.#flash.read(length, block * length);
    let end = length;
    while (end > 0 && isErased(bytes, end - UNIT)) end -= UNIT;
    return end / length;
  }
}

function isErased(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < from + UNIT; i++) if (bytes[i] !== ERASED) return false;
  return true;
}
