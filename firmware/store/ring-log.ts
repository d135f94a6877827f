// A log of entries in a ring of flash blocks: where entries lie, what is free, and which blocks are there.
// Rules: whole units of 16 bytes are written, each once, to erased places, and read back; nothing is changed in place (flash
// encryption forbids it). A header is written before its body: a torn body is passed over by its length, a torn header
// ends its block. Block number n lies at place n modulo the number of blocks, so wear is even.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import { Failure } from "../platform/failure.js";
import type { Flash, FlashStatus } from "../platform/storage.js";
import { BLOCK, decodeHeader, encodeEntry, type Header, padded, UNIT } from "./entry.js";

/** Blocks that a ring needs: one that is written, one kept free, one that holds what waits. */
export const BLOCKS_MIN = 3;

/** No block has a number above this: 4096 blocks of 100,000 erases each are worn out long before. */
const NUMBER_MAX = 0x7fff_ffff;

/** Why the outbox cannot do what is asked. */
export type StoreCode =
  | "store-geometry" // the partition has too few blocks or an alignment above 16
  | "store-too-large" // a record longer than a block
  | "store-topic" // a topic that no peer would take
  | "store-worn"; // the flash does not keep what is written to it

export class StoreError extends Failure {
  declare readonly code: StoreCode;

  constructor(code: StoreCode, message: string) {
    super(code, message, "give-up");
  }
}

/** An entry and where it was found. */
export interface Entry extends Header {
  /** Number of its block. */
  block: number;
  /** Where it begins, and where the next one does, in bytes from the begin of the block. */
  offset: number;
  end: number;
}

export class RingLog {
  readonly #flash: Flash;
  readonly #status: FlashStatus;
  readonly #crc: (bytes: Uint8Array) => number;
  /** Which block stands at each place; 0: none that can be read. */
  readonly #numbers: Uint32Array;
  /** Number of the newest block; 0 before the first. */
  newest = 0;
  /** Where the next entry goes in the newest block; `blockLength` when it is closed. */
  #offset: number;

