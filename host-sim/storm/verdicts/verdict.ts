// A verdict: one promise of the firmware, and how to see in the evidence whether it was kept.

import type { Evidence } from "../evidence.js";

/** Where a promise was broken. */
export interface Breach {
  /** Milliseconds from the first power-on. */
  at: number;
  /** One line for people. */
  what: string;
}

export interface Verdict {
  name: string;
  /** The promise, in one sentence. */
  promise: string;
  /** How often it could have been broken, as far as that was seen: a promise of which nothing was seen has no evidence. */
  seen: (evidence: Evidence) => number;
  /** Virtual hours that a run has at the least in which there can be any; left out: any run. */
  fromHours?: number;
  /** There can be none without an app, or without one that has commands; left out: any device will do. */
  needs?: "app" | "app-commands";
  /** @returns where it was broken; nothing: it was kept */
  check: (evidence: Evidence) => Breach[];
}
