// Which updates a device of a storm is sent, how the images in them behave, what becomes of their files on the way, and when the
// power goes while they are written. Drawn as plain data.

import type { FormatName } from "../../firmware/update/manifest.js";
import type { Act } from "../boot/acts.js";
import type { UpdateFault } from "../cloud/updates/file-server.js";
import { FACTORY_IMAGE } from "../desk/desk.js";
import { logOf } from "../world/draws.js";
import type { Prng } from "../world/prng.js";
import { drawWrong, type PlannedWrong } from "./updates-wrong.js";

/** One release on its way to the device. Plain data. */
export interface PlannedRelease {
  /** Milliseconds from the first power-on. */
  at: number;
  seq: number;
  act: Act;
  /** When the image crashes or hangs, milliseconds from its start. */
  afterMs: number;
  bytes: number;
  format: FormatName;
  /** The broker keeps its manifest. */
  retained: boolean;
  /** It is fetched no sooner than this long after it was sent, and a fleet is spread over so long; left out: at once. */
  later?: { afterMs: number; spreadS: number };
  /** What is wrong with the manifest: signed by a stranger, for another board, or of an older release. */
  wrong?: "key" | "board" | "older";
  /** What the server does with the next answers. */
  fault?: { fault: UpdateFault; value: number; times: number };
  /** The power goes this long after it was sent, this many steps later: of the slot's flash, or of otadata's. */
  cut?: { afterMs: number; flash: "slot" | "otadata"; steps: number };
}

/** What of updates a device goes through. */
export interface UpdatePlan {
  budgetKb: number;
  releases: readonly PlannedRelease[];
  /** Manifests between them that must not be obeyed; left out: there are none. */
  wrong?: readonly PlannedWrong[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Devices that are updated. */
const UPDATED = 0.4;
/** How likely one waits for its time. */
const LATER = 0.15;
/** Mean time between two releases. */
const RELEASE_EVERY = 3 * HOUR;
const ACTS: readonly Act[] = ["good", "good", "good", "good", "crash", "hang", "mute", "deaf", "sick"];
const FORMATS: readonly FormatName[] = ["image", "image", "image", "deflate", "delta"];
const WRONG = ["key", "board", "older"] as const;
const BUDGETS_KB: readonly number[] = [48, 150, 400];
const FAULTS: readonly (readonly [fault: UpdateFault, least: number, most: number])[] = [
  ["status", 403, 404],
  ["status", 500, 503],
  ["status", 503, 503],
  ["cut", 200, 50_000],
  ["slow", 500, 3_000],
  ["silent", 0, 0],
  ["whole", 0, 0],
  ["shifted", 1, 5_000],
  ["longer", 1, 5_000],
  ["etag", 0, 0],
  ["flipped", 0, 60_000],
  ["swapped", 0, 0],
  ["short", 1, 5_000],
  ["packed", 0, 0],
];

/** Draws the updates of one device; undefined: it has none. @param hours length of the run */
export function drawUpdates(random: Prng, hours: number): UpdatePlan | undefined {
  if (!random.chance(UPDATED)) return undefined;
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const between = (least: number, most: number) => least + random.below(most - least + 1);
  const gap = () => -logOf(1 - random.unit()) * RELEASE_EVERY;
  const times = random.split("times");
  const releases: PlannedRelease[] = [];
  let seq = FACTORY_IMAGE.seq;
  for (let at = 10 * MINUTE + gap(); at < (hours - 1) * HOUR; at += gap()) {
    const wrong = random.chance(0.25) ? pick(WRONG) : undefined;
    if (wrong !== "older") seq += between(1, 2);
    const act = pick(ACTS);
    const format = pick(FORMATS);
    const [fault, least, most] = pick(FAULTS);
    releases.push({
      at: Math.floor(at),
      seq: wrong === "older" ? Math.max(1, seq - 1) : seq,
      act,
      // Before any device can be connected: what crashes later than its trial is no matter of updates.
      afterMs: between(1, 200),
      bytes: between(32, format === "image" ? 64 : 48) * 1_024 - between(0, 1_000),
      format,
      retained: random.chance(0.5),
      ...(wrong && { wrong }),
      ...(times.chance(LATER) && { later: { afterMs: times.below(HOUR), spreadS: times.below(HOUR / 1_000) } }),
      ...(random.chance(0.5) && { fault: { fault, value: between(least, most), times: between(1, 3) } }),
      ...(random.chance(0.6) && { cut: drawCut(random, between) }),
    });
  }
  return { budgetKb: pick(BUDGETS_KB), releases, wrong: drawWrong(random.split("wrong"), hours, releases) };
}

function drawCut(random: Prng, between: (least: number, most: number) => number): NonNullable<PlannedRelease["cut"]> {
  const flash = random.chance(0.5) ? "slot" : "otadata";
  return { flash, afterMs: between(0, 20) * MINUTE, steps: flash === "slot" ? between(0, 40_000) : between(0, 160) };
}
