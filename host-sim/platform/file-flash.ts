// A NOR flash partition in a file: `simkey run --state DIR` keeps its outbox there. It outlives the process, killed or not;
// it does not wait for the disk, so the machine's own power cut may undo the last writes.

import { closeSync, constants, existsSync, readFileSync, writeSync } from "node:fs";
import type { Flash, FlashStatus } from "../../firmware/platform/storage.js";
import { NorFlash, type NorFlashOptions } from "./nor-flash.js";
import { checkPrivate, openPrivate, replacePrivate } from "./private-files.js";

/** The file's image in memory has the flash's rules; what they let through is written to the file. */
export class FileFlash implements Flash {
  readonly #image: NorFlash;
  readonly #file: number;

  /**
   * @param path the file, made erased if it is not there
   * @param geometry of the partition; it must be the one the file was made with
   * @throws Error when the file has another size; UnsafePath for a link; Node's error when it cannot be opened
   */
  constructor(path: string, geometry: Pick<NorFlashOptions, "blocks" | "blockLength" | "writeAlign"> = {}) {
    this.#image = new NorFlash(geometry);
    const { size } = this.#image.status();
    checkPrivate(path);
    if (!existsSync(path)) replacePrivate(path, this.#image.read(size, 0));
    this.#file = openPrivate(path, constants.O_RDWR);
    const found = readFileSync(this.#file);
    if (found.length === size) {
      this.#image.write(found, 0);
    } else {
      this.close();
      throw new Error(`${path} has ${found.length} bytes where a partition of ${size} was expected: move it away`);
    }
  }

  status(): FlashStatus {
    return this.#image.status();
  }

  read(length: number, offset: number): Uint8Array {
    return this.#image.read(length, offset);
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#image.write(bytes, offset);
    this.#keep(bytes.length, offset);
  }

  eraseBlock(block: number): void {
    this.#image.eraseBlock(block);
    const { blockLength } = this.#image.status();
    this.#keep(blockLength, block * blockLength);
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file);
  }

  #keep(length: number, offset: number): void {
    const bytes = this.#image.read(length, offset);
    for (let at = 0; at < length; ) at += writeSync(this.#file, bytes, at, length - at, offset + at);
  }
}
