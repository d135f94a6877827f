// The line discipline towards the host: echo, command lines up to CR, counted bodies after a prompt. Bytes that come
// while a command is in flight wait in a bounded input buffer, as in the module's UART driver; what does not fit is lost.

import type { Job } from "./agenda.js";
import { ascii } from "./ascii.js";
import type { LinePart, Machine } from "./machine.js";
import { LINE_LIMIT } from "./parse.js";

/** Bytes that may wait while a command is in flight. */
const INPUT_LIMIT = 8192;
/** Room for a line: what a host may put before AT, AT itself, and the 559 characters behind it. */
const LINE_BYTES = LINE_LIMIT + 256;

const CR = 13;
const LF = 10;
const BACKSPACE = 8;
const PROMPT = "\r\n> ";
const CTRL_Z = 0x1a;
const ESC = 0x1b;

export class Line implements LinePart {
  readonly #machine: Machine;
  /** What the host sent, and how far it was worked through. */
  #input = new Uint8Array(0);
  #at = 0;
  readonly #text = new Uint8Array(LINE_BYTES);
  #length = 0;
  #overlong = false;
  #draining = false;
  #body: { bytes: Uint8Array; filled: number; then: (body: Uint8Array | undefined) => void; limit: Job } | undefined;
  #typed: { text: string; limit: number; then: (text: string | undefined) => void } | undefined;
  #seen = 0;
  /** The last byte worked through was a command's CR: a LF that follows belongs to it. */
  #afterCr = false;
  /** This host ends its lines CR LF: seen the last time something followed a CR. */
  #sendsLf = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  reset(): void {
    this.#at = this.#input.length;
    this.#length = 0;
    this.#overlong = false;
    this.#body?.limit.cancel();
    this.#body = undefined;
    this.#typed = undefined;
    this.#afterCr = false;
  }

  receive(bytes: Uint8Array): void {
    if (this.#machine.data.online) {
      this.#machine.data.receive(bytes);
      return;
    }
    const waiting = this.#input.length - this.#at;
    const kept = bytes.subarray(0, INPUT_LIMIT - waiting);
    const input = new Uint8Array(waiting + kept.length);
    input.set(this.#input.subarray(this.#at));
    input.set(kept, waiting);
    this.#spoil(input.subarray(waiting));
    this.#input = input;
    this.#at = 0;
    this.drain();
  }

  collect(count: number, withinMs: number, then: (body: Uint8Array | undefined) => void, prompt = PROMPT): void {
    // What came before the prompt is no body; behind the prompt a LF is the line's only from a host that sends them.
    if (!this.#skipLf() && !this.#sendsLf) this.#afterCr = false;
    this.#machine.out.raw(ascii(prompt));
    this.#machine.out.storm();
    const limit = this.#machine.later(withinMs, () => this.#finishBody(undefined));
    this.#body = { bytes: new Uint8Array(count), filled: 0, then, limit };
    this.drain();
  }

  collectText(limit: number, then: (text: string | undefined) => void): void {
    if (!this.#skipLf() && !this.#sendsLf) this.#afterCr = false;
    this.#machine.out.raw(ascii(PROMPT));
    this.#typed = { text: "", limit, then };
    this.drain();
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#at < this.#input.length && (this.#body || this.#typed || !this.#machine.executor.busy)) {
      if (this.#skipLf()) continue;
      if (this.#body) this.#fill(this.#body);
      else if (this.#typed) this.#type(this.#typed);
      else if (this.#machine.data.online) this.#at = this.#input.length;
      else this.#command();
    }
    this.#draining = false;
  }

  /** Takes the LF behind a command's CR (SIM7080 AT V1.07 §1.4). @returns whether there was one */
  #skipLf(): boolean {
    if (!this.#afterCr || this.#at === this.#input.length) return false;
    this.#afterCr = false;
    this.#sendsLf = this.#input[this.#at] === LF;
    if (this.#sendsLf) this.#at++;
    return this.#sendsLf;
  }

  /** A character of a text: Ctrl-Z ends it, ESC gives it up, CR begins a line with a prompt of its own. */
  #type(typed: { text: string; limit: number; then: (text: string | undefined) => void }): void {
    const byte = this.#input[this.#at++]!;
    if (this.#machine.session.echo) this.#machine.out.raw(Uint8Array.of(byte));
    if (byte === CTRL_Z || byte === ESC) {
      this.#typed = undefined;
      typed.then(byte === ESC ? undefined : typed.text);
    } else if (byte === BACKSPACE) typed.text = typed.text.slice(0, -1);
    else if (typed.text.length < typed.limit) {
      typed.text += String.fromCharCode(byte === CR ? LF : byte);
      if (byte === CR) this.#machine.out.raw(ascii(PROMPT));
      this.#afterCr = byte === CR;
    }
  }

  #fill(body: { bytes: Uint8Array; filled: number }): void {
    const part = this.#input.subarray(this.#at, this.#at + body.bytes.length - body.filled);
    body.bytes.set(part, body.filled);
    body.filled += part.length;
    this.#at += part.length;
    if (body.filled === body.bytes.length) this.#finishBody(body.bytes);
  }

  #finishBody(bytes: Uint8Array | undefined): void {
    const body = this.#body;
    this.#body = undefined;
    body?.limit.cancel();
    body?.then(bytes);
  }

  /** Takes one command line, or what there is of it, from the input. */
  #command(): void {
    if (this.#length === 0 && this.#input[this.#at] === LF) {
      this.#at++;
      return;
    }
    const end = this.#input.indexOf(CR, this.#at);
    const part = this.#input.subarray(this.#at, end < 0 ? this.#input.length : end + 1);
    this.#at += part.length;
    // The input buffer is never written to again, so that the echo may be a view of it.
    const { echo, lost } = this.#machine.session;
    if (echo && lost === 0) this.#machine.out.raw(part);
    this.#append(end < 0 ? part : part.subarray(0, -1));
    this.#afterCr = end >= 0;
    if (end >= 0) this.#complete();
  }

  #append(part: Uint8Array): void {
    const room = this.#text.length - this.#length;
    if (part.length > room) this.#overlong = true;
    const kept = part.length > room ? part.subarray(0, room) : part;
    this.#text.set(kept, this.#length);
    this.#length += kept.length;
  }

  #complete(): void {
    const text = this.#take();
    const overlong = this.#overlong;
    this.#overlong = false;
    // Not awake, or not sure of the line speed: it hears that something was said, and not what.
    if (this.#machine.session.lost > 0) {
      this.#machine.session.lost--;
      return;
    }
    // Characters before AT are not the module's business (ITU-T V.25ter §5.2.1).
    const start = text.search(/AT/i);
    if (start < 0) return;
    const command = text.slice(start + 2);
    this.#machine.executor.run(overlong || command.length > LINE_LIMIT ? '"' : command);
  }

  #take(): string {
    let text = "";
    for (let i = 0; i < this.#length; i++) {
      const byte = this.#text[i]!;
      if (byte === BACKSPACE) text = text.slice(0, -1);
      else if (byte !== LF) text += String.fromCharCode(byte);
    }
    this.#length = 0;
    return text;
  }

  /** The fault `garble-input`. */
  #spoil(bytes: Uint8Array): void {
    const every = this.#machine.faults.number("garble-input");
    if (every === undefined) return;
    for (let i = 0; i < bytes.length; i++) {
      if (++this.#seen < every || !this.#machine.faults.strikes("garble-input")) continue;
      this.#seen = 0;
      bytes[i]! ^= 0x10;
    }
  }
}
