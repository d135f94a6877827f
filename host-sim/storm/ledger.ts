// The life of every record, as seen at the outbox: written, acknowledged, dropped; and how often it arrived.
// A power cut leaves in doubt what was being done: then the record may be there or not.

import { latin1 } from "../../firmware/bytes/utf8.js";
import type { Journal, JournalRecord } from "../../firmware/mqtt/journal.js";
import { splitRecords } from "../decode/records.js";
import type { Moved } from "../modem/machine.js";

export interface RecordLife {
  sequence: number;
  topic: string;
  /** Payload as text, a character a byte. */
  text: string;
  /** When `append` returned: from then on the record may not be lost; undefined: it never did. */
  keptAt: number | undefined;
  /** The power went while it was being written: `keptAt` is when the next start found it. */
  found: boolean;
  /** When it was taken out of the outbox as acknowledged. */
  ackedAt: number | undefined;
  droppedAt: number | undefined;
  /** How often the broker took it. */
  arrivals: number;
  /** What was so when it was offered; left out where nobody counts. */
  truth?: Truth;
}

/** What can be counted around a firmware, since its start. */
export interface Truth {
  /** Records that left the outbox as delivered, those among them that no broker can take. */
  delivered: number;
  /** Records that the outbox dropped, and of these how many there were when the record before had been kept. */
  dropped: number;
  droppedBefore: number;
  /** Bytes that the modem's sockets took from the firmware, and gave to it. */
  sent: number;
  taken: number;
}

/** Those that were dropped come last. */
const waitingFirst = (records: readonly RecordLife[]): RecordLife[] => [
  ...records.filter(({ droppedAt }) => droppedAt === undefined),
  ...records.filter(({ droppedAt }) => droppedAt !== undefined),
];

export class Ledger {
  /** By sequence number. */
  readonly records = new Map<number, RecordLife>();
  /** Kept, and unknown to the journal after a restart, which gave their numbers to others. */
  readonly vanished: RecordLife[] = [];
  /** When records were acknowledged. */
  readonly proofs: number[] = [];
  /** When there was no room for one more without another being dropped, where that was asked for. */
  readonly cramped: number[] = [];
  readonly #time: { readonly elapsed: number };
  /** Records by topic and text: an answer to a command does not bear its number. */
  readonly #byContent = new Map<string, RecordLife[]>();
  /** Records that wait, the oldest first. */
  readonly #waiting = new Map<number, RecordLife>();
  /** Records that have a `droppedAt`. */
  #dropped = 0;
  /** Records that had the number of the next one before it, and were not kept: of several, flash may hold the first. */
  #tries: RecordLife[] = [];
  /** The record whose acknowledgement is being written. */
  #delivering: number | undefined;
  /** Counts at the start of the firmware that runs, and of drops when a record was kept last. */
  #start = { delivered: 0, dropped: 0, sent: 0, taken: 0 };
  #droppedBefore = 0;
  readonly #moved: () => Moved;

  /**
   * @param time milliseconds from the first power-on: a world's, whose time began with it
   * @param moved what the modem's sockets have moved so far
   */
  constructor(time: { readonly elapsed: number }, moved: () => Moved = () => ({ sent: 0, taken: 0 })) {
    this.#time = time;
    this.#moved = moved;
  }

  /** The same journal, watched; called anew at each boot. */
  watch(journal: Journal): Journal {
    this.#resume(journal);
    this.#start = { delivered: this.proofs.length, dropped: this.#dropped, ...this.#moved() };
    this.#droppedBefore = this.#dropped;
    return {
      append: (topic, payload, qos, retain) => {
        const record = this.#offer(journal.nextSequence, topic, payload);
        const sequence = journal.append(topic, payload, qos, retain);
        this.#drop(journal.dropped);
        this.#droppedBefore = this.#dropped;
        this.#keep(record);
        return sequence;
      },
      next: (after): JournalRecord | undefined => {
        const found = journal.next(after);
        // On the way to it: what cannot be read any more.
        this.#drop(journal.dropped, after);
        return found;
      },
      delivered: (sequence) => {
        this.#delivering = sequence;
        journal.delivered(sequence);
        this.#delivering = undefined;
        this.#acknowledge(sequence);
        this.#drop(journal.dropped);
        this.proofs.push(this.#time.elapsed);
      },
      spare: (bytes) => {
        const isSpare = journal.spare(bytes);
        if (!isSpare) this.cramped.push(this.#time.elapsed);
        return isSpare;
      },
      note: (note) => journal.note?.(note) ?? false,
      notes: () => journal.notes?.() ?? [],
      get nextSequence() {
        return journal.nextSequence;
      },
      get size() {
        return journal.size;
      },
      get dropped() {
        return journal.dropped;
      },
    };
  }

  /**
   * The records that a message holds, in its order; undefined in the place of what nobody has written. Of several with one
   * content, the first that was not acknowledged and is not under way.
   * @param before what the message stood for when it was sent before; empty: it was not
   * @param underWay what other messages of this session stand for
   */
  find(
    topic: string,
    payload: Uint8Array,
    before: readonly RecordLife[] = [],
    underWay: readonly RecordLife[] = [],
  ): (RecordLife | undefined)[] {
    return this.#textsOf(topic, payload).map((text) => {
      const same = this.#sameAs({ topic, text });
      const waits = waitingFirst(same.filter(({ ackedAt }) => ackedAt === undefined));
      return (
        same.find((record) => before.includes(record)) ??
        waits.find((record) => !underWay.includes(record)) ??
        waits[0] ??
        same.at(-1)
      );
    });
  }

