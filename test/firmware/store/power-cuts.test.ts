// The power goes at each step of a long run: what was safe stays safe, in order, and nothing goes without being counted.

import { describe, expect, test } from "@jest/globals";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash, PowerCut } from "../../../host-sim/platform/nor-flash.js";

/** A small generator of numbers 0 <= x < 1 (mulberry32), so that a failing run can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const payloadOf = (sequence: number) =>
  Uint8Array.from({ length: (sequence * 7) % 61 }, (_, i) => (sequence * 31 + i) & 255);

/** What the world knows of the outbox: the model that it is checked against. */
class Model {
  /** Sequence numbers whose `append` returned, or was found to have happened. */
  readonly appended = new Set<number>();
  /** Sequence numbers that must not come back: `delivered` returned, or was found to have happened. */
  readonly gone = new Set<number>();
  /** Acknowledged records that the outbox counts as dropped: the power went when the old block was erased already. */
  miscounted = 0;

  /** Checks all that the outbox holds. @returns how many records are neither there nor acknowledged nor counted */
  check(outbox: Outbox): number {
    let last = 0;
    let present = 0;
    for (let record = outbox.next(0); record; record = outbox.next(last)) {
      const { sequence, topic, payload } = record;
      if (sequence <= last) throw new Error(`out of order: ${sequence} after ${last}`);
      if (this.gone.has(sequence)) throw new Error(`${sequence} was acknowledged and is back`);
      if (!this.appended.has(sequence)) throw new Error(`${sequence} was never appended`);
      if (topic !== `t/${sequence}`) throw new Error(`${sequence} has the topic ${topic}`);
      if (Buffer.compare(payload, payloadOf(sequence)) !== 0) throw new Error(`${sequence} has another payload`);
      last = sequence;
      present++;
    }
    if (present !== outbox.size) throw new Error(`${present} records wait, but the size is ${outbox.size}`);
    return this.appended.size - this.gone.size - present - (outbox.dropped - this.miscounted);
  }

  /** The power went in `append` or `delivered` of `sequence`: finds out whether it happened. */
  resolve(outbox: Outbox, appends: boolean, sequence: number): void {
    if (appends) {
      if (outbox.nextSequence > sequence) this.appended.add(sequence);
    } else if (outbox.next(sequence - 1)?.sequence !== sequence) {
      this.gone.add(sequence);
      if (this.check(outbox) === -1) this.miscounted++;
    }
  }
}

/**
 * Appends and acknowledges `steps` times with the power going after `cut` steps of flash work, then opens the outbox again
 * and goes on; checks everything at each restart and at the end.
 * @returns how often the power went
 */
function run(cut: number, steps: number, seed: number, full: boolean): number {
  const random = randomFrom(seed);
  const flash = new NorFlash({ blocks: 4, blockLength: 256, writeAlign: 16, random });
  const model = new Model();
  let outbox = new Outbox(flash);
  flash.cutAfter(cut);
  let cuts = 0;
  for (let step = 0; step < steps; step++) {
    const record = outbox.next(0);
    const appends = full ? step % 3 !== 2 : step % 2 === 0;
    const sequence = appends ? outbox.nextSequence : record?.sequence;
    if (sequence === undefined) continue;
    try {
      if (appends) {
        outbox.append(`t/${sequence}`, payloadOf(sequence));
        model.appended.add(sequence);
      } else {
        outbox.delivered(sequence);
        model.gone.add(sequence);
      }
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts++;
      flash.powerOn();
      outbox = new Outbox(flash);
      model.resolve(outbox, appends, sequence);
      expect(model.check(outbox)).toBe(0);
      // And again soon, while it recovers.
      if (cuts < 3) flash.cutAfter(Math.floor(random() * 120));
    }
  }
  expect(model.check(outbox)).toBe(0);
  expect(model.check(new Outbox(flash))).toBe(0);
  return cuts;
}

describe("a power cut", () => {
  test.each([
    ["while records come and go", false],
    ["while the ring is full and drops its oldest", true],
  ])(
    "at any step of a write or an erase, %s, loses nothing that was safe",
    (_, full) => {
      let cut = 0;
      // Past the run's last step of flash work no cut happens any more.
      while (run(cut, 50, cut * 2 + 1, full) > 0) cut++;
      expect(cut).toBeGreaterThan(1500);
    },
    60_000,
  );
});
