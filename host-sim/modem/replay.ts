// A recorded modem, played back: what it said then it says again, in the record's order and after the record's pauses; where
// the host departs from the record, it is told. A modem core like the simulated one, for the same carriers.

import type { ModemAction, ModemCore, NetworkEvent } from "../world/core.js";
import type { RecordEntry } from "./record.js";

/** How far ahead a line of the host's is looked for in the record. */
const LOOK_AHEAD = 50;

/** A record that cannot be read. */
export class RecordError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RecordError";
  }
}

/** Reads a record: one JSON object a line. @throws RecordError that names the line */
export function parseRecord(text: string): RecordEntry[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    let entry: Partial<RecordEntry> | null;
    try {
      entry = JSON.parse(line);
    } catch {
      throw new RecordError(`line ${i + 1} is no JSON`);
    }
    const sound =
      typeof entry?.t === "number" &&
      (entry.dir === "tx" || entry.dir === "rx") &&
      (entry.text === undefined || typeof entry.text === "string") &&
      (entry.body === undefined || (Number.isInteger(entry.body) && entry.body >= 0 && entry.body < 1e6)) &&
      (entry.text !== undefined || entry.body !== undefined);
    if (!sound) throw new RecordError(`line ${i + 1} is no entry of a record`);
    return [entry as RecordEntry];
  });
}

export class Replay implements ModemCore {
  readonly #entries: readonly RecordEntry[];
  readonly #scale: number;
  readonly #departed: (line: number, text: string) => void;
  #next = 0;
  #line = "";
  /** Bytes of a body the host still owes. */
  #owed = 0;
  /** What is to be said, and when. */
  #due: { at: number; bytes: Uint8Array }[] = [];
  #begun = false;
  #afterCr = false;

  /**
   * @param scale factor on the record's pauses
   * @param departed told where the host departs: number of the record's entry (from 1), and a sentence
   */
  constructor(entries: readonly RecordEntry[], scale: number, departed: (line: number, text: string) => void) {
    this.#entries = entries;
    this.#scale = scale;
    this.#departed = departed;
  }

  /** Whether all of the record was played. */
  get finished(): boolean {
    return this.#next === this.#entries.length && this.#due.length === 0;
  }

  uart(bytes: Uint8Array, now: number): ModemAction[] {
    for (const byte of bytes) {
      // The LF behind a line's CR is no part of a body.
      const lineFeed = byte === 10 && this.#afterCr;
      this.#afterCr = byte === 13 && this.#owed === 0;
      if (lineFeed) continue;
      if (this.#owed > 0) {
        this.#owed--;
        if (this.#owed === 0) this.#answer(now);
      } else if (byte === 13) {
        const line = this.#line;
        this.#line = "";
        if (line !== "") this.#heard(line, now);
      } else if (byte !== 10 && this.#line.length < 2048) this.#line += String.fromCharCode(byte);
    }
    return this.poll(now);
  }

  powerKey(): ModemAction[] {
    return [];
  }

  network(_event: NetworkEvent): ModemAction[] {
    return [];
  }

  poll(now: number): ModemAction[] {
    if (!this.#begun) {
      this.#begun = true;
      this.#answer(now, this.#entries[0]?.t ?? 0);
    }
    const said = this.#due.filter(({ at }) => at <= now);
    this.#due = this.#due.filter(({ at }) => at > now);
    return said.map(({ bytes }) => ({ do: "uart", bytes }));
  }

  nextDeadline(): number | undefined {
    return this.#begun ? this.#due[0]?.at : 0;
  }

  /** A line of the host's: the record's next one, or one soon behind it. */
  #heard(line: string, now: number): void {
    const expected = this.#entries.findIndex((entry, i) => i >= this.#next && entry.dir === "tx");
    const same = (entry: RecordEntry) => entry.dir === "tx" && entry.text !== undefined && alike(entry.text, line);
    const at = this.#entries.findIndex((entry, i) => i >= this.#next && i < this.#next + LOOK_AHEAD && same(entry));
    if (at < 0) {
      const wanted =
        expected < 0 ? "the record has ended" : `recorded was ${this.#entries[expected]!.text ?? "a body"}`;
      this.#departed((expected < 0 ? this.#entries.length : expected) + 1, `the host sent ${line}; ${wanted}`);
      this.#say(now, "\r\nERROR\r\n");
      return;
    }
    if (at !== expected) {
      this.#departed(expected + 1, `the host left out ${this.#entries[expected]!.text ?? "a body"} and sent ${line}`);
    }
    this.#next = at + 1;
    this.#answer(now, this.#entries[at]!.t);
  }

  /** Says what the record has until the host speaks. */
  #answer(now: number, from = this.#entries[this.#next]?.t ?? 0): void {
    while (this.#next < this.#entries.length) {
      const { t, dir, text, body } = this.#entries[this.#next]!;
      if (dir === "tx") {
        if (text !== undefined) return;
        // A body of the host's: its answer comes when it has come.
        this.#next++;
        this.#owed = body ?? 0;
        if (this.#owed > 0) return;
        continue;
      }
      this.#next++;
      this.#say(now + Math.max(0, t - from) * this.#scale, linesOf(text ?? "", body));
    }
  }

  #say(at: number, text: string): void {
    const last = this.#due.at(-1)?.at ?? 0;
    this.#due.push({ at: Math.max(at, last), bytes: Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff) });
  }
}

/** A recorded line is met by one that has anything where the record has its mark for a secret. */
function alike(recorded: string, sent: string): boolean {
  const mark = recorded.indexOf("[…]");
  return mark < 0 ? recorded === sent : sent.startsWith(recorded.slice(0, mark));
}

function linesOf(text: string, body: number | undefined): string {
  if (text === "> ") return "\r\n> ";
  if (body === undefined) return `\r\n${text}\r\n`;
  return text.endsWith(",") ? `\r\n${text}${"x".repeat(body)}` : `\r\n${text}\r\n${"x".repeat(body)}`;
}
