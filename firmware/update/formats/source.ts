// The bytes of a file in their order, fetched by pieces.

import type { Bytes } from "../decoder.js";

/** Bytes that are fetched at a time. */
const PIECE = 256;

export class Source {
  readonly #file: Bytes;
  #next = 0;

  constructor(file: Bytes) {
    this.#file = file;
  }

  /** Whether all was fetched. */
  get isOver(): boolean {
    return this.#next >= this.#file.length;
  }

  /** The next bytes; none at the end. */
  fetch(): Uint8Array {
    const length = Math.min(PIECE, this.#file.length - this.#next);
    const bytes = length > 0 ? this.#file.read(length, this.#next) : new Uint8Array(0);
    this.#next += bytes.length;
    return bytes;
  }
}
