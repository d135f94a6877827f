// The lives of a device's chip: from each start to the next.

import { endOf, type Fault } from "../desk/fault.js";
import type { Evidence } from "./evidence.js";

export interface Life {
  /** From 1. */
  number: number;
  from: number;
  /** The next start, or the end of the run; the firmware may have ended sooner. */
  until: number;
}

/** All lives of a run, in their order. */
export function livesOf({ boots, trial }: Pick<Evidence, "boots" | "trial">): Life[] {
  const end = trial.hours * 3_600_000;
  return boots.map((from, i) => ({ number: i + 1, from, until: boots[i + 1] ?? end }));
}

/** Parts of `items`, which are in the order of their time, by life; those before the first one are left out. */
export function byLife<T>(items: readonly T[], at: (item: T) => number, lives: readonly Life[]): T[][] {
  const parts: T[][] = lives.map(() => []);
  let life = -1;
  for (const item of items) {
    while (life + 1 < lives.length && lives[life + 1]!.from <= at(item)) life++;
    parts[life]?.push(item);
  }
  return parts;
}

/** Faults that are injected in a moment, and take the board's power away for as many seconds as their value says. */
const DARKENING: ReadonlySet<string> = new Set(["chip-dark", "chip-power-out"]);

/** Until when a fault keeps the board without power; 0: it does not. */
export const darkUntil = ({ fault, at, value }: Fault): number =>
  DARKENING.has(fault) ? at + Number(value) * 1_000 : 0;

/** When a fault is over, the darkness that it has brought too. */
export const overAt = (fault: Fault): number => Math.max(endOf(fault), darkUntil(fault));
