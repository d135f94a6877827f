// Makes an image of its file, a sector at a time: the file lies in the tail of the slot, the image grows from its begin. Begun
// anew after a power cut: what was made before is made again. Where the slot does not hold both, the image grows over what of
// the file has been read, and never over what has not.

import type { Flash } from "../platform/storage.js";
import type { Bytes, DecoderFactory, ImageDecoder } from "./decoder.js";
import { UpdateError } from "./error.js";
import type { Manifest } from "./manifest.js";
import { fileOffset } from "./rules.js";
import { SlotWriter } from "./slot-writer.js";

/** A part of a flash as a decoder reads it. */
export function bytesIn(flash: Pick<Flash, "read">, at: number, length: number): Bytes {
  return { length, read: (count, offset) => flash.read(count, at + offset) };
}

export class Unpacking {
  readonly #decoder: ImageDecoder;
  readonly #writer: SlotWriter;
  readonly #sector: Uint8Array;
  readonly #size: number;
  /** Where the file begins in the slot, how long it is, and how much of it has been read. */
  readonly #fileAt: number;
  readonly #fileLength: number;
  #read = 0;

  /** @throws UpdateError `update-format` */
  constructor(manifest: Manifest, target: Flash, running: Pick<Flash, "read">, decoder: DecoderFactory) {
    const { size, length, base } = manifest;
    const { size: slotBytes, blockLength } = target.status();
    this.#fileAt = fileOffset(manifest, slotBytes, blockLength);
    this.#fileLength = length;
    const file: Bytes = {
      length,
      read: (count, offset) => {
        this.#read = Math.max(this.#read, offset + count);
        return target.read(count, this.#fileAt + offset);
      },
    };
    this.#decoder = decoder({ file, size, ...(base && { base: bytesIn(running, 0, base.size) }) });
    this.#writer = new SlotWriter(target, 0, size, 0, () => {});
    this.#sector = new Uint8Array(blockLength);
    this.#size = size;
  }

  /**
   * Makes the next sector.
   * @returns whether the image is complete
   * @throws UpdateError `update-format`, `update-flash`; `update-size` when the image catches up with the file
   */
  step(): boolean {
    const made = this.#decoder.read(this.#sector);
    const left = this.#size - this.#writer.pushed;
    if (made < Math.min(this.#sector.length, left)) throw new UpdateError("update-format", "the file makes too little");
    const end = this.#writer.pushed + this.#sector.length;
    if (end > this.#fileAt + this.#read && this.#read < this.#fileLength) {
      throw new UpdateError("update-size", "the slot has no room for the image and the file that it is made of");
    }
    this.#writer.push(this.#sector.subarray(0, Math.min(made, left)));
    if (this.#writer.pushed < this.#size) return false;
    // A file that would make more is none of this image.
    if (made > left || this.#decoder.read(this.#sector.subarray(0, 1)) > 0) {
      throw new UpdateError("update-format", "the file makes too much");
    }
    return true;
  }
}
