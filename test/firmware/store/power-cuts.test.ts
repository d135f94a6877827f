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
  readonly #appended = new Set<number>();
  /** Sequence numbers that must not come back: `delivered` returned, or was found to have happened. */
  readonly #acknowledged = new Set<number>();
  /** Those of them that the outbox had dropped before, for want of room. */
  #late = 0;
  /** Sequence numbers that were handed out, ever. */
  readonly #sent = new Set<number>();
  #highest = 0;

  appended(sequence: number): void {
    this.#appended.add(sequence);
  }

  /** @param waited whether the outbox still had it */
  acknowledged(sequence: number, waited: boolean): void {
    this.#acknowledged.add(sequence);
    if (!waited) this.#late++;
  }

  /** A record goes out; one that never did goes behind all that did. */
  sent(sequence: number): void {
    if (!this.#sent.has(sequence) && sequence < this.#highest)
      throw new Error(`${sequence} goes out first behind ${this.#highest}`);
    this.#sent.add(sequence);
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** Checks all that the outbox holds. @returns how many records are neither there nor acknowledged nor counted */
  check(outbox: Outbox): number {
    let last = 0;
    let present = 0;
    for (let record = outbox.next(0); record; record = outbox.next(last)) {
      const { sequence, topic, payload } = record;
      if (sequence <= last) throw new Error(`out of order: ${sequence} after ${last}`);
      if (this.#acknowledged.has(sequence)) throw new Error(`${sequence} was acknowledged and is back`);
      if (!this.#appended.has(sequence)) throw new Error(`${sequence} was never appended`);
      if (topic !== `t/${sequence}`) throw new Error(`${sequence} has the topic ${topic}`);
      if (Buffer.compare(payload, payloadOf(sequence)) !== 0) throw new Error(`${sequence} has another payload`);
      last = sequence;
      present++;
    }
    if (present !== outbox.size) throw new Error(`${present} records wait, but the size is ${outbox.size}`);
    return this.#appended.size - (this.#acknowledged.size - this.#late) - present - outbox.dropped;
  }

  /** The power went in `append` or `delivered` of `sequence`: finds out whether it happened. */
  resolve(outbox: Outbox, { does, sequence, waited }: Doing): void {
    if (does === "append") {
      if (outbox.nextSequence > sequence) this.appended(sequence);
    } else if (outbox.next(sequence - 1)?.sequence !== sequence) {
      this.acknowledged(sequence, waited);
      // Or it was dropped: power cuts that follow each other closely leave less room.
      if (this.check(outbox) === -1) this.#late++;
    }
  }
}

interface Doing {
  does: "append" | "deliver";
  sequence: number;
  waited: boolean;
}

/** Records under way at most. */
const WINDOW = 5;
/** Every cut by default; for the mutation check one in so many, and as many fewer runs without one. */
const EVERY = Number(process.env.SIMKEY_CUTS_EVERY ?? 1);

/**
 * Appends, hands out and acknowledges, out of order too, `steps` times with the power going after `cut` steps of flash work,
 * then opens the outbox again and goes on; checks everything at each restart and at the end.
 * @param appends share of the steps that append; above a third the ring runs full and drops its oldest
 * @returns how often the power went
 */
function run(cut: number, steps: number, seed: number, appends: number): number {
  const random = randomFrom(seed);
  const flash = new NorFlash({ blocks: 4, blockLength: 256, writeAlign: 16, random });
  const model = new Model();
  let outbox = new Outbox(flash);
  let under: number[] = [];
  let doing: Doing | undefined;
  const step = () => {
    const choice = random();
    if (choice < appends) {
      const sequence = outbox.nextSequence;
      doing = { does: "append", sequence, waited: true };
      outbox.append(`t/${sequence}`, payloadOf(sequence));
      model.appended(sequence);
    } else if (choice < (1 + appends) / 2) {
      const record = under.length < WINDOW ? outbox.next(under.at(-1) ?? 0) : undefined;
      if (!record) return;
      model.sent(record.sequence);
      under.push(record.sequence);
    } else if (under.length > 0) {
      const [sequence] = under.splice(random() < 0.7 ? 0 : Math.floor(random() * under.length), 1) as [number];
      const waited = outbox.next(sequence - 1)?.sequence === sequence;
      doing = { does: "deliver", sequence, waited };
      outbox.delivered(sequence);
      model.acknowledged(sequence, waited);
    }
    doing = undefined;
  };
  let cuts = 0;
  const powered = (what: () => void) => {
    try {
      what();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts++;
      flash.powerOn();
      // And again soon, while it recovers.
      if (cuts < 3) flash.cutAfter(Math.floor(random() * 120));
      powered(restart);
    }
  };
  const restart = () => {
    outbox = new Outbox(flash);
    under = [];
    if (doing) model.resolve(outbox, doing);
    doing = undefined;
    expect(model.check(outbox)).toBe(0);
  };
  flash.cutAfter(cut);
  for (let i = 0; i < steps; i++) powered(step);
  powered(restart);
  return cuts;
}

describe("a power cut", () => {
  test.each([
    ["while records come and go", 0.3],
    ["while the ring is full and drops its oldest", 0.5],
  ])(
    "at any step of a write or an erase, %s, loses nothing that was safe",
    (_, appends) => {
      let cut = 0;
      // Past the run's last step of flash work no cut happens any more.
      while (run(cut, 70, 7, appends) > 0) cut += EVERY;
      expect(cut).toBeGreaterThan(1500);
    },
    60_000,
  );

  test("and runs without one keep the same promises", () => {
    for (let seed = 1; seed <= 500 / EVERY; seed++)
      expect(run(Number.POSITIVE_INFINITY, 150, seed, 0.2 + (seed % 5) / 10)).toBe(0);
  });
});
