// Several records in one PUBLISH. Rules: records that stand behind each other in the journal, on one topic and of one kind, in
// their order; each is a record still, with its own number and its own place in the journal. What was sent as a group stays that
// group as long as the session lasts: a repeat with DUP is the same to the byte [MQTT-3.3.1-1].

import type { Journal, JournalRecord } from "./journal.js";

/** Which records travel together, and as what. */
export interface BatchRule {
  /** Most bytes of a group's payload. A record that is longer by itself travels alone. */
  readonly bytes: number;
  /** Whether `next` may travel with `first`; their topics are the same. */
  fits(first: JournalRecord, next: JournalRecord): boolean;
  /** Bytes that a group of so many takes besides its records. */
  overhead(count: number): number;
  /** One payload of two or more. */
  join(payloads: readonly Uint8Array[]): Uint8Array;
}

/** Records that travel in one PUBLISH. */
export interface Group {
  /** As it is sent: with the number of the first. */
  record: JournalRecord;
  /** Number of the last. */
  last: number;
  count: number;
}

/**
 * The group that begins with a record.
 * @param last number of its last record where it is known; left out: as many as there is room for
 */
export function gather(journal: Pick<Journal, "next">, first: JournalRecord, rule: BatchRule, last?: number): Group {
  const payloads = [first.payload];
  let bytes = first.payload.length;
  let end = first.sequence;
  for (let next = journal.next(end); next && next.sequence <= (last ?? next.sequence); next = journal.next(end)) {
    if (last === undefined) {
      const { topic, qos, retain } = next;
      if (topic !== first.topic || qos !== first.qos || retain !== first.retain || !rule.fits(first, next)) break;
      if (bytes + next.payload.length + rule.overhead(payloads.length + 1) > rule.bytes) break;
    }
    payloads.push(next.payload);
    bytes += next.payload.length;
    end = next.sequence;
  }
  const count = payloads.length;
  return { record: count === 1 ? first : { ...first, payload: rule.join(payloads) }, last: end, count };
}

/** Numbers of the records from `first` to `last`: of the first, and of those behind it that the journal still has. */
export function numbersOf(journal: Pick<Journal, "next">, first: number, last = first): number[] {
  const numbers = [first];
  if (last === first) return numbers;
  for (let next = journal.next(first); next && next.sequence <= last; next = journal.next(next.sequence)) {
    numbers.push(next.sequence);
  }
  return numbers;
}
