// The recovery ladder as a table. It is climbed by the count of failures, which outlives restarts; agent.ts says when
// it is forgotten.

import type { Advice } from "../platform/failure.js";

/** What to do before the next attempt, mildest first. */
export const RUNGS = ["reconnect", "renew-pdp", "radio-cycle", "modem-restart", "power-cycle", "chip-restart"] as const;
export type Rung = (typeof RUNGS)[number];

/** How many failures in a row each rung is tried for before the next one. */
const TRIES: Readonly<Record<Rung, number>> = {
  reconnect: 3,
  "renew-pdp": 2,
  "radio-cycle": 2,
  "modem-restart": 2,
  "power-cycle": 2,
  "chip-restart": 1,
};

/** Advice that skips the mild rungs. */
const LEAST_RUNG: Partial<Record<Advice, Rung>> = { "reset-modem": "renew-pdp" };

const LADDER_LENGTH = RUNGS.reduce((sum, rung) => sum + TRIES[rung], 0);

/**
 * The rung for failure number `failures`.
 * @param failures failures so far, 1 or more; behind the last rung the ladder begins anew
 * @param advice of the failure
 * @param available rungs that this board and modem have; one that is missing is replaced by the next milder one there is
 */
export function rungFor(failures: number, advice: Advice, available: Pick<ReadonlySet<Rung>, "has">): Rung {
  let position = (failures - 1) % LADDER_LENGTH;
  let index = 0;
  while (position >= TRIES[RUNGS[index]!]) position -= TRIES[RUNGS[index++]!];
  const least = LEAST_RUNG[advice];
  if (least !== undefined) index = Math.max(index, RUNGS.indexOf(least));
  while (index > 0 && !available.has(RUNGS[index]!)) index--;
  return RUNGS[index]!;
}

/** Bounds of the back-off, in milliseconds. */
const BACKOFF_BASE_MS = 1_000;
export const BACKOFF_CAP_MS = 240_000;

/**
 * How long to wait after failure number `failures`: exponential with full jitter, so that a fleet never comes back in step.
 * @param failures 1 or more
 * @param random a fresh random number, 0 <= random < 1
 * @returns milliseconds, 0 to `BACKOFF_CAP_MS`
 */
export function backoffMs(failures: number, random: number): number {
  // 2^8 s is already above the cap; a larger exponent only risks overflow.
  const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(failures - 1, 8));
  return Math.floor(random * ceiling);
}
