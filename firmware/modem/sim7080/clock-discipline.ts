// Joins a reading of the network's clock to the device's own: how far off the device is, and whether that can be told at all.
// Rule: a clock that agrees within what a reading can tell is left alone, so that time does not jump about with each reading.

import type { Clock } from "../../platform/clock.js";
import type { LinkTime } from "../../platform/link.js";

/** Both sources tell whole seconds: the truth is up to one second on, half a second on average. */
const RESOLUTION_MS = 1000;

/** A reading as the modem told it: whole seconds, cut off. */
export interface Reading {
  wallMs: number;
  source: LinkTime["source"];
}

/**
 * The time now.
 * @param reading what the modem told, just now
 * @param clock the device's clock
 * @param askedMs monotonic milliseconds when the question was sent
 * @returns the time with its skew and uncertainty; the device's own time when the two agree
 */
export function discipline(reading: Reading, clock: Clock, askedMs: number): LinkTime {
  const told = reading.wallMs + RESOLUTION_MS / 2;
  const uncertaintyMs = (RESOLUTION_MS + clock.monotonic() - askedMs) / 2;
  const own = clock.wall();
  if (own === undefined) return { wallMs: told, source: reading.source, uncertaintyMs };
  const skewMs = told - own;
  return { wallMs: Math.abs(skewMs) <= uncertaintyMs ? own : told, source: reading.source, uncertaintyMs, skewMs };
}
