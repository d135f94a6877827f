// Lines ended by CRLF or LF (RFC 9112 §2.2) out of bytes in pieces of any size, bounded.

import { Collector } from "../bytes/collector.js";
import { latin1 } from "../bytes/utf8.js";
import { HttpError } from "./errors.js";

const LF = 0x0a;
const CR = 0x0d;

/** Gathers one line at a time. */
export class LineReader {
  readonly #partial: Collector;
  #next = 0;

  /** @param limit the longest line in bytes, its end included */
  constructor(limit: number) {
    this.#partial = new Collector(limit);
  }

  /**
   * Takes bytes from `from` on, up to the end of a line.
   * @param limit the longest line now, in bytes; at most the constructor's
   * @param what names the line in an error
   * @returns the line without its end, or undefined when it is not complete; `next` then tells how far it read
   * @throws HttpError `http-limit`, or `http-syntax` for a CR within the line (RFC 9112 §2.2)
   */
  read(bytes: Uint8Array, from: number, limit: number, what: string): string | undefined {
    const end = bytes.indexOf(LF, from);
    this.#next = end < 0 ? bytes.length : end + 1;
    const piece = bytes.subarray(from, this.#next);
    if (this.#partial.length + piece.length > limit || !this.#partial.add(piece)) {
      throw new HttpError("http-limit", `the answer's ${what} is longer than ${limit} bytes`);
    }
    if (end < 0) return undefined;
    const line = this.#partial.bytes;
    const length = line.length - (line.at(-2) === CR ? 2 : 1);
    const text = line.subarray(0, length);
    if (text.includes(CR)) throw new HttpError("http-syntax", `the answer's ${what} holds a carriage return`);
    const result = latin1(text);
    this.#partial.clear();
    return result;
  }

  /** Offset behind the last byte that `read` took. */
  get next(): number {
    return this.#next;
  }
}
