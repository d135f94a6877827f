// The outbox: records that wait until the cloud has them, over restarts and power cuts, and notes of what is under way. It is
// mqtt/'s Journal in flash.
//
// Rules: a record is safe when `append` returns; acknowledgements are entries of their own. Each block begins with a
// checkpoint, so opening reads the newest block only, once it is found. The newest block always has room for one more
// acknowledgement, and the block behind it holds nothing that waits, so that the next one finds room too: where it would, the
// oldest records are dropped, and counted. A note never costs a record: it is not taken where it would.
//
// Costs: `append` is two writes, `delivered` and `note` one of 16 bytes; `next` in order needs no search, and out of order it
// halves the blocks, of which each is looked at once. RAM: 4 bytes a block.

import { encodeUtf8, fromUtf8, isPlainText } from "../bytes/utf8.js";
import type { Flash } from "../platform/storage.js";
import { CHECKPOINT_LENGTH, type Checkpoint, SPAN } from "./checkpoint.js";
import { ACK, NOTE, padded, RECORD, UNIT } from "./entry.js";
import { CARRIED, canNote, ELSEWHERE, inForce, NOTES_MASK, type Note, noteOf, withNote, wordOf } from "./note.js";
import { type Entry, FIRST_ENTRY, RingLog, StoreError } from "./ring-log.js";

/** A record as it is kept: what mqtt/ calls a JournalRecord. */
export interface StoredRecord {
  sequence: number;
  topic: string;
  payload: Uint8Array;
  qos: 1 | 2;
  retain: boolean;
}

const NOTHING = new Uint8Array(0);
const NO_NOTES: readonly Note[] = [];
const RETAIN = 4;

export class Outbox {
  readonly #log: RingLog;
  #at: Checkpoint = { next: 1, cursor: 1, dropped: 0, done: new Set() };
  /** Number of the first record that the newest block can hold: none of its own is given up with an older block. */
  #first = 1;
  /** The record that was read last: the search for the next one begins behind it. */
  #last: Entry | undefined;
  /** The newest block when the one behind it was last seen to be free. */
  #freeFor = 0;
  /** Of what is under way, in the order of the log; some may be in force no more. */
  #notes: readonly Note[] = NO_NOTES;

