// Slots whose flash holds what the bench's files say.

import type { Flash } from "../../../../firmware/platform/storage.js";
import { SLOT, TwoSlots } from "../two-slots.js";

/** A file of the bench in a slot, in the sectors of its end or of its begin; of what is written the last alone is kept. */
class Slot implements Flash {
  readonly #file: string;
  readonly #at: number;
  #written: Uint8Array | undefined;
  #writtenAt = -1;

  constructor(file: string, at: number) {
    this.#file = file;
    this.#at = at;
  }

  read(length: number, offset: number): Uint8Array {
    const from = offset - this.#writtenAt;
    const written = this.#written;
    if (written !== undefined && from >= 0 && from + length <= written.length)
      return written.slice(from, from + length);
    const bytes = offset < this.#at ? undefined : host.input(this.#file, offset - this.#at, length);
    return bytes?.byteLength === length ? new Uint8Array(bytes) : new Uint8Array(length);
  }
  write(bytes: Uint8Array, offset: number): void {
    // The SDK takes whole buffers only (platform/moddable/esp32/storage.ts).
    if (bytes.byteLength !== bytes.buffer.byteLength) bytes.slice();
    this.#written = bytes;
    this.#writtenAt = offset;
  }
  eraseBlock(): void {}
  status() {
    return SLOT;
  }
}

/** @param fileBytes of the file that comes */
export const slotsFor = (fileBytes: number): TwoSlots =>
  new TwoSlots(
    new Slot("base", 0),
    new Slot("file", SLOT.size - Math.ceil(fileBytes / SLOT.blockLength) * SLOT.blockLength),
  );
