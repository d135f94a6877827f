// A reader that is fed for ever must not grow: what it holds after many megabytes is what it held after one.

import type { Prng } from "../host-sim/world/prng.js";
import { collectGarbage } from "./memory.js";
import { mutate } from "./mutate.js";
import type { Target } from "./target.js";

/** Bytes that are fed before the first look, and between it and the second. */
export const SOAK = { warmUp: 1_000_000, fed: 8_000_000 };
/** Growth in bytes that is noise: what V8 keeps of compiled code and of its own. */
export const GROWTH_MAX = 400_000;

function held(): number {
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

/**
 * Feeds one reader with changed seeds.
 * @param onFeed told each input before it is fed, for somebody who watches from outside
 * @returns by how many bytes it grew meanwhile; undefined for a target that is no stream
 */
export function soak(
  target: Target,
  random: Prng,
  { warmUp, fed }: typeof SOAK,
  onFeed?: (input: Uint8Array) => void,
): number | undefined {
  const feed = target.endless?.();
  if (!feed) return undefined;
  const pick = () => target.seeds[random.below(target.seeds.length)]!;
  const pour = (bytes: number) => {
    for (let poured = 0; poured < bytes; ) {
      const input = mutate(pick(), { random, tokens: target.tokens, other: pick });
      onFeed?.(input);
      feed(input.subarray(1));
      poured += input.length;
    }
  };
  pour(warmUp);
  const before = held();
  pour(fed);
  return held() - before;
}