  /** Opens the outbox in a partition, whatever is in it. @throws StoreError `store-geometry`, `store-worn` */
  constructor(flash: Flash) {
    this.#log = new RingLog(flash);
    if (this.#log.newest === 0) this.begin();
    else this.open();
  }

  get nextSequence(): number {
    return this.#at.next;
  }

  /** Records that wait. */
  get size(): number {
    return this.#at.next - this.#at.cursor - this.#at.done.size;
  }

  /** Records dropped since the partition was first used: for want of room, or because they cannot be read any more. */
  get dropped(): number {
    return this.#at.dropped;
  }

  /** Most bytes of topic and payload that a record may have. */
  get recordMax(): number {
    return this.#log.blockLength - 3 * UNIT - CHECKPOINT_LENGTH - 2;
  }

  /**
   * Writes a record; it is safe once this returns. When full, the oldest are dropped.
   * @returns its sequence number, the former `nextSequence`
   * @throws StoreError `store-topic` unless the topic is plain text, `store-too-large`, `store-worn`
   */
  append(topic: string, payload: Uint8Array, qos: 1 | 2 = 1, retain = false): number {
    if (!isPlainText(topic)) throw new StoreError("store-topic", "a topic holds no control character");
    const name = encodeUtf8(topic);
    if (name.length + payload.length > this.recordMax) {
      throw new StoreError("store-too-large", `a record has at most ${this.recordMax} bytes`);
    }
    const body = new Uint8Array(2 + name.length + payload.length);
    new DataView(body.buffer).setUint16(0, name.length);
    body.set(name, 2);
    body.set(payload, 2 + name.length);
    const length = 2 * UNIT + padded(body.length);
    if (this.#log.room < length) this.begin(length);
    this.keepFree();
    this.put(RECORD, qos | (retain ? RETAIN : 0), this.#at.next, body);
    return this.#at.next++;
  }

  /** Whether a record with so many bytes of topic and payload finds room without one that waits being dropped. */
  spare(bytes: number): boolean {
    const { newest, room } = this.#log;
    const begins = room < 2 * UNIT + padded(2 + bytes);
    if (!begins && this.#freeFor === newest) return true;
    // Written where it is now, it frees the block behind; in a new block, the one behind that.
    const left = this.#log.firstLeft(newest + (begins ? 2 : 1));
    return this.#at.cursor >= Math.min(left, begins ? this.#at.next : this.#first);
  }

  /**
   * The oldest waiting record with a sequence number above `after`. One that is SPAN or more ahead of the oldest waiting
   * one is held back.
   */
  next(after: number): StoredRecord | undefined {
    const at = this.#at;
    for (let wanted = Math.max(after + 1, at.cursor); wanted < Math.min(at.next, at.cursor + SPAN); wanted++) {
      // What was dropped on the way may have moved the cursor past what was acknowledged out of order.
      if (wanted < at.cursor || at.done.has(wanted)) continue;
      const found = this.find(wanted);
      const sequence = found?.sequence ?? at.next;
      if (sequence === wanted) return found;
      // What lies between cannot be read any more.
      this.drop(wanted, Math.min(sequence, at.cursor + SPAN));
    }
    return undefined;
  }

  /** The record is acknowledged: it will not come again, whatever happens. */
  delivered(sequence: number): void {
    const { cursor, next, done } = this.#at;
    if (sequence < cursor || sequence >= next || done.has(sequence)) return;
    this.done(sequence);
    this.put(ACK, 0, sequence, NOTHING);
    this.keepRoom();
  }

  /**
   * Notes a PUBLISH before it leaves: the note outlives a restart, as long as one of its records waits.
   * @returns false where it is not kept, for want of room or because the flash does not keep it
   * @throws StoreError `store-worn`
   */
  note(note: Note): boolean {
    const log = this.#log;
    // With room for an acknowledgement behind it.
    if (log.room < 2 * UNIT) {
      if (!this.isFree(log.newest + 1)) return false;
      this.begin(2 * UNIT);
    }
    // As the acknowledgement needs the block behind it, once this one is full.
    const { newest } = log;
    if (this.#freeFor !== newest && !this.isFree(newest + 1)) return false;
    this.#freeFor = newest;
    if (!canNote(note)) return false;
    this.#notes = inForce(withNote(this.#notes, note), this.#at);
    const isKept = this.putNote(note, 0);
    this.keepRoom();
    return isKept;
  }

  /** The notes in force, in the order in which they were made. */
  notes(): readonly Note[] {
    return inForce(this.#notes, this.#at);
  }

  /** Reads the newest block. */
  private open(): void {
    const log = this.#log;
    const opening = log.opening(log.newest);
    if (!opening) {
      this.begin();
      return;
    }
    const { checkpoint } = opening;
    this.#at = checkpoint;
    this.#first = checkpoint.next;
    let end = FIRST_ENTRY;
    let last: Entry | undefined;
    /** Notes that the opening tells of, and that were not found yet. */
    let missing = opening.flags;
    for (const entry of log.entries(log.newest)) {
      const { kind, number } = entry;
      missing -= carried(entry);
      // A number follows the one before, or is that of a torn record, given again. What else there may be is none of ours.
      if (kind === RECORD && number !== checkpoint.next && number !== last?.number) break;
      end = entry.end;
      if (kind === RECORD) {
        last = entry;
        checkpoint.next = number + 1;
      } else if (kind === ACK && number < checkpoint.next) {
        // It was sent: all that is SPAN or more before it had been acknowledged, or dropped since it cannot be read.
        this.drop(checkpoint.cursor, number - SPAN + 1);
        this.done(number);
      } else if (kind === NOTE) this.#notes = withNote(this.#notes, noteOf(entry));
    }
    // Only the latest record can be torn: an earlier one that was had its number given to the next.
    if (last && !log.body(last)) checkpoint.next = last.number;
    log.resume(end);
    if (missing !== 0) this.recall();
    this.giveUp(log.newest);
    // Before its first record was written to this block, the next one was freed: what was dropped then stays dropped.
    if (last) this.keepFree();
    this.keepRoom();
  }

  /** Begins a block. @param needed bytes that must find room in it, besides the notes in force */
  private begin(needed = UNIT): void {
    const log = this.#log;
    this.giveUp(log.newest + 1);
    this.#first = this.#at.next;
    const notes = this.notes();
    this.#notes = notes;
    const carries = this.hasRoomFor(notes.length, log.blockLength - UNIT - CHECKPOINT_LENGTH - needed);
    log.begin(this.#at, carries ? notes.length : ELSEWHERE);
    if (carries) for (const note of notes) if (!this.putNote(note, CARRIED)) return;
  }

  /** Whether so many notes may stand in the next block, where there is so much room. */
  private hasRoomFor(notes: number, room: number): boolean {
    if (notes === 0) return true;
    // Acknowledgements would want for it where the block behind that is not free.
    return notes <= NOTES_MASK && notes * UNIT <= room && this.isFree(this.#log.newest + 2);
  }

  private putNote(note: Note, flags: number): boolean {
    const { first, last } = note;
    return this.#log.append(NOTE, flags | (last - first), first, NOTHING, wordOf(note));
  }

  /** Reads the notes of older blocks too, from the latest on that has all that were in force when it was begun. */
  private recall(): void {
    const log = this.#log;
    let from = log.newest - 1;
    while (from > log.oldest && !this.hasAllNotes(from)) from--;
    for (; from <= log.newest; from++) {
      if (log.firstOf(from) === 0) continue;
      for (const entry of log.entries(from))
        if (entry.kind === NOTE) this.#notes = inForce(withNote(this.#notes, noteOf(entry)), this.#at);
    }
  }

  /** Whether all notes that were in force when a block was begun stand in it. */
  private hasAllNotes(block: number): boolean {
    let missing = this.#log.opening(block)?.flags;
    if (missing === undefined) return false;
    for (const entry of this.#log.entries(block)) missing -= carried(entry);
    return missing === 0;
  }

  /** Sees to it that an acknowledgement finds room: it must be safe before the block with its record may be erased. */
  private keepRoom(): void {
    if (this.#log.room < UNIT) this.begin();
  }

  /** Sees to it that the block behind the newest holds nothing that waits. */
  private keepFree(): void {
    const { newest } = this.#log;
    if (this.#freeFor === newest) return;
    this.giveUp(newest + 1);
    this.#freeFor = newest;
  }

  /** Drops what will be gone once block `number` is begun, or what is gone now that it has been. */
  private giveUp(number: number): void {
    this.drop(this.#at.cursor, this.goneBy(number));
  }

  /** Whether the place of block `number` holds nothing that waits. */
  private isFree(number: number): boolean {
    return this.goneBy(number) <= this.#at.cursor;
  }

  /** The first record that would be left if block `number` were begun. */
  private goneBy(number: number): number {
    return Math.min(this.#log.firstLeft(number), this.#first);
  }

  /** Writes an entry, to a new block if the newest does not keep it. */
  private put(kind: number, flags: number, number: number, body: Uint8Array): void {
    if (this.#log.append(kind, flags, number, body)) return;
    this.begin(2 * UNIT + padded(body.length));
    if (!this.#log.append(kind, flags, number, body)) throw new StoreError("store-worn", "the flash keeps no entries");
  }

  /** Drops the records from `from` up to, not including, `to`. */
  private drop(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) {
      // What was acknowledged out of order is passed by the cursor, and counts as it was.
      if (sequence < this.#at.cursor || this.#at.done.has(sequence)) continue;
      this.done(sequence);
      this.#at.dropped++;
    }
  }

  /** Counts a record among those that wait no more. */
  private done(sequence: number): void {
    const { done } = this.#at;
    if (sequence >= this.#at.cursor) done.add(sequence);
    while (done.delete(this.#at.cursor)) this.#at.cursor++;
  }

  /** The newest block that begins with a number of `wanted` or less, found by halving; 0: there is none. */
  private blockOf(wanted: number): number {
    const log = this.#log;
    let found = 0;
    let high = log.newest;
    for (let low = log.oldest; low <= high; ) {
      const middle = low + ((high - low) >> 1);
      // One that cannot be read tells nothing: the next one that can does.
      let block = middle;
      let first = log.firstOf(block);
      while (first === 0 && block < high) first = log.firstOf(++block);
      if (first > 0 && first <= wanted) {
        found = block;
        low = block + 1;
      } else high = middle - 1;
    }
    return found;
  }

  /** The first sound record with a sequence number of `wanted` or more. */
  private find(wanted: number): StoredRecord | undefined {
    const log = this.#log;
    const { oldest } = log;
    const last = this.#last && this.#last.block >= oldest && this.#last.number <= wanted ? this.#last : undefined;
    for (let block = last?.block ?? Math.max(oldest, this.blockOf(wanted)); block <= log.newest; block++) {
      if (log.firstOf(block) === 0) continue;
      for (const entry of log.entries(block, last?.block === block ? last.offset : undefined)) {
        const sought = entry.kind === RECORD && entry.number >= wanted && entry.number < this.#at.next;
        const body = sought ? log.body(entry) : undefined;
        const record = body && body.length <= this.recordMax + 2 ? recordOf(entry, body) : undefined;
        if (!record) continue;
        this.#last = entry;
        return record;
      }
    }
    return undefined;
  }
}

/** How many notes an entry is that were carried over. */
const carried = ({ kind, flags }: Entry): number => (kind === NOTE && flags >= CARRIED ? 1 : 0);

/** Undefined for a body that no `append` has written, whatever its checksum says. */
function recordOf({ number, flags }: Entry, body: Uint8Array): StoredRecord | undefined {
  const topicEnd = 2 + (body[0]! << 8) + body[1]!;
  const topic = topicEnd <= body.length ? fromUtf8(body.subarray(2, topicEnd)) : undefined;
  if (topic === undefined) return undefined;
  return {
    sequence: number,
    topic,
    payload: body.subarray(topicEnd),
    qos: (flags & ~RETAIN) === 2 ? 2 : 1,
    retain: (flags & RETAIN) > 0,
  };
}
