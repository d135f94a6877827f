// A journal that tells how long the broker took to acknowledge a record: from when it was first offered on a connection.

import { type Journal, type JournalRecord, RamJournal } from "../../firmware/mqtt/journal.js";

export class TimedJournal implements Journal {
  readonly #records = new RamJournal();
  readonly #now: () => number;
  readonly #onDelivered: (ms: number) => void;
  /** When each record under way was offered. */
  readonly #offered = new Map<number, number>();

  /** @param now milliseconds, any origin @param onDelivered told the time of each record */
  constructor(now: () => number, onDelivered: (ms: number) => void) {
    this.#now = now;
    this.#onDelivered = onDelivered;
  }

  append(...record: Parameters<Journal["append"]>): number {
    return this.#records.append(...record);
  }

  next(after: number): JournalRecord | undefined {
    const record = this.#records.next(after);
    if (record && !this.#offered.has(record.sequence)) this.#offered.set(record.sequence, this.#now());
    return record;
  }

  delivered(sequence: number): void {
    const at = this.#offered.get(sequence);
    if (this.#offered.delete(sequence)) this.#onDelivered(this.#now() - at!);
    this.#records.delivered(sequence);
  }

  spare(bytes: number): boolean {
    return this.#records.spare(bytes);
  }

  /** The connection is another: what was offered on the one before is offered anew. */
  reconnected(): void {
    this.#offered.clear();
  }

  get nextSequence(): number {
    return this.#records.nextSequence;
  }

  get size(): number {
    return this.#records.size;
  }

  get dropped(): number {
    return this.#records.dropped;
  }
}
