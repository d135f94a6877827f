// What a mutant is: a breakage of the firmware that a storm must notice, and by which of its verdicts. mutating.ts says how they
// are made.

import type { Setup } from "../../../../host-sim/storm/setup.js";
import type { Breakages } from "../mutating.js";

export interface Mutant {
  /** What is broken. */
  name: string;
  /** The verdict that must notice it, whatever others do. */
  noticedBy: string;
  /** Virtual hours that it takes to see it; left out: as many as all others run. */
  hours?: number;
  /** The seed to begin with, one that is known to show it, where the first ones do not: it is looked for from there on. */
  seed?: number;
  /** Whether a device meets what is broken: the seeds that it goes through are those; left out: see `meets`. */
  among?: (setup: Setup) => boolean;
  breaks: Breakages;
}

/** What the devices are that a mutant goes through, where it says nothing: those in whose runs its verdict has a say. */
export function meets({ noticedBy, among }: Mutant, setup: Setup): boolean {
  if (among !== undefined) return among(setup);
  if (noticedBy.startsWith("update-")) return setup.updates !== undefined;
  return !noticedBy.startsWith("app-") || setup.app !== "none";
}