  /**
   * Counts an arrival of each at the broker; of several records with one content, of the first that waits and had not come yet,
   * or else of one that was dropped: it was under way then.
   */
  arrived(topic: string, payload: Uint8Array): (RecordLife | undefined)[] {
    return this.#textsOf(topic, payload).map((text) => {
      const same = this.#sameAs({ topic, text });
      const record = waitingFirst(same).find(({ arrivals }) => arrivals === 0) ?? same.at(-1);
      if (record !== undefined) record.arrivals++;
      return record;
    });
  }

  /** What each record in a message says. One that travels alone is the whole of it, whatever it looks like. */
  #textsOf(topic: string, payload: Uint8Array): string[] {
    const text = latin1(payload);
    if (this.#byContent.has(keyOf(topic, text))) return [text];
    try {
      return splitRecords(payload).map(latin1);
    } catch {
      return [text];
    }
  }

  /**
   * After a boot. What was being done when the power went was done, or not, or in part: an acknowledgement may be in flash,
   * a record that was being written may wait, others may have been dropped for it and counted, and what was dropped and not
   * yet noted in flash waits again.
   */
  #resume(journal: Journal): void {
    const delivering = this.#delivering;
    this.#delivering = undefined;
    if (delivering !== undefined && journal.next(delivering - 1)?.sequence !== delivering)
      this.#acknowledge(delivering);
    this.#settle(journal);
    const first = journal.next(0)?.sequence ?? journal.nextSequence;
    this.#waiting.clear();
    for (const record of [...this.records.values()].filter(({ ackedAt }) => ackedAt === undefined)) {
      const { sequence } = record;
      if (sequence >= journal.nextSequence) this.#vanish(record);
      else if (sequence >= first) {
        if (record.keptAt === undefined) record.found = true;
        record.keptAt ??= this.#time.elapsed;
        if (record.droppedAt !== undefined) this.#dropped--;
        record.droppedAt = undefined;
        this.#waiting.set(sequence, record);
      } else if (record.keptAt !== undefined && record.droppedAt === undefined) this.#waiting.set(sequence, record);
    }
    this.#drop(journal.dropped);
    // Neither dropped by the journal's count nor in it.
    for (const sequence of this.#waiting.keys()) if (sequence < first) this.#waiting.delete(sequence);
  }

  /**
   * Of records with one number, of which none was kept, the one that flash holds: a program that the power has left may go on
   * offering others for a moment, and none of those reaches flash.
   */
  #settle(journal: Journal): void {
    for (const record of this.#tries) {
      const { sequence } = record;
      const inFlash = journal.next(sequence - 1);
      if (inFlash?.sequence !== sequence || inFlash.topic !== record.topic || latin1(inFlash.payload) !== record.text)
        continue;
      const last = this.records.get(sequence);
      if (last !== undefined) this.#vanish(last);
      this.#know(record);
      break;
    }
    this.#tries = [];
  }

  /** The journal does not know of it: its number will be given again. */
  #vanish(record: RecordLife): void {
    this.records.delete(record.sequence);
    if (record.keptAt !== undefined) this.vanished.push(record);
    // Nobody has it: what arrives with the same content is another.
    else
      this.#byContent.set(
        keyOf(record.topic, record.text),
        this.#sameAs(record).filter((other) => other !== record),
      );
  }

  #offer(sequence: number, topic: string, payload: Uint8Array): RecordLife {
    const text = latin1(payload);
    const times = { keptAt: undefined, found: false, ackedAt: undefined, droppedAt: undefined };
    const record: RecordLife = { sequence, topic, text, ...times, arrivals: 0, truth: this.#truth() };
    const before = this.records.get(sequence);
    if (before !== undefined) {
      this.#vanish(before);
      if (before.keptAt === undefined) this.#tries.push(before);
    }
    this.#know(record);
    return record;
  }

  #truth(): Truth {
    const { delivered, dropped, sent, taken } = this.#start;
    const moved = this.#moved();
    return {
      delivered: this.proofs.length - delivered,
      dropped: this.#dropped - dropped,
      droppedBefore: this.#droppedBefore - dropped,
      sent: moved.sent - sent,
      taken: moved.taken - taken,
    };
  }

  #know(record: RecordLife): void {
    this.records.set(record.sequence, record);
    this.#byContent.set(keyOf(record.topic, record.text), [...this.#sameAs(record), record]);
  }

  #keep(record: RecordLife): void {
    this.#tries = [];
    record.keptAt = this.#time.elapsed;
    this.#waiting.set(record.sequence, record);
  }

  #sameAs({ topic, text }: Pick<RecordLife, "topic" | "text">): RecordLife[] {
    return this.#byContent.get(keyOf(topic, text)) ?? [];
  }

  #acknowledge(sequence: number): void {
    this.#waiting.delete(sequence);
    const record = this.records.get(sequence);
    if (record !== undefined) record.ackedAt ??= this.#time.elapsed;
  }

  /** Gives what the journal has dropped by its own count to the oldest that wait, of those behind `after`. */
  #drop(count: number, after = 0): void {
    for (const [sequence, record] of this.#waiting) {
      if (this.#dropped >= count) return;
      if (sequence <= after) continue;
      this.#waiting.delete(sequence);
      record.droppedAt = this.#time.elapsed;
      this.#dropped++;
    }
  }
}

const keyOf = (topic: string, text: string) => `${topic}\n${text}`;
