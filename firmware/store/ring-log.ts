// A log of entries in a ring of flash blocks: where entries lie, what is free, and which blocks are there.
// Rules: whole units of 16 bytes are written, each once, to erased places, and read back; nothing is changed in place (flash
// encryption forbids it). A header is written before its body: a torn body is passed over by its length, a torn header
// ends its block. Block number n lies at place n modulo the number of blocks, so wear is even.
//
// Costs: opening reads as many openings as it takes to halve the blocks, and LOOKAHEAD more; each block's, where one of them is
// not as it must be in a ring without gaps: after a power cut in the begin of a block, or where blocks are worn out. What a block
// begins with is kept once it was looked at. RAM: 4 bytes a block.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import { Failure } from "../platform/failure.js";
import type { Flash, FlashStatus } from "../platform/storage.js";
import { CHECKPOINT_LENGTH, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { BLOCK, decodeHeader, encodeEntry, type Header, padded, UNIT } from "./entry.js";

/** Blocks that a ring needs: one that is written, one kept free, one that holds what waits. */
export const BLOCKS_MIN = 3;

/** No block has a number above this: 4096 blocks of 100,000 erases each are worn out long before. */
const NUMBER_MAX = 0x7fff_ffff;

/** Bytes that every block begins with. */
export const FIRST_ENTRY = UNIT + CHECKPOINT_LENGTH;
/**
 * Blocks that are looked at behind the one that halving has found. It errs only where so many in a row neither take an erase nor
 * a write, and still hold sound blocks of an earlier round.
 */
const LOOKAHEAD = 8;
/** In the place of a block's number. */
const NO_BLOCK = -1;

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

/** What a block begins with. */
export interface Opening {
  /** Of the block. */
  number: number;
  flags: number;
  checkpoint: Checkpoint;
}

export class RingLog {
  readonly #flash: Flash;
  readonly #status: FlashStatus;
  readonly #crc: (bytes: Uint8Array) => number;
  /** More records than fit into the partition: each takes a header and a body. */
  readonly #most: number;
  /** The first record that the block at each place can hold; 0: it was not looked at yet, or cannot be read. */
  readonly #firsts: Uint32Array;
  /** Number of the newest block; 0 before the first. */
  newest: number;
  /** Where the next entry goes in the newest block; `blockLength` when it is closed. */
  #offset: number;

  /** @throws StoreError `store-geometry` */
  constructor(flash: Flash) {
    this.#flash = flash;
    this.#status = flash.status();
    this.#crc = flash.crc32 ?? crc32;
    const { size, blocks, writeAlign, blockLength } = this.#status;
    if (blocks < BLOCKS_MIN || UNIT % writeAlign !== 0 || blockLength % UNIT !== 0 || blockLength < FIRST_ENTRY) {
      throw new StoreError(
        "store-geometry",
        `an outbox needs ${BLOCKS_MIN} blocks and an alignment of at most ${UNIT}`,
      );
    }
    this.#most = size / (2 * UNIT);
    this.#firsts = new Uint32Array(blocks);
    this.#offset = blockLength;
    this.newest = this.halve() || this.scan();
  }

  /** Number of the newest block by a look at each; 0: there is none. */
  private scan(): number {
    const { blocks } = this.#status;
    let newest = 0;
    for (let place = 0; place < blocks; place++) newest = Math.max(newest, this.numberAt(place));
    return newest;
  }

  /**
   * The same by halving: up to the newest block the places hold numbers of this round, behind it of the one before, or nothing
   * in the first round.
   * @returns 0 where something that was looked at does not fit in: then only a look at each block tells
   */
  private halve(): number {
    const { blocks } = this.#status;
    // Block 1 is at place 1: positions are counted from there.
    const first = this.numberAt(1 % blocks);
    if (first <= 0) return 0;
    let low = 0;
    let high = blocks;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      const age = this.ageAt(middle, first);
      if (age === undefined) return 0;
      if (age === 0) low = middle;
      else high = middle;
    }
    // A place that is worn out may have kept what it had in an earlier round, and have misled the search.
    for (let ahead = 1; ahead <= Math.min(LOOKAHEAD, blocks - 1); ahead++) {
      const position = low + ahead;
      const expected = position < blocks ? 1 : 0;
      if (this.ageAt(position % blocks, first) !== expected) return 0;
    }
    return first + low;
  }

  /** Rounds by which what is at a position is older than the first block: 0 or 1; undefined for anything else. */
  private ageAt(position: number, first: number): number | undefined {
    const { blocks } = this.#status;
    const number = this.numberAt((position + 1) % blocks);
    if (number === first + position) return 0;
    return number === Math.max(0, first + position - blocks) ? 1 : undefined;
  }

  /** Number of the block at a place; 0 where all is erased, NO_BLOCK where something else is. */
  private numberAt(place: number): number {
    const bytes = this.#flash.read(FIRST_ENTRY, place * this.blockLength);
    const opening = this.openingIn(bytes);
    if (opening && opening.number % this.#status.blocks === place) return opening.number;
    const { eraseValue } = this.#status;
    return bytes.every((byte) => byte === eraseValue) ? 0 : NO_BLOCK;
  }

  /** What a block begins with; undefined where it is not there, or damaged, or of another layout. */
  opening(number: number): Opening | undefined {
    const found = this.openingIn(this.#flash.read(FIRST_ENTRY, this.place(number)));
    return found?.number === number ? found : undefined;
  }

  /** The first record that a block can hold, from `oldest` to `newest`; 0 where it cannot be read. */
  firstOf(number: number): number {
    const place = number % this.#status.blocks;
    this.#firsts[place] ||= this.opening(number)?.checkpoint.next ?? 0;
    return this.#firsts[place];
  }

  private openingIn(bytes: Uint8Array): Opening | undefined {
    const header = decodeHeader(bytes, this.#crc);
    if (header?.kind !== BLOCK || header.number < 1 || header.number > NUMBER_MAX) return undefined;
    const body = bytes.subarray(UNIT);
    const isSound = header.length === CHECKPOINT_LENGTH && this.#crc(body) === header.bodyCrc;
    const checkpoint = isSound ? decodeCheckpoint(body, this.#most) : undefined;
    return checkpoint && { number: header.number, flags: header.flags, checkpoint };
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

  /** The first record that would be left if block `number` were begun; 0 where no block would be. */
  firstLeft(number: number): number {
    let first = 0;
    const from = Math.max(1, number - this.#status.blocks + 1);
    for (let n = from; n <= this.newest && first === 0; n++) first = this.firstOf(n);
    return first;
  }

  /** The entries of a block from `offset` on, as far as they can be told apart. */
  *entries(number: number, offset = FIRST_ENTRY): Generator<Entry> {
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
   * @param checkpoint what it begins with
   * @param flags of the opening entry
   * @throws StoreError `store-worn`
   */
  begin(checkpoint: Checkpoint, flags = 0): void {
    const { blocks, blockLength } = this.#status;
    const body = encodeCheckpoint(checkpoint);
    const places = this.newest === 0 ? blocks : blocks - 1;
    for (let number = this.newest + 1; number <= this.newest + places; number++) {
      const place = number % blocks;
      this.#firsts[place] = 0;
      this.#flash.eraseBlock(place);
      if (!this.write(place * blockLength, encodeEntry(BLOCK, flags, number, body, this.#crc))) continue;
      this.#firsts[place] = checkpoint.next;
      this.newest = number;
      this.#offset = FIRST_ENTRY;
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
