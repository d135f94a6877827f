// A board with two slots. What the chip does in C takes nothing of XS's heap there, and so does nothing here: what lies in flash
// is read from the bench's files, a signature holds, a digest is the one that is wanted.

import type { Flash } from "../../../../firmware/platform/storage.js";
import type { UpdatePlatform } from "../../../../firmware/platform/update.js";

const SECTOR = 4_096;
const STATUS = { size: 1_835_008, blockLength: SECTOR, blocks: 448, writeAlign: 16, eraseValue: 0xff };

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
    return STATUS;
  }
}

export class Slots implements UpdatePlatform {
  readonly running = new Slot("base", 0);
  readonly target: Slot;
  readonly identity = { seq: 1, version: "1.0.0", board: "esp32-breakout", chip: "esp32", layout: "4m" };

  /** @param fileBytes of the file that comes */
  constructor(fileBytes: number) {
    this.target = new Slot("file", STATUS.size - Math.ceil(fileBytes / SECTOR) * SECTOR);
  }
  /** Made when they are asked for, as the chip makes them. */
  get keys() {
    return ["release-1", "release-2"].map((kid) => ({ kid, point: new Uint8Array(65) }));
  }
  state() {
    return "valid" as const;
  }
  setBoot(): void {}
  markValid(): void {}
  markInvalid(): void {}
  verify(): boolean {
    return true;
  }
  sha256() {
    return { update: () => {}, digest: () => new Uint8Array(32) };
  }
}
