// Writes a stream of bytes into a slot, sector by sector: each is erased before its first byte, and all is read back at once.
// Only what lies in whole sectors is there; the sector in progress is erased again when it is gone on with.

import { sameBytes } from "../bytes/equal.js";
import type { Flash, FlashStatus } from "../platform/storage.js";
import { UpdateError } from "./error.js";

/** Bytes that are read back at a time: a whole sector would be 4 KB of XS's heap beside the one that is written. */
const BACK_BYTES = 512;

/** Writes one file. Nothing is kept but what flash holds, and the last bytes that are no whole unit. */
export class SlotWriter {
  readonly #flash: Flash;
  readonly #status: FlashStatus;
  readonly #at: number;
  readonly #length: number;
  readonly #onSector: (done: number) => void;
  /** Bytes that were pushed, the ones before `from` too. */
  #pushed: number;
  #written: number;
  /** Bytes that are not written yet: less than a unit. */
  readonly #unit: Uint8Array;
  #held = 0;

  /**
   * @param at where the file begins in the slot, at a sector's begin
   * @param length of the file
   * @param from bytes that are there: whole sectors, or all
   * @param onSector told how many bytes are there, once each sector is
   */
  constructor(flash: Flash, at: number, length: number, from: number, onSector: (done: number) => void) {
    this.#flash = flash;
    this.#status = flash.status();
    this.#at = at;
    this.#length = length;
    this.#onSector = onSector;
    this.#pushed = from;
    this.#written = from;
    this.#unit = new Uint8Array(this.#status.writeAlign);
  }

  /** Bytes of the file that have been pushed. */
  get pushed(): number {
    return this.#pushed;
  }

  /**
   * Takes the next bytes.
   * @throws UpdateError `update-changed` for more than the file has, `update-flash` when the slot does not keep them
   */
  push(bytes: Uint8Array): void {
    if (bytes.length > this.#length - this.#pushed) throw new UpdateError("update-changed", "the file does not end");
    const { blockLength, writeAlign } = this.#status;
    for (let i = 0; i < bytes.length; ) {
      // To the end of a sector, or of what came.
      const room = blockLength - (this.#pushed % blockLength);
      const piece = bytes.subarray(i, i + room);
      i += piece.length;
      this.#pushed += piece.length;
      this.take(piece, writeAlign);
      if (this.#pushed === this.#length) this.flush();
      if (this.#pushed === this.#length || this.#pushed % blockLength === 0) this.#onSector(this.#pushed);
    }
  }

  private take(piece: Uint8Array, unit: number): void {
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(unit - this.#held, piece.length);
      this.#unit.set(piece.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < unit) return;
      this.write(this.#unit);
      this.#held = 0;
    }
    const whole = at + Math.floor((piece.length - at) / unit) * unit;
    if (whole > at) this.write(piece.subarray(at, whole));
    this.#unit.set(piece.subarray(whole));
    this.#held = piece.length - whole;
  }

  /** The last bytes, with what an erase leaves behind them. */
  private flush(): void {
    if (this.#held === 0) return;
    this.#unit.fill(this.#status.eraseValue, this.#held);
    this.write(this.#unit);
    this.#held = 0;
  }

  private write(bytes: Uint8Array): void {
    const { blockLength } = this.#status;
    const place = this.#at + this.#written;
    const isKept = this.attempt(() => {
      if (this.#written % blockLength === 0) this.#flash.eraseBlock(place / blockLength);
      this.#flash.write(bytes, place);
      return this.keeps(bytes, place);
    });
    if (!isKept) throw new UpdateError("update-flash", "the slot does not keep what is written to it");
    this.#written += bytes.length;
  }

  private keeps(bytes: Uint8Array, place: number): boolean {
    for (let at = 0; at < bytes.length; at += BACK_BYTES) {
      const piece = bytes.subarray(at, at + BACK_BYTES);
      if (!sameBytes(this.#flash.read(piece.length, place + at), piece)) return false;
    }
    return true;
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new UpdateError("update-flash", "the slot cannot be written", error);
    }
  }
}
