// The entries of a session, the latest ones, and which of them are looked at. What a frame costs does not grow with their number:
// each is looked at once as it comes, and all of them once when another choice is made.

import { matches } from "../../cloud/broker/topics.js";
import type { Entry, Lane } from "../../desk/entry.js";

/** Entries that are kept, and how many go at once when there are more. */
export const KEPT = 60_000;
const GONE = 10_000;

/** Entries, numbered from 0 as they came. */
export class EntryStore {
  readonly #entries: Entry[] = [];
  /** Number of the first one that is still here. */
  first = 0;

  /** Number of the one to come. */
  get end(): number {
    return this.first + this.#entries.length;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length < KEPT) return;
    this.#entries.splice(0, GONE);
    this.first += GONE;
  }

  at(number: number): Entry | undefined {
    return this.#entries[number - this.first];
  }

  clear(): void {
    this.first = this.end;
    this.#entries.length = 0;
  }
}

/** What is looked at. */
export interface Choice {
  lanes: ReadonlySet<Lane>;
  /** In small letters; empty: anything. */
  search: string;
  /** An MQTT topic filter; empty: any. */
  topic: string;
  /** One record; undefined: all. It is followed in every lane. */
  seq: number | undefined;
}

/** The chosen entries, by their numbers. */
export class View {
  readonly #store: EntryStore;
  #choice: Choice;
  #numbers: number[] = [];
  /** Number of the first entry that was not looked at. */
  #seen = 0;

  constructor(store: EntryStore, choice: Choice) {
    this.#store = store;
    this.#choice = choice;
  }

  choose(choice: Choice): void {
    this.#choice = choice;
    this.#numbers = [];
    this.#seen = 0;
    this.update();
  }

  /** Looks at what has come. @returns how many are chosen */
  update(): number {
    const store = this.#store;
    if (this.#numbers.length > 0 && this.#numbers[0]! < store.first) {
      this.#numbers = this.#numbers.slice(this.#after(store.first - 1));
    }
    for (let number = Math.max(this.#seen, store.first); number < store.end; number++) {
      if (isChosen(store.at(number)!, this.#choice)) this.#numbers.push(number);
    }
    this.#seen = store.end;
    return this.#numbers.length;
  }

  get length(): number {
    return this.#numbers.length;
  }

  /** The entry in this row. */
  row(index: number): { number: number; entry: Entry } | undefined {
    const number = this.#numbers[index];
    const entry = number === undefined ? undefined : this.#store.at(number);
    return entry && { number: number!, entry };
  }

  /** The first row at this time or later. */
  rowAt(t: number): number {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.row(middle)?.entry.t ?? 0) < t) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #after(number: number): number {
    const index = this.#numbers.findIndex((other) => other > number);
    return index < 0 ? this.#numbers.length : index;
  }
}

function isChosen(entry: Entry, { lanes, search, topic, seq }: Choice): boolean {
  if (seq !== undefined) return entry.seq === seq;
  if (!lanes.has(entry.lane)) return false;
  if (topic !== "" && !(typeof entry.topic === "string" && matches(topic, entry.topic, true))) return false;
  if (search === "") return true;
  return `${entry.name} ${lineOf(entry)}`.toLowerCase().includes(search);
}

const LEFT_OUT: ReadonlySet<string> = new Set([
  "t",
  "lane",
  "name",
  "level",
  "way",
  "text",
  "seq",
  "connection",
  "clientId",
]);

/** An entry on one line, behind its name. */
export function lineOf(entry: Entry): string {
  const { text, seq } = entry;
  const fields = Object.entries(entry)
    .filter(([name, value]) => value !== undefined && !LEFT_OUT.has(name))
    .map(([name, value]) => (name === "topic" ? String(value) : `${name}=${value}`));
  return [...(seq === undefined ? [] : [`#${seq}`]), ...fields, ...(text === undefined ? [] : [text])].join(" ");
}
