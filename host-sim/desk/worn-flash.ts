// NOR flash with blocks that do not keep what is written to them any more.

import { NorFlash, type NorFlashOptions } from "../platform/nor-flash.js";

/** A block that is worn out loses one bit of whatever is written to it. */
const LOST_BITS = 0xff;

export class WornFlash extends NorFlash {
  readonly #worn = new Set<number>();
  readonly #blockLength: number;

  constructor(options: NorFlashOptions) {
    super(options);
    this.#blockLength = this.status().blockLength;
  }

  /** From now on this block is worn out. What was written to it before stays readable. */
  wearOut(block: number): void {
    this.#worn.add(block);
  }

  override write(bytes: Uint8Array, offset: number): void {
    super.write(bytes, offset);
    if (this.#worn.has(Math.floor(offset / this.#blockLength))) this.damage(offset, LOST_BITS);
  }
}
