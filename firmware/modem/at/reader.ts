// The AT line's bytes as events: lines, the `>` prompt, counted binary bodies. No IO, no clock.
// Rules: what is expected may change between two events only, so any split of the input gives the same events;
// CR and LF both end a line, empty lines are skipped and blanks around one dropped; a body is taken by count, whatever it holds.

import { latin1 } from "../../bytes/utf8.js";

/** Longest line, in bytes. A command line has at most 561 (SIM7080 AT V1.07 §1.4.4) and may come back as echo. */
export const MAX_LINE_BYTES = 640;
/** Bytes kept for a line before a longer one comes: more than most lines have. */
const USUAL_LINE_BYTES = 128;
/** Longest counted body, in bytes: the most that one AT+CARECV gives (§12.2). */
export const MAX_BODY_BYTES = 1460;

/** What was read. */
export type AtEvent =
  | { readonly type: "line"; readonly text: string }
  | { readonly type: "prompt" }
  | { readonly type: "body"; readonly bytes: Uint8Array }
  /** A line or body longer than its limit; a line is skipped to its end, a body is read as lines. */
  | { readonly type: "overflow"; readonly what: "line" | "body" };

/** What the command in flight lets the reader expect besides lines. */
export interface Expectation {
  /** The line sent: coming back, it is the echo, and skipped. */
  readonly echo?: string | undefined;
  /** True: a `>` at the start of a line is the prompt, which no line end follows. */
  readonly prompt?: boolean;
  /** A line that begins with `prefix`, perhaps blanks, digits and a comma is followed by that many raw bytes, at most `max`. */
  readonly body?: { readonly prefix: string; readonly max: number } | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COMMA = 0x2c;
const ZERO = 0x30;
const GREATER = 0x3e;
const NOTHING: Expectation = {};
const EMPTY = new Uint8Array(0);
/** Digits of a body's count; more cannot be a count within the limit. */
const MAX_COUNT_DIGITS = 4;
/** Where a body may come, only so long a line is looked at as text: those that come between are no longer. */
const COUNTED_LINE_BYTES = 32;

/**
 * Reads the AT line. `push` a chunk, then take events with `next` until it gives none. Most lines lie whole in a chunk: their
 * ends are looked for by the engine, which takes XS a tenth of what a loop over bytes does. All else goes byte by byte, with the
 * same events.
 */
export class AtReader {
  /** What the command in flight expects; set between two calls of `next`. */
  expectation: Expectation = NOTHING;

  #line = new Uint8Array(USUAL_LINE_BYTES);
  #length = 0;
  #skipping = false;
  /** No count stands before this line's first comma: later commas are not looked at, so that each byte costs O(1). */
  #countless = false;
  #body: Uint8Array | undefined;
  #bodyAt = 0;
  #input: Uint8Array = EMPTY;
  #at = 0;
  /** Before this there is no whole line: so each byte is looked at twice at most. */
  #bytewiseTo = 0;

