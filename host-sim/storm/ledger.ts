// The life of every record, as seen at the outbox: written, acknowledged, dropped; and how often it arrived.
// A power cut leaves in doubt what was being done: then the record may be there or not.

import { latin1 } from "../../firmware/bytes/utf8.js";
import type { Journal, JournalRecord } from "../../firmware/mqtt/journal.js";

export interface RecordLife {
  sequence: number;
  topic: string;
  /** Payload as text, a character a byte. */
  text: string;
  /** When `append` returned: from then on the record may not be lost; undefined: it never did. */
  keptAt: number | undefined;
  /** When it was taken out of the outbox as acknowledged. */
  ackedAt: number | undefined;
  droppedAt: number | undefined;
  /** How often the broker took it. */
  arrivals: number;
}

export class Ledger {
  readonly records = new Map<number, RecordLife>();
  /** When records were acknowledged. */
  readonly proofs: number[] = [];
  readonly #now: () => number;
  /** Records by topic and text: an answer to a command does not bear its number. */
  readonly #byContent = new Map<string, RecordLife[]>();
  /** Records that wait, the oldest first. */
  readonly #waiting = new Map<number, RecordLife>();

  /** @param now milliseconds from the first power-on */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The same journal, watched; called anew at each boot. */
  watch(journal: Journal): Journal {
    this.#resume(journal);
    let dropped = journal.dropped;
    /** Runs a step, and then looks what it dropped: always the oldest. */
    const step = <T>(run: () => T): T => {
      const result = run();
      this.#drop(journal.dropped - dropped);
      dropped = journal.dropped;
      return result;
    };
    return {
      append: (topic, payload, qos, retain) => {
        const record = this.#offer(journal.nextSequence, topic, payload);
        const sequence = journal.append(topic, payload, qos, retain);
        this.#drop(journal.dropped - dropped);
        dropped = journal.dropped;
        this.#keep(record);
        return sequence;
      },
      next: (after): JournalRecord | undefined => step(() => journal.next(after)),
      delivered: (sequence) => {
        step(() => journal.delivered(sequence));
        this.#acknowledge(sequence);
      },
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

  /** The record with this content; of several, the first that was not acknowledged. */
  find(topic: string, payload: Uint8Array): RecordLife | undefined {
    const same = this.#byContent.get(keyOf(topic, latin1(payload)));
    return same?.find(({ ackedAt }) => ackedAt === undefined) ?? same?.at(-1);
  }

  /** Counts an arrival at the broker; of several records with this content, of the first that had not come yet. */
  arrived(topic: string, payload: Uint8Array): RecordLife | undefined {
    const same = this.#byContent.get(keyOf(topic, latin1(payload)));
    const record = same?.find(({ arrivals }) => arrivals === 0) ?? same?.at(-1);
    if (record !== undefined) record.arrivals++;
    return record;
  }

  /** After a boot: what was dropped and not yet noted in flash waits again. */
  #resume(journal: Journal): void {
    this.#waiting.clear();
    const first = journal.next(0)?.sequence ?? journal.nextSequence;
    for (const record of this.records.values()) {
      if (record.sequence < first || record.keptAt === undefined || record.ackedAt !== undefined) continue;
      record.droppedAt = undefined;
      this.#waiting.set(record.sequence, record);
    }
  }

  #offer(sequence: number, topic: string, payload: Uint8Array): RecordLife {
    const text = latin1(payload);
    const record = { sequence, topic, text, keptAt: undefined, ackedAt: undefined, droppedAt: undefined, arrivals: 0 };
    this.records.set(sequence, record);
    const key = keyOf(topic, text);
    const same = this.#byContent.get(key);
    if (same === undefined) this.#byContent.set(key, [record]);
    else same.push(record);
    return record;
  }

  #keep(record: RecordLife): void {
    record.keptAt = this.#now();
    this.#waiting.set(record.sequence, record);
  }

  #acknowledge(sequence: number): void {
    const record = this.records.get(sequence);
    this.#waiting.delete(sequence);
    if (record === undefined) return;
    record.ackedAt ??= this.#now();
    this.proofs.push(this.#now());
  }

  #drop(count: number): void {
    for (const [sequence, record] of this.#waiting) {
      if (count-- <= 0) return;
      this.#waiting.delete(sequence);
      record.droppedAt = this.#now();
    }
  }
}

const keyOf = (topic: string, text: string) => `${topic}\n${text}`;
