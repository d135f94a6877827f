// Makes patches as firmware/update/formats/delta.ts reads them, after bsdiff's idea (Percival, "Naive Differences of
// Executable Code", 2003): what is alike need not be equal, as addresses change in code that has moved.

import { PATCH_MAGIC } from "../../firmware/update/formats/delta.js";
import { suffixArray } from "./suffix-array.js";

/** Equal bytes that are told as a number: fewer are cheaper as sums of zero. */
const SAME_MIN = 16;
/** By how many bytes another place must be better than the one before it is gone to. */
const BETTER_BY = 8;

/** A part of the image that is like the base from `place` on: `like` bytes, and behind them `extra` that are of no place. */
interface Part {
  at: number;
  place: number;
  like: number;
  extra: number;
}

/** The patch that makes `image` of `base`, not yet deflated. */
export function diff(base: Uint8Array, image: Uint8Array): Uint8Array {
  const out = [...Buffer.from(PATCH_MAGIC, "latin1")];
  let place = 0;
  for (const part of partsOf(base, image)) {
    writePart(out, base, image, part, part.place - place);
    place = part.place + part.like;
  }
  return Uint8Array.from(out);
}

/** The steps of a part: one for each run of equal bytes that is long enough. */
function writePart(out: number[], base: Uint8Array, image: Uint8Array, part: Part, seek: number): void {
  const { at, place, like, extra } = part;
  const equalFrom = (i: number) => {
    let n = i;
    while (n < like && base[place + n] === image[at + n]) n++;
    return n - i;
  };
  for (let i = 0; ; ) {
    const same = equalFrom(i);
    const begin = i + same;
    let end = begin;
    for (let run = 0; end < like; end += Math.max(run, 1)) {
      run = equalFrom(end);
      if (run >= SAME_MIN) break;
    }
    end = Math.min(end, like);
    const isLast = end === like;
    const numbers = [i === 0 ? zigzag(seek) : 0, same, end - begin, isLast ? extra : 0];
    for (const number of numbers) writeNumber(out, number);
    for (let n = begin; n < end; n++) out.push((image[at + n]! - base[place + n]!) & 255);
    if (!isLast) {
      i = end;
      continue;
    }
    for (let n = at + like; n < at + like + extra; n++) out.push(image[n]!);
    return;
  }
}

const zigzag = (value: number) => (value < 0 ? -value * 2 - 1 : value * 2);

function writeNumber(out: number[], value: number): void {
  let left = value;
  for (; left >= 0x80; left >>>= 7) out.push((left & 0x7f) | 0x80);
  out.push(left);
}

/** What of the image is like what of the base, in the image's order and without a gap. */
function partsOf(base: Uint8Array, image: Uint8Array): Part[] {
  const index = new Index(base);
  const parts: Part[] = [];
  /** The part that is being made: where it begins in the image and in the base. */
  let begin = 0;
  let place = 0;
  let at = 0;
  let length = 0;
  while (at < image.length) {
    at += length;
    const offset = place - begin;
    const fits = (i: number) => i + offset < base.length && i + offset >= 0 && base[i + offset] === image[i];
    // Equal bytes from `at` to `counted`, were one to stay.
    let staying = 0;
    let found = 0;
    length = 0;
    for (let counted = at; at < image.length; at++) {
      [found, length] = index.longest(image, at);
      for (; counted < at + length; counted++) if (fits(counted)) staying++;
      if ((length === staying && length > 0) || length > staying + BETTER_BY) break;
      if (fits(at)) staying--;
    }
    if (length === staying && at < image.length) continue;
    const isEnd = at >= image.length;
    let forward = bestForward(base, image, begin, place, at);
    let back = isEnd ? 0 : bestBack(base, image, begin, found, at);
    const overlap = begin + forward - (at - back);
    if (overlap > 0) {
      const kept = bestCut(base, image, { begin, place, forward, at, found, back, overlap });
      forward += kept - overlap;
      back -= kept;
    }
    const next = at - back;
    if (next > begin) parts.push({ at: begin, place, like: forward, extra: next - begin - forward });
    begin = next;
    place = found - back;
  }
  return parts;
}

/** How far a part goes on being more like the base than not. */
function bestForward(base: Uint8Array, image: Uint8Array, begin: number, place: number, end: number): number {
  let [equal, best, score] = [0, 0, 0];
  for (let i = 0; begin + i < end && place + i < base.length; ) {
    if (base[place + i] === image[begin + i]) equal++;
    i++;
    if (equal * 2 - i > score) [best, score] = [i, equal * 2 - i];
  }
  return best;
}

/** The same from a match backwards. */
function bestBack(base: Uint8Array, image: Uint8Array, begin: number, found: number, at: number): number {
  let [equal, best, score] = [0, 0, 0];
  for (let i = 1; at - i >= begin && found - i >= 0; i++) {
    if (base[found - i] === image[at - i]) equal++;
    if (equal * 2 - i > score) [best, score] = [i, equal * 2 - i];
  }
  return best;
}

interface Overlap {
  begin: number;
  place: number;
  forward: number;
  at: number;
  found: number;
  back: number;
  overlap: number;
}

/** How many bytes of what both parts could take are better with the first. */
function bestCut(base: Uint8Array, image: Uint8Array, both: Overlap): number {
  const { begin, place, forward, at, found, back, overlap } = both;
  let [score, best, kept] = [0, 0, 0];
  for (let i = 0; i < overlap; i++) {
    const ahead = forward - overlap + i;
    if (image[begin + ahead] === base[place + ahead]) score++;
    if (image[at - back + i] === base[found - back + i]) score--;
    if (score > best) [best, kept] = [score, i + 1];
  }
  return kept;
}

/** Finds the longest match in the base. */
class Index {
  readonly #base: Uint8Array;
  readonly #sorted: Int32Array;

  constructor(base: Uint8Array) {
    this.#base = base;
    this.#sorted = suffixArray(base);
  }

  /** Where in the base, and how long, the longest match of `image` from `at` on is. */
  longest(image: Uint8Array, at: number): [place: number, length: number] {
    const sorted = this.#sorted;
    let [low, high] = [0, sorted.length - 1];
    let [place, best] = [0, 0];
    // What all between the two have in common with what is sought is not looked at again.
    let [lowCommon, highCommon] = [0, 0];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const from = sorted[middle]!;
      const common = this.#common(from, image, at, Math.min(lowCommon, highCommon));
      if (common > best) [place, best] = [from, common];
      if (at + common === image.length) return [place, best];
      const isBefore = from + common === this.#base.length || this.#base[from + common]! < image[at + common]!;
      if (isBefore) [low, lowCommon] = [middle + 1, common];
      else [high, highCommon] = [middle - 1, common];
    }
    return [place, best];
  }

  #common(from: number, image: Uint8Array, at: number, known: number): number {
    const base = this.#base;
    let i = known;
    while (from + i < base.length && at + i < image.length && base[from + i] === image[at + i]) i++;
    return i;
  }
}