  /**
   * @param isSound whether a block may begin with this body; a block that does not is none
   * @throws StoreError `store-geometry`
   */
  constructor(flash: Flash, isSound: (checkpoint: Uint8Array) => boolean) {
    this.#flash = flash;
    this.#status = flash.status();
    this.#crc = flash.crc32 ?? crc32;
    const { blocks, writeAlign, blockLength } = this.#status;
    if (blocks < BLOCKS_MIN || UNIT % writeAlign !== 0 || blockLength % UNIT !== 0) {
      throw new StoreError(
        "store-geometry",
        `an outbox needs ${BLOCKS_MIN} blocks and an alignment of at most ${UNIT}`,
      );
    }
    this.#numbers = new Uint32Array(blocks);
    this.#offset = blockLength;
    for (let place = 0; place < blocks; place++) {
      const opening = this.headerAt(place * blockLength);
      // Its number must suit its place, and its body be sound.
      if (opening?.kind !== BLOCK || opening.number % blocks !== place || opening.number > NUMBER_MAX) continue;
      const body = this.#flash.read(Math.min(opening.length, blockLength - UNIT), place * blockLength + UNIT);
      if (this.#crc(body) !== opening.bodyCrc || !isSound(body)) continue;
      this.#numbers[place] = opening.number;
      this.newest = Math.max(this.newest, opening.number);
    }
  }

  get blockLength(): number {
    return this.#status.blockLength;
  }

  /** Bytes that can still be written to the newest block. */
  get room(): number {
    return this.blockLength - this.#offset;
  }

  /** The lowest number that a block may have, 1 or more. */
  get oldest(): number {
    return Math.max(1, this.newest - this.#status.blocks + 1);
  }

  /** Numbers of the blocks that would be left if block `number` were begun, oldest first. */
  *left(number: number): Generator<number> {
    const { blocks } = this.#status;
    for (let n = Math.max(1, number - blocks + 1); n <= this.newest; n++) if (this.has(n)) yield n;
  }

  has(number: number): boolean {
    return number > 0 && this.#numbers[number % this.#status.blocks] === number;
  }

  /** The entries of a block behind `offset`, as far as they can be told apart. */
  *entries(number: number, offset: number): Generator<Entry> {
    const end = number === this.newest ? this.#offset : this.blockLength;
    for (let at = offset; at < end; ) {
      const entry = this.entryAt(number, at);
      if (!entry) return;
      yield entry;
      at = entry.end;
    }
  }

  /** The body of an entry; undefined when it is torn. */
  body(entry: Entry): Uint8Array | undefined {
    const bytes = this.#flash.read(entry.length, this.place(entry.block) + entry.offset + UNIT);
    return this.#crc(bytes) === entry.bodyCrc ? bytes : undefined;
  }

  /** Tells where the last entry of the newest block ends. What lies behind is used if it is erased, and else left alone. */
  resume(end: number): void {
    this.#offset = end;
    if (this.room < UNIT) return;
    const { eraseValue } = this.#status;
    const free = this.#flash.read(UNIT, this.place(this.newest) + end).every((byte) => byte === eraseValue);
    if (!free) this.#offset = this.blockLength;
  }

  /**
   * Erases the place behind the newest block and begins a new one there; a place that does not keep its opening is skipped.
   * The newest block itself is never erased.
   * @param checkpoint body of the opening entry
   * @param flags of the opening entry
   * @throws StoreError `store-worn`
   */
  begin(checkpoint: Uint8Array, flags = 0): void {
    const { blocks, blockLength } = this.#status;
    const places = this.newest === 0 ? blocks : blocks - 1;
    for (let number = this.newest + 1; number <= this.newest + places; number++) {
      const place = number % blocks;
      this.#numbers[place] = 0;
      this.#flash.eraseBlock(place);
      if (!this.write(place * blockLength, encodeEntry(BLOCK, flags, number, checkpoint, this.#crc))) continue;
      this.#numbers[place] = number;
      this.newest = number;
      this.#offset = UNIT + padded(checkpoint.length);
      return;
    }
    throw new StoreError("store-worn", "no block keeps what is written to it");
  }

  /**
   * Appends an entry to the newest block, which must have room for it.
   * @param word in the place of the body's CRC
   * @returns false when the flash did not keep it; the block is closed then
   */
  append(kind: number, flags: number, number: number, body: Uint8Array, word?: number): boolean {
    const bytes = encodeEntry(kind, flags, number, body, this.#crc, word);
    const at = this.place(this.newest) + this.#offset;
    this.#offset += bytes.length;
    if (this.write(at, bytes)) return true;
    this.#offset = this.blockLength;
    return false;
  }

  private place(number: number): number {
    return (number % this.#status.blocks) * this.blockLength;
  }

  private headerAt(offset: number): Header | undefined {
    return decodeHeader(this.#flash.read(UNIT, offset), this.#crc);
  }

  private entryAt(block: number, offset: number): Entry | undefined {
    if (offset + UNIT > this.blockLength) return undefined;
    const header = this.headerAt(this.place(block) + offset);
    if (!header) return undefined;
    const { kind, flags, length, number, bodyCrc } = header;
    const end = offset + UNIT + padded(length);
    return end <= this.blockLength ? { kind, flags, length, number, bodyCrc, block, offset, end } : undefined;
  }

  /** Writes an entry, the header first. @returns whether it reads back as written */
  private write(offset: number, bytes: Uint8Array): boolean {
    this.#flash.write(bytes.subarray(0, UNIT), offset);
    if (bytes.length > UNIT) this.#flash.write(bytes.subarray(UNIT), offset + UNIT);
    return sameBytes(this.#flash.read(bytes.length, offset), bytes);
  }
}
