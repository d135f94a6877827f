// Which manifests that it must not obey a device of a storm is sent, and when, each with the reason for which it is refused.
// Drawn as plain data.

import type { UpdateCode } from "../../firmware/update/error.js";
import { logOf } from "../world/draws.js";
import type { Prng } from "../world/prng.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Mean time between two of them. */
const EVERY = 4 * HOUR;
/** How likely one comes soon before or behind a release, so that it meets one that is under way. */
const NEAR = 0.5;

/** Why each is refused; `older`: because of what the device has come to meanwhile. */
export const WRONG: Readonly<Record<string, UpdateCode>> = {
  "own-key": "update-key",
  stranger: "update-signature",
  changed: "update-signature",
  unsigned: "update-algorithm",
  "cut-off": "update-malformed",
  "too-large": "update-too-large",
  "asks-more": "update-malformed",
  board: "update-board",
  chip: "update-chip",
  layout: "update-layout",
  base: "update-base",
  format: "update-format",
  size: "update-size",
  host: "update-host",
  older: "update-seq",
};

/** One on its way to the device. Plain data. */
export interface PlannedWrong {
  /** Milliseconds from the first power-on. */
  at: number;
  /** A name in WRONG. */
  wrong: string;
  seq: number;
  retained: boolean;
}

/** Draws them. @param releases what is sent besides, in its order @param hours length of the run */
export function drawWrong(
  random: Prng,
  hours: number,
  releases: readonly { at: number; seq: number }[],
): readonly PlannedWrong[] {
  const names = Object.keys(WRONG);
  const gap = () => -logOf(1 - random.unit()) * EVERY;
  const all: PlannedWrong[] = [];
  for (let when = 10 * MINUTE + gap(); when < (hours - 1) * HOUR; when += gap()) {
    const wrong = names[random.below(names.length)]!;
    const near = releases[random.below(Math.max(1, releases.length))];
    const moved = random.below(5 * MINUTE) - MINUTE;
    const at = Math.floor(near && random.chance(NEAR) ? near.at + moved : when);
    const before = releases.reduce((most, release) => (release.at <= at ? Math.max(most, release.seq) : most), 1);
    // Often the number of what is under way.
    const seq = wrong === "older" ? Math.max(1, before - 1) : before + random.below(3);
    all.push({ at, wrong, seq, retained: random.chance(0.3) });
  }
  return all.sort((a, b) => a.at - b.at);
}

/** Its version, by which reports tell it from what is good. @param number of it, in its plan */
export const versionOf = (number: number | ""): string => `wrong-${number}`;
/** Where its file would lie. @param version of its release */
export const pathOf = (version: string): string => `/wrong/${version}`;
