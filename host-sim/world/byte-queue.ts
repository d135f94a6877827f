// First in, first out for bytes: chunks are kept as they came and copied once, when they are taken.

/** A queue of bytes. It sets no limit of its own: its owner does. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that were taken already. */
  #taken = 0;
  #length = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Appends bytes without copying them: the caller no longer writes to them. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /**
   * Takes at most `limit` bytes (1 or more) from the front, as a copy.
   * @returns undefined when there are none
   */
  take(limit: number = this.#length): Uint8Array<ArrayBuffer> | undefined {
    if (this.#length === 0) return undefined;
    const bytes = new Uint8Array(Math.min(limit, this.#length));
    let at = 0;
    while (at < bytes.length) {
      const first = this.#chunks[0]!;
      const count = Math.min(first.length - this.#taken, bytes.length - at);
      bytes.set(first.subarray(this.#taken, this.#taken + count), at);
      at += count;
      this.#taken += count;
      if (this.#taken === first.length) {
        this.#chunks.shift();
        this.#taken = 0;
      }
    }
    this.#length -= bytes.length;
    return bytes;
  }

  /** Drops all that is waiting. */
  clear(): void {
    this.#chunks = [];
    this.#taken = 0;
    this.#length = 0;
  }
}
