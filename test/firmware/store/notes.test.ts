// What the outbox notes of PUBLISHes under way: over restarts, blocks and power cuts, and never at the cost of a record.

import { describe, expect, test } from "@jest/globals";
import { encodeEntry, NOTE } from "../../../firmware/store/entry.js";
import type { Note } from "../../../firmware/store/note.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash, PowerCut } from "../../../host-sim/platform/nor-flash.js";
import { Prng } from "../../../host-sim/world/prng.js";

/** Every cut by default; for the mutation check one in so many. */
const EVERY = Number(process.env.SIMKEY_CUTS_EVERY ?? 1);
const flashOf = (blocks = 4, blockLength = 512) => new NorFlash({ blocks, blockLength });
const noteOf = (first: number, more: Partial<Note> = {}): Note => ({
  session: 1,
  id: 1_000 + first,
  first,
  last: first,
  count: 1,
  ...more,
});
const small = Uint8Array.of(1);
const fill = (outbox: Outbox, count: number) => {
  for (let i = 0; i < count; i++) outbox.append("t", small);
};

/** Numbers of all that waits. */
function waiting(outbox: Outbox): Set<number> {
  const numbers = new Set<number>();
  for (let next = outbox.next(0); next; next = outbox.next(next.sequence)) numbers.add(next.sequence);
  return numbers;
}

const inForce = (notes: Iterable<Note>, waits: ReadonlySet<number>) =>
  [...notes].filter(({ first, last }) => [...waits].some((number) => number >= first && number <= last));

describe("a note", () => {
  test("outlives a restart with all that it says, as long as one of its records waits", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    fill(outbox, 6);
    const notes = [noteOf(1, { session: 511, id: 65_535 }), noteOf(2, { id: 1, last: 5, count: 3 })];
    for (const note of notes) expect(outbox.note(note)).toBe(true);
    expect(new Outbox(flash).notes()).toEqual(notes);
    for (const sequence of [1, 2, 3, 4]) outbox.delivered(sequence);
    for (const box of [outbox, new Outbox(flash)]) expect(box.notes()).toEqual([notes[1]]);
    outbox.delivered(5);
    for (const box of [outbox, new Outbox(flash)]) expect(box.notes()).toEqual([]);
  });

  test("stands in the place of an earlier one for the same record", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    fill(outbox, 2);
    for (const id of [5, 6, 7]) outbox.note(noteOf(1, { id, session: id }));
    for (const box of [outbox, new Outbox(flash)]) expect(box.notes()).toEqual([noteOf(1, { id: 7, session: 7 })]);
  });

  test("costs one unit of flash, and goes along from block to block at no other cost", () => {
    const flash = flashOf(8);
    const outbox = new Outbox(flash);
    fill(outbox, 1);
    const writes = spyOnWrites(flash);
    outbox.note(noteOf(1));
    expect(writes.splice(0)).toEqual([16]);
    fill(outbox, 60);
    expect(outbox.dropped).toBe(0);
    const reads = spyOnReads(flash);
    expect(new Outbox(flash).notes()).toEqual([noteOf(1)]);
    // Only the openings of other blocks are read: all else lies in the newest.
    const beyond = reads.filter((at) => at % 512 >= 48).map((at) => Math.floor(at / 512));
    expect(new Set(beyond).size).toBe(1);
  });

  test.each([
    ["with more numbers between its first and its last record than it can say", { last: 200, count: 2 }],
    ["of more records than it can say", { last: 130, count: 129 }],
  ])("%s is not taken", (_what, more) => {
    const outbox = new Outbox(flashOf(8, 4_096));
    fill(outbox, 210);
    expect(outbox.note(noteOf(1, more))).toBe(false);
    expect(outbox.notes()).toEqual([]);
  });

  test("of a record that was never written is none", () => {
    const flash = flashOf();
    fill(new Outbox(flash), 1);
    flash.write(encodeEntry(NOTE, 0, 7, new Uint8Array(0), undefined, 0x0001_0080), 512 + 48 + 32);
    expect(new Outbox(flash).notes()).toEqual([]);
  });

  test("that a worn block does not keep is not taken, and the outbox works on", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    fill(outbox, 1);
    const write = flash.write.bind(flash);
    flash.write = (bytes, offset) => write(bytes[0] === NOTE ? bytes.map(() => 0x11) : bytes, offset);
    expect(outbox.note(noteOf(1))).toBe(false);
    flash.write = write;
    fill(outbox, 1);
    expect(waiting(new Outbox(flash))).toEqual(new Set([1, 2]));
  });
});

test("a record as long as any finds room where more is noted than a block holds besides: all is found again further back", () => {
  const flash = flashOf(6);
  const outbox = new Outbox(flash);
  fill(outbox, 8);
  const notes = Array.from({ length: 8 }, (_, i) => noteOf(i + 1));
  for (const note of notes) outbox.note(note);
  const before = waiting(outbox).size;
  for (let i = 0; i < 2; i++) outbox.append("t", new Uint8Array(outbox.recordMax - 1));
  expect(outbox.dropped).toBe(0);
  expect(outbox.size).toBe(before + 2);
  for (const box of [outbox, new Outbox(flash)]) expect(box.notes()).toEqual(notes);
  // And once there is room, they are carried again.
  fill(outbox, 1);
  expect(new Outbox(flash).notes()).toEqual(notes);
});

