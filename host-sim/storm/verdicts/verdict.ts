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
  /** @returns where it was broken; nothing: it was kept */
  check: (evidence: Evidence) => Breach[];
}
