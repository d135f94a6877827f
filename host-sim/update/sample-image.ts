// Images as a linker makes them, for tests and benches: functions of instructions, jumps to others among them, strings.

import { Prng } from "../world/prng.js";

/** Where code lies. */
const ORIGIN = 0x4200_0000;
const WORDS = ["error", "socket", "token", "closed", "timeout", "modem", "record", "certificate"];

/**
 * An image of `length` bytes, the same for the same seed: 8 bits to 4 of a compressor's.
 * @param edits functions that are one instruction longer than they would be: what stands behind them moves, and so do
 *   the addresses of it
 */
export function sampleImage(seed: number, length: number, edits: readonly number[] = []): Uint8Array {
  const random = new Prng(seed);
  const functions: number[][] = [];
  for (let bytes = 0; bytes < length; ) {
    const count = 8 + random.below(60);
    functions.push(Array.from({ length: count }, () => random.below(1 << 30)));
    bytes += count * 4;
  }
  const starts: number[] = [];
  let place = 0;
  functions.forEach((code, i) => {
    starts.push(place);
    place += (code.length + (edits.includes(i) ? 1 : 0)) * 4;
  });
  const image = new Uint8Array(Math.max(length, place));
  const view = new DataView(image.buffer);
  functions.forEach((code, i) => {
    let at = starts[i]!;
    for (const draw of edits.includes(i) ? [4, ...code] : code) {
      view.setUint32(at, instruction(draw, at, starts), true);
      at += 4;
    }
  });
  return image.subarray(0, length);
}

/** An instruction: a jump, an address, a part of a text, or one of the few that most of code is made of. */
function instruction(draw: number, at: number, starts: readonly number[]): number {
  const kind = draw & 15;
  const rest = draw >>> 4;
  const target = starts[rest % starts.length]!;
  if (kind < 2) return (((target - at) << 8) | 0xef) >>> 0;
  if (kind === 2) return ORIGIN + target;
  if (kind === 3) {
    const word = WORDS[rest % WORDS.length]!;
    return (word.charCodeAt(0) << 24) | (word.charCodeAt(1) << 16) | (word.charCodeAt(2) << 8) | word.charCodeAt(3);
  }
  return (0x13 | ((rest & 7) << 7) | ((rest & 0x38) << 12) | ((rest & 0x1c0) << 14)) >>> 0;
}
