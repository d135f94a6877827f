// Bytes gathered from chunks up to a named limit.

/** A buffer that grows by doubling, never past its limit. */
export class Collector {
  readonly limit: number;
  #bytes: Uint8Array;
  #length = 0;

  /** @param limit the most bytes it may hold, 1 or more */
  constructor(limit: number) {
    this.limit = limit;
    this.#bytes = new Uint8Array(Math.min(limit, 64));
  }

  /** Number of bytes gathered. */
  get length(): number {
    return this.#length;
  }

  /** Appends a copy. @returns false, and takes nothing, when the limit would be passed */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > this.limit) return false;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.limit, Math.max(length, 2 * this.#bytes.length)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  /** A view on what was gathered, valid until the next `add` or `clear`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}
