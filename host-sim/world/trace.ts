// What happened in a virtual world, as a running hash of every event and byte and, on demand, as lines of text.
// Two runs from one seed must give the same hash. Lines tell lengths, never contents: those may be secrets.

const NO_BYTES = new Uint8Array(0);
/** Names whose hashes are kept. */
const NAMES_LIMIT = 4096;

/** Recorder of a world's events. */
export class Trace {
  #high = 0x811c9dc5;
  #low = 0x9e3779b9;
  #count = 0;
  readonly #names = new Map<string, number>();
  readonly #startMs: number;
  readonly #sink: ((line: string) => void) | undefined;

  /**
   * @param startMs time of the first line's zero, milliseconds since 1970
   * @param sink takes each line `<ms since start> <who> <what> <number>`; left out: only the hash is kept
   */
  constructor(startMs: number, sink?: (line: string) => void) {
    this.#startMs = startMs;
    this.#sink = sink;
  }

  /** Notes one event. `value` and `bytes` go into the hash; the line shows `value`, or the number of bytes. */
  note(now: number, who: string, what: string, value = 0, bytes: Uint8Array = NO_BYTES): void {
    this.#count++;
    // Microseconds: finer than anything the world distinguishes, and an integer.
    const micros = Math.round((now - this.#startMs) * 1000);
    this.#mix(micros | 0);
    this.#mix(Math.floor(micros / 0x1_0000_0000));
    this.#mix(this.#hashOf(who));
    this.#mix(this.#hashOf(what));
    this.#mix(value);
    this.#mix(bytes.length);
    const words = bytes.length & ~3;
    for (let i = 0; i < words; i += 4) {
      this.#mix(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    }
    for (let i = words; i < bytes.length; i++) this.#mix(bytes[i]!);
    this.#sink?.(`${(micros / 1000).toFixed(3)} ${who} ${what} ${bytes.length > 0 ? bytes.length : value}`);
  }

  /** Events noted. */
  get count(): number {
    return this.#count;
  }

  /** The hash of all that was noted: 16 hexadecimal digits. */
  digest(): string {
    return [this.#high, this.#low].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #mix(value: number): void {
    // Two FNV-1a lanes with different primes; the second also takes in the first.
    this.#high = Math.imul(this.#high ^ value, 0x01000193);
    this.#low = Math.imul(this.#low ^ value ^ (this.#high >>> 15), 0x85ebca6b);
  }

  /** FNV-1a of a name; there are few, and they come again and again. */
  #hashOf(text: string): number {
    let hash = this.#names.get(text);
    if (hash === undefined) {
      hash = 0x811c9dc5;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      if (this.#names.size < NAMES_LIMIT) this.#names.set(text, hash);
    }
    return hash;
  }
}
