// Opening finds the newest block by halving, and by a look at each block where something does not fit in: always the one that a
// look at each finds.

import { describe, expect, test } from "@jest/globals";
import { crc32 } from "../../../firmware/bytes/crc32.js";
import { CHECKPOINT_LENGTH, decodeCheckpoint, encodeCheckpoint } from "../../../firmware/store/checkpoint.js";
import { BLOCK, decodeHeader, encodeEntry } from "../../../firmware/store/entry.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { RingLog } from "../../../firmware/store/ring-log.js";
import { NorFlash, type NorFlashOptions, PowerCut } from "../../../host-sim/platform/nor-flash.js";
import { Prng } from "../../../host-sim/world/prng.js";

const BLOCK_LENGTH = 256;
/** How many times as many histories as in each run of the tests: 10 take a minute and a half. */
const TIMES = Number(process.env.SIMKEY_HISTORIES ?? 1);

/** A partition that counts its reads, and some of whose blocks are dead: they keep what they have. */
class Flash extends NorFlash {
  reads = 0;
  readonly dead = new Set<number>();

  constructor(options: NorFlashOptions) {
    super({ blockLength: BLOCK_LENGTH, ...options });
  }
  override read(length: number, offset: number): Uint8Array {
    this.reads++;
    return super.read(length, offset);
  }
  override write(bytes: Uint8Array, offset: number): void {
    if (!this.dead.has(Math.floor(offset / BLOCK_LENGTH))) super.write(bytes, offset);
  }
  override eraseBlock(block: number): void {
    if (!this.dead.has(block)) super.eraseBlock(block);
  }
}

/** The highest number of a sound block, by a look at each. */
function highest(flash: NorFlash): number {
  const { blocks, size } = flash.status();
  let found = 0;
  for (let place = 0; place < blocks; place++) {
    const header = decodeHeader(flash.read(16, place * BLOCK_LENGTH));
    const body = flash.read(CHECKPOINT_LENGTH, place * BLOCK_LENGTH + 16);
    if (header?.kind !== BLOCK || header.length !== CHECKPOINT_LENGTH || header.number % blocks !== place) continue;
    if (header.bodyCrc === crc32(body) && decodeCheckpoint(body, size / 32)) found = Math.max(found, header.number);
  }
  return found;
}

interface Fate {
  /** Share of the steps in which the power goes soon. */
  cuts: number;
  /** Share of the steps in which a block dies, at most a quarter of them. */
  deaths: number;
  endurance?: number;
}

/** Fills and drains an outbox of so many blocks, over restarts. @returns openings, and those that looked at each block */
function live(seed: number, fate: Fate): { openings: number; scans: number } {
  const random = new Prng(seed);
  const blocks = 3 + random.below(60);
  const { endurance } = fate;
  const flash = new Flash({ blocks, random: () => random.unit(), ...(endurance !== undefined && { endurance }) });
  let outbox = new Outbox(flash);
  const counts = { openings: 0, scans: 0 };
  const open = () => {
    flash.powerOn();
    const expected = highest(flash);
    flash.reads = 0;
    const { newest } = new RingLog(flash);
    counts.openings++;
    if (flash.reads > blocks) counts.scans++;
    if (newest !== expected) throw new Error(`seed ${seed}: block ${newest} is taken for the newest, not ${expected}`);
    outbox = new Outbox(flash);
  };
  for (let i = 0; i < 8 * blocks; i++) {
    try {
      if (random.chance(fate.cuts)) flash.cutAfter(random.below(400));
      if (random.chance(fate.deaths) && 4 * flash.dead.size < blocks) flash.dead.add(random.below(blocks));
      outbox.append("t", new Uint8Array(60 + random.below(60)));
      if (random.chance(0.7)) outbox.delivered(outbox.next(0)?.sequence ?? 0);
      if (random.chance(0.1)) open();
    } catch (error) {
      if (error instanceof PowerCut) open();
      // Worn out in the end.
      else if ((error as { code?: string }).code === "store-worn") break;
      else throw error;
    }
  }
  return counts;
}

describe("the newest block is the one that a look at each finds", () => {
  test.each<[string, number, Fate, number]>([
    ["a ring of any size and age", 60, { cuts: 0, deaths: 0 }, 0.1],
    ["power cuts at any step", 80, { cuts: 0.1, deaths: 0 }, 0.5],
    ["blocks that wear out", 60, { cuts: 0.03, deaths: 0, endurance: 3 }, 1],
    ["blocks that die and keep what they had", 100, { cuts: 0.05, deaths: 0.02 }, 1],
  ])("with %s", (_what, seeds, fate, share) => {
    let [openings, scans] = [0, 0];
    for (let seed = 1; seed <= TIMES * seeds; seed++) {
      const counts = live(seed, fate);
      openings += counts.openings;
      scans += counts.scans;
    }
    expect(openings).toBeGreaterThan(500);
    expect(scans / openings).toBeLessThan(share);
    if (fate.deaths > 0) expect(scans).toBeGreaterThan(10);
  });
});

test("the reads of opening grow with the logarithm of the blocks", () => {
  const reads = [64, 1_024].map((blocks) => {
    const flash = new Flash({ blocks });
    const full = new Outbox(flash);
    while (full.dropped === 0) full.append("t", new Uint8Array(150));
    flash.reads = 0;
    new Outbox(flash);
    return flash.reads;
  });
  expect(reads[1]! - reads[0]!).toBeLessThanOrEqual(6);
  expect(reads[1]).toBeLessThan(32);
});

test("places in the first round that never had a block count as such where they are erased, and in no other round", () => {
  const opening = (number: number) =>
    encodeEntry(BLOCK, 0, number, encodeCheckpoint({ next: number, cursor: number, dropped: 0, done: new Set() }));
  const newest = (...numbers: readonly number[]) => {
    const flash = new Flash({ blocks: 32 });
    for (const number of numbers) flash.write(opening(number), (number % 32) * BLOCK_LENGTH);
    flash.reads = 0;
    return [new RingLog(flash).newest, flash.reads > 32];
  };
  const upTo = (number: number, from = 1) => Array.from({ length: number - from + 1 }, (_, i) => from + i);
  expect(newest(...upTo(5))).toEqual([5, false]);
  expect(newest(...upTo(32))).toEqual([32, false]);
  expect(newest(...upTo(40, 9))).toEqual([40, false]);
  // Begun and not begun: the power went behind the erase.
  expect(newest(...upTo(40, 10))).toEqual([40, true]);
  expect(newest()).toEqual([0, true]);
});