test("notes never cost a record, in whatever ring, and what is noted is found again after each restart", () => {
  let [taken, refused, dropped] = [0, 0, 0];
  const wrong: string[] = [];
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Prng(seed);
    const flash = flashOf(3 + random.below(4), random.chance(0.5) ? 256 : 512);
    let outbox = new Outbox(flash);
    const noted = new Map<number, Note>();
    const appends = 0.3 + 0.4 * random.unit();
    for (let i = 0; i < 200; i++) {
      if (random.chance(0.05)) outbox = new Outbox(flash);
      if (random.chance(appends)) {
        const { dropped: before, size } = outbox;
        const length = random.below(60);
        const spare = outbox.spare(length + 1);
        outbox.append("t", new Uint8Array(length));
        if (spare && outbox.dropped > before) wrong.push(`${seed}: dropped what waits`);
        if (size === 0 && !spare) wrong.push(`${seed}: no room in an empty ring`);
      }
      const { dropped: before } = outbox;
      const first = outbox.next(0)?.sequence ?? 0;
      if (first > 0 && random.chance(0.6)) {
        const note = noteOf(first + random.below(Math.min(3, outbox.nextSequence - first)), {
          id: 1 + i,
          session: 1 + (i % 3),
        });
        if (outbox.note(note)) {
          noted.delete(note.first);
          noted.set(note.first, note);
          taken++;
        } else refused++;
      }
      if (random.chance(0.6)) outbox.delivered(first + random.below(4));
      if (outbox.dropped !== before) wrong.push(`${seed}: a note or an acknowledgement cost a record`);
      const expected = inForce(noted.values(), waiting(outbox));
      if (JSON.stringify(outbox.notes()) !== JSON.stringify(expected)) wrong.push(`${seed}: other notes`);
      dropped += outbox.dropped - before;
    }
    dropped += outbox.dropped;
  }
  expect(wrong).toEqual([]);
  expect(Math.min(taken, refused, dropped)).toBeGreaterThan(100);
});

test("a full ring is drained with nothing lost, however often what is under way is noted again on the way", () => {
  let refused = 0;
  for (const again of [1, 3, 20]) {
    for (const blocks of [3, 5, 8]) {
      const outbox = new Outbox(flashOf(blocks));
      while (outbox.dropped < 3) outbox.append("t", small);
      const { dropped } = outbox;
      for (let round = 0; outbox.size > 0; round++) {
        const oldest = outbox.next(0)!.sequence;
        // As with sessions that the broker forgets: each begins with notes of all that is under way.
        for (let i = 0; i < again; i++) {
          const first = Math.min(oldest + (i % 16), outbox.nextSequence - 1);
          if (!outbox.note(noteOf(first, { session: 1 + (round % 511) }))) refused++;
        }
        outbox.delivered(Math.min(oldest + (round % 3 === 0 ? 1 : 0), outbox.nextSequence - 1));
      }
      expect(outbox.dropped).toBe(dropped);
    }
  }
  expect(refused).toBeGreaterThan(100);
});

test("a power cut at any step leaves each note that was taken", () => {
  let cuts = 0;
  for (let cut = 0; cut < 2_000; cut += EVERY) cuts += noteThroughCut(cut) ? 1 : 0;
  expect(cuts).toBeGreaterThan(1_000 / EVERY);
});

/** Appends, notes and acknowledges until the power goes, twice. @returns whether it went */
function noteThroughCut(cut: number): boolean {
  const random = new Prng(5);
  const flash = new NorFlash({ blocks: 4, blockLength: 256, random: () => random.unit() });
  let outbox = new Outbox(flash);
  const noted = new Map<number, Note>();
  /** What was being noted when the power went: it may be there or not. */
  let doing: Note | undefined;
  const step = () => {
    outbox.append("t", new Uint8Array(random.below(30)));
    const first = outbox.next(0)!.sequence;
    doing = noteOf(first + random.below(Math.min(4, outbox.size)), { id: 1 + random.below(60_000) });
    if (outbox.note(doing)) noted.set(doing.first, doing);
    doing = undefined;
    outbox.delivered(first + random.below(2));
  };
  const look = () => {
    const found = outbox.notes();
    const waits = waiting(outbox);
    for (const note of inForce(noted.values(), waits)) {
      const one = found.find(({ first }) => first === note.first);
      if (one?.id === note.id || (doing?.first === note.first && one?.id === doing.id)) continue;
      throw new Error(`cut at ${cut}: the note of ${note.first} is gone`);
    }
    for (const note of found) {
      if (noted.get(note.first)?.id === note.id || doing?.id === note.id) continue;
      throw new Error(`cut at ${cut}: nobody noted ${note.first} as ${note.id}`);
    }
    if (doing && found.some(({ id }) => id === doing!.id)) noted.set(doing.first, doing);
    doing = undefined;
  };
  let went = 0;
  flash.cutAfter(cut);
  for (let i = 0; i < 30; i++) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      went++;
      // And once more, in the middle of opening it again.
      for (let again = went; again < 4; again++) {
        flash.powerOn();
        flash.cutAfter(random.below(80));
        try {
          outbox = new Outbox(flash);
          break;
        } catch (cutAgain) {
          if (!(cutAgain instanceof PowerCut)) throw cutAgain;
          went++;
        }
      }
      flash.powerOn();
      outbox = new Outbox(flash);
      look();
    }
  }
  outbox = new Outbox(flash);
  look();
  return went > 0;
}

function spyOnWrites(flash: NorFlash): number[] {
  const lengths: number[] = [];
  const write = flash.write.bind(flash);
  flash.write = (bytes, offset) => {
    lengths.push(bytes.length);
    write(bytes, offset);
  };
  return lengths;
}

function spyOnReads(flash: NorFlash): number[] {
  const offsets: number[] = [];
  const read = flash.read.bind(flash);
  flash.read = (length, offset) => {
    offsets.push(offset);
    return read(length, offset);
  };
  return offsets;
}
