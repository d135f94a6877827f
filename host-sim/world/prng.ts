// Seeded random numbers: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, period about 2^128.
// A stream is named: a child's numbers depend on the seed and the child's name only, not on what others have drawn.

/** Rounds after seeding, as PractRand's own seeding does. */
const WARM_UP = 12;

/** A stream of random numbers that its seed determines. Not for keys. */
export class Prng {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any text or number; equal seeds give equal streams */
  constructor(seed: string | number) {
    this.#seed = String(seed);
    this.#a = fnv1a(this.#seed, 0x811c9dc5);
    this.#b = fnv1a(this.#seed, this.#a ^ 0x9e3779b9);
    this.#c = fnv1a(this.#seed, this.#b ^ 0x85ebca6b);
    for (let i = 0; i < WARM_UP; i++) this.uint32();
  }

  /** An independent stream; the same name gives the same stream, whenever it is asked for. */
  split(name: string): Prng {
    return new Prng(`${this.#seed}/${name}`);
  }

  /** An integer from 0 to 2^32 - 1. */
  uint32(): number {
    const next = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + next) | 0;
    return next >>> 0;
  }

  /** A number 0 <= x < 1. */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** An integer from 0 to `limit` - 1; `limit` is 1 to 2^32. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** True with probability `p`, 0 to 1. Draws nothing for 0. */
  chance(p: number): boolean {
    return p > 0 && this.unit() < p;
  }

  /** Fills the whole view. */
  fill(into: Uint8Array): void {
    for (let i = 0; i < into.length; i += 4) {
      let word = this.uint32();
      for (let k = i; k < i + 4 && k < into.length; k++) {
        into[k] = word & 0xff;
        word >>>= 8;
      }
    }
  }
}

/** FNV-1a over UTF-16 units, with a last avalanche (MurmurHash3's finalizer), since seeds differ in few bits. */
function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
