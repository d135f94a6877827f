// Where records wait until the cloud has them: what a session reads from, and a bounded journal in RAM.
// Rule: a record is in the journal before it is offered, and leaves it when it is acknowledged. store/ has one in flash.

import { isPlainText } from "../bytes/utf8.js";
import { demand } from "./error.js";
import type { QoS } from "./packets.js";

/** A message with its number. The number stays the same however often the message is sent. */
export interface JournalRecord {
  /** 1 or more, growing by one from record to record. */
  sequence: number;
  topic: string;
  payload: Uint8Array;
  qos: Exclude<QoS, 0>;
  retain: boolean;
}

/** A PUBLISH with QoS 1 that is under way. */
export interface FlightNote {
  /** Of the session that it was sent in, 1 to SESSIONS. */
  session: number;
  /** Packet id. */
  id: number;
  /** Numbers of the first and the last of its records. */
  first: number;
  last: number;
  /** How many they are. */
  count: number;
}

/** Sessions that notes can tell apart. */
export const SESSIONS = 511;

/** Where records wait until the broker has them. */
export interface Journal {
  /**
   * Takes over a record (copied); it is safe once this returns. When full, the oldest is dropped and counted.
   * @param qos 1 if left out
   * @param retain false if left out
   * @returns its sequence number, the former `nextSequence`
   * @throws Failure when the record can never fit, or its topic is no plain text (see `isPlainText`)
   */
  append(topic: string, payload: Uint8Array, qos?: Exclude<QoS, 0>, retain?: boolean): number;
  /**
   * The oldest record with a sequence number above `after` that is neither acknowledged nor dropped. A journal may hold
   * back those far ahead of the oldest that waits, until that is acknowledged.
   */
  next(after: number): JournalRecord | undefined;
  /** The record is acknowledged, and gone. In any order; one that is not there is passed over. */
  delivered(sequence: number): void;
  /** Whether a record with so many bytes of topic and payload finds room without one that waits being dropped. */
  spare(bytes: number): boolean;
  /**
   * Notes what is under way, so that it outlives a restart as the records do. Left out: it is kept elsewhere.
   * @returns false where it cannot be kept here now
   */
  note?(note: FlightNote): boolean;
  /** All that was noted and of which a record waits still, in the order in which it was noted. */
  notes?(): readonly FlightNote[];
  /** What `append` will return: for a payload that bears its own number. */
  readonly nextSequence: number;
  /** Records that wait. */
  readonly size: number;
  /**
   * Records dropped, for want of room, since this journal was made; one in flash counts over restarts. One that was under
   * way when it was dropped may arrive all the same: then it is in here and is acknowledged too, so that the records that
   * never arrived are this many at the most.
   */
  readonly dropped: number;
}

/** Records a RAM journal holds. */
const RAM_RECORDS = 64;
/** Payload and topic characters a RAM journal holds, in bytes. */
const RAM_BYTES = 16 * 1024;

/** A journal that a restart empties: for a board without a flash partition, and for tests. */
export class RamJournal implements Journal {
  readonly #records = new Map<number, JournalRecord>();
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #bytes = 0;
  nextSequence = 1;
  dropped = 0;

  /** @param maxRecords 1 or more @param maxBytes bound on topics and payloads together; a lone record may pass it */
  constructor(maxRecords = RAM_RECORDS, maxBytes = RAM_BYTES) {
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
  }

  append(topic: string, payload: Uint8Array, qos: Exclude<QoS, 0> = 1, retain = false): number {
    demand(isPlainText(topic), "a topic holds no control character");
    const record = { sequence: this.nextSequence++, topic, payload: payload.slice(), qos, retain };
    const cost = costOf(record);
    while (this.size > 0 && (this.size >= this.#maxRecords || this.#bytes + cost > this.#maxBytes)) {
      this.delivered(this.next(0)!.sequence);
      this.dropped++;
    }
    this.#records.set(record.sequence, record);
    this.#bytes += cost;
    return record.sequence;
  }

  next(after: number): JournalRecord | undefined {
    if (this.size === 0) return undefined;
    // In order, mostly: no walk over the Map then.
    const following = this.#records.get(after + 1);
    if (following) return following;
    for (const record of this.#records.values()) if (record.sequence > after) return record;
    return undefined;
  }

  delivered(sequence: number): void {
    const record = this.#records.get(sequence);
    if (!record) return;
    this.#records.delete(sequence);
    this.#bytes -= costOf(record);
  }

  spare(bytes: number): boolean {
    return this.size < this.#maxRecords && this.#bytes + bytes <= this.#maxBytes;
  }

  get size(): number {
    return this.#records.size;
  }
}

const costOf = (record: JournalRecord) => record.topic.length + record.payload.length;
