// How long something took, many times over, in fixed memory: counts in classes each 5 % wider than the one before.

/** Lower end of the second class, in milliseconds; the first holds all that is shorter. */
const LEAST_MS = 0.05;
const GROWTH = 1.05;
/** The last class holds all from an hour on. */
const CLASSES = 1 + Math.ceil(Math.log(3_600_000 / LEAST_MS) / Math.log(GROWTH));

export class Latencies {
  readonly #counts = new Uint32Array(CLASSES);
  #count = 0;
  #longest = 0;

  add(ms: number): void {
    const found = ms < LEAST_MS ? 0 : 1 + Math.floor(Math.log(ms / LEAST_MS) / Math.log(GROWTH));
    this.#counts[Math.min(found, CLASSES - 1)]!++;
    this.#count++;
    this.#longest = Math.max(this.#longest, ms);
  }

  get count(): number {
    return this.#count;
  }

  /** The longest, in milliseconds; undefined when there was none. */
  get longest(): number | undefined {
    return this.#count === 0 ? undefined : this.#longest;
  }

  /**
   * The time that a share of all did not pass, in milliseconds, too long by 5 % at most; undefined when there was none.
   * @param share 0 to 1: 0.5 for the median
   */
  quantile(share: number): number | undefined {
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let i = 0; i < CLASSES; i++) {
      left -= this.#counts[i]!;
      if (left <= 0) return Math.min(LEAST_MS * GROWTH ** i, this.#longest);
    }
    return undefined;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#longest = 0;
  }
}