  /** Hands over a chunk. The chunk before it must have been used up by `next`. */
  push(bytes: Uint8Array): void {
    if (this.#at < this.#input.length) throw new RangeError("AtReader: push before the input was used up");
    this.#input = bytes;
    this.#at = this.#bytewiseTo = 0;
  }

  /** The next event, or undefined when more input is needed. O(1) per byte. */
  next(): AtEvent | undefined {
    const input = this.#input;
    while (this.#at < input.length) {
      if (this.#body) {
        const whole = this.fill(this.#body);
        if (whole) return whole;
        continue;
      }
      const line = this.#length > 0 || this.#skipping || this.expectation.prompt ? undefined : this.wholeLine(input);
      const event = line === undefined ? this.bytewise(input) : this.told(line);
      if (event) return event;
    }
    this.#input = EMPTY;
    this.#at = this.#bytewiseTo = 0;
    return undefined;
  }

  /** The line that begins here, where it ends with CR and there is no count in it; it is used up then. */
  private wholeLine(input: Uint8Array): string | undefined {
    const { body } = this.expectation;
    let from = this.#at;
    let first = input[from];
    while (first === CR || first === LF || first === SPACE) first = input[++from];
    this.#at = from;
    if (first === undefined) return "";
    if (from < this.#bytewiseTo) return undefined;
    const end = input.indexOf(CR, from);
    if (end > 0 && end - from <= (body ? COUNTED_LINE_BYTES : MAX_LINE_BYTES)) {
      const line = latin1(input.subarray(from, end));
      // An LF ends a line too.
      if (!line.includes("\n") && !(body && line.includes(","))) {
        this.#at = end + (input[end + 1] === LF ? 2 : 1);
        return line;
      }
    }
    this.#bytewiseTo = end > 0 ? end : input.length;
    return undefined;
  }

  /** Takes bytes up to an event, a line end, or the end of the input. */
  private bytewise(input: Uint8Array): AtEvent | undefined {
    while (this.#at < input.length && !this.#body) {
      const byte = input[this.#at++]!;
      if (byte === CR || byte === LF) return this.endLine();
      const event = this.take(byte);
      if (event) return event;
    }
    return undefined;
  }

  /** Forgets a line or body that has begun, as after a change of the line speed. */
  reset(): void {
    this.#length = 0;
    this.#skipping = false;
    this.#countless = false;
    this.#body = undefined;
    this.expectation = NOTHING;
  }

  private endLine(): AtEvent | undefined {
    const length = this.#length;
    this.#length = 0;
    this.#countless = false;
    if (this.#skipping) {
      this.#skipping = false;
      return undefined;
    }
    return length === 0 ? undefined : this.told(latin1(this.#line.subarray(0, length)));
  }

  /** The event of a line; none for an empty one and the echo. */
  private told(line: string): AtEvent | undefined {
    const text = line.trim();
    return text === "" || text === this.expectation.echo ? undefined : { type: "line", text };
  }

  private take(byte: number): AtEvent | undefined {
    if (this.#skipping) return undefined;
    if (this.#length === 0) {
      // The prompt is `> `: its blank would otherwise begin the next line.
      if (byte === SPACE) return undefined;
      if (byte === GREATER && this.expectation.prompt) return { type: "prompt" };
    }
    if (this.#length === MAX_LINE_BYTES) {
      this.#skipping = true;
      return { type: "overflow", what: "line" };
    }
    if (this.#length === this.#line.length) this.grow();
    this.#line[this.#length++] = byte;
    return byte === COMMA && this.expectation.body && !this.#countless
      ? this.beginBody(this.expectation.body)
      : undefined;
  }

  private grow(): void {
    const line = this.#line;
    this.#line = new Uint8Array(Math.min(2 * line.length, MAX_LINE_BYTES));
    this.#line.set(line);
  }

  private beginBody(expected: { prefix: string; max: number }): AtEvent | undefined {
    const { prefix, max } = expected;
    const end = this.#length - 1;
    if (end <= prefix.length) return undefined;
    this.#countless = true;
    for (let i = 0; i < prefix.length; i++) if (this.#line[i] !== prefix.charCodeAt(i)) return undefined;
    let from = prefix.length;
    while (this.#line[from] === SPACE) from++;
    const digits = end - from;
    if (digits < 1) return undefined;
    let count = 0;
    for (let i = from; i < end; i++) {
      const digit = this.#line[i]! - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      count = count * 10 + digit;
    }
    this.#length = 0;
    this.#countless = false;
    if (digits > MAX_COUNT_DIGITS || count > max) return { type: "overflow", what: "body" };
    if (count === 0) return { type: "body", bytes: EMPTY };
    this.#body = new Uint8Array(count);
    this.#bodyAt = 0;
    return undefined;
  }

  private fill(body: Uint8Array): AtEvent | undefined {
    const part = this.#input.subarray(this.#at, this.#at + body.length - this.#bodyAt);
    body.set(part, this.#bodyAt);
    this.#bodyAt += part.length;
    this.#at += part.length;
    if (this.#bodyAt < body.length) return undefined;
    this.#body = undefined;
    return { type: "body", bytes: body };
  }
}
