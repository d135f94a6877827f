// A partition whose checksums are right and whose content is not: bits that aged, another layout, or somebody's soldering iron.
// Found by fuzzing.

import { describe, expect, test } from "@jest/globals";
import { encodeCheckpoint } from "../../../firmware/store/checkpoint.js";
import { ACK, BLOCK, encodeEntry, RECORD } from "../../../firmware/store/entry.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";

const BLOCK_LENGTH = 512;
const TEXT = Uint8Array.of(0, 1, 0x74, 0x21);

const opening = (number: number, next: number, cursor: number, done: readonly number[] = []) =>
  encodeEntry(BLOCK, 0, number, encodeCheckpoint({ next, cursor, dropped: 0, done: new Set(done) }));
const record = (number: number, body = TEXT) => encodeEntry(RECORD, 1, number, body);
const ack = (number: number) => encodeEntry(ACK, 0, number, new Uint8Array(0));

/** A partition whose blocks begin with these entries. */
function flashOf(...blocks: readonly (readonly Uint8Array[])[]): NorFlash {
  const flash = new NorFlash({ blocks: 4, blockLength: BLOCK_LENGTH });
  blocks.forEach((entries, block) => {
    let at = block * BLOCK_LENGTH;
    for (const entry of entries) {
      flash.write(entry, at);
      at += entry.length;
    }
  });
  return flash;
}

function waiting(outbox: Outbox): number[] {
  const numbers: number[] = [];
  for (let next = outbox.next(0); next; next = outbox.next(next.sequence)) numbers.push(next.sequence);
  return numbers;
}

/** The outbox works: what is appended comes back after a restart, what is acknowledged does not. */
function works(flash: NorFlash): void {
  const outbox = new Outbox(flash);
  const sequence = outbox.append("t", Uint8Array.of(1));
  expect(waiting(new Outbox(flash))).toContain(sequence);
  outbox.delivered(sequence);
  expect(waiting(new Outbox(flash))).not.toContain(sequence);
  expect(new Outbox(flash).size).toBeGreaterThanOrEqual(0);
}

describe("a record whose body is none", () => {
  test.each([
    ["has a topic that is not UTF-8", Uint8Array.of(0, 1, 0xff, 0x21)],
    ["has a topic longer than itself", Uint8Array.of(0, 9, 0x74)],
    ["is too short for a topic", Uint8Array.of(0)],
    ["is empty", new Uint8Array(0)],
  ])("and %s is dropped and counted", (_what, body) => {
    const flash = flashOf([], [opening(1, 1, 1), record(1), record(2, body), record(3)]);
    const outbox = new Outbox(flash);
    expect(waiting(outbox)).toEqual([1, 3]);
    expect([outbox.size, outbox.dropped]).toEqual([2, 1]);
    works(flash);
  });
});

test("a record longer than any that can be appended is dropped and counted", () => {
  const long = Uint8Array.of(...TEXT.subarray(0, 3), ...new Uint8Array(BLOCK_LENGTH - 3 * 16 - 16 - 3));
  const flash = flashOf([], [opening(1, 1, 1), record(1, long)], [opening(2, 2, 1), record(2)]);
  const outbox = new Outbox(flash);
  expect(long.length - 2).toBeGreaterThan(outbox.recordMax);
  expect(waiting(outbox)).toEqual([2]);
  expect([outbox.size, outbox.dropped]).toEqual([1, 1]);
  works(flash);
});

test("what was acknowledged out of order does not come back when a record before it cannot be read any more", () => {
  const flash = flashOf([], [opening(1, 1, 1), record(1, Uint8Array.of(0)), record(2), record(3), ack(2)]);
  const outbox = new Outbox(flash);
  expect(waiting(outbox)).toEqual([3]);
  expect([outbox.size, outbox.dropped]).toEqual([1, 1]);
});

describe("a block whose numbers no outbox has written is none, and the one before it counts", () => {
  test.each<[string, Uint8Array]>([
    ["the oldest waiting record comes after the next one", opening(2, 3, 4)],
    ["there is a record 0", opening(2, 3, 0)],
    ["more records wait than there is room for", opening(2, 500, 1)],
    ["records are numbered higher than ever", opening(2, 0xffff_fff0, 0xffff_fff0)],
    ["the block's own number is higher than ever", opening(0xffff_fffe, 3, 1)],
    ["what it begins with is too long", encodeEntry(BLOCK, 0, 2, new Uint8Array(48).fill(1))],
    ["what it begins with is too short", encodeEntry(BLOCK, 0, 2, new Uint8Array(16))],
    ["it begins with a record", record(2)],
    ["its number belongs to another place", opening(3, 3, 1)],
  ])("%s", (_what, wrong) => {
    const flash = flashOf([], [opening(1, 1, 1), record(1), record(2)], [wrong]);
    const outbox = new Outbox(flash);
    expect(waiting(outbox)).toEqual([1, 2]);
    expect([outbox.nextSequence, outbox.size]).toEqual([3, 2]);
    works(flash);
  });
});

test("a checkpoint's acknowledgements of records that it does not know are none", () => {
  const outbox = new Outbox(flashOf([], [opening(1, 3, 2, [2, 3, 40]), record(3)]));
  expect(outbox.size).toBe(1);
  expect(waiting(outbox)).toEqual([3]);
});

test("the acknowledgement of a record that was never written is none", () => {
  const flash = flashOf([], [opening(1, 1, 1), record(1), ack(2), ack(90), ack(0x8000_0000)]);
  expect(new Outbox(flash).size).toBe(1);
  expect(waiting(new Outbox(flash))).toEqual([1]);
  works(flash);
});

test("a record whose number does not follow the one before ends what can be read of its block", () => {
  const flash = flashOf([], [opening(1, 1, 1), record(1), record(77), record(2)]);
  const outbox = new Outbox(flash);
  expect([outbox.nextSequence, outbox.size]).toEqual([2, 1]);
  works(flash);
});

test("a header with a bit turned over ends what can be read of its block", () => {
  const damaged = record(2);
  damaged[1]! ^= 4;
  const flash = flashOf([], [opening(1, 1, 1), record(1), damaged, record(3)]);
  const outbox = new Outbox(flash);
  expect([outbox.nextSequence, outbox.size]).toEqual([2, 1]);
  expect(outbox.next(0)).toMatchObject({ sequence: 1, retain: false });
  works(flash);
});

test.each([
  ["altogether", Uint8Array.from({ length: 16 }, () => 0)],
  ["but for its end", Uint8Array.from({ length: 16 }, (_, i) => (i < 2 ? 0x5a : 0xff))],
])("what lies behind the last entry and is not erased %s is left alone", (_what, rest) => {
  const entries = [opening(1, 1, 1), record(1)];
  const flash = flashOf([], [...entries, rest]);
  const at = BLOCK_LENGTH + entries.reduce((sum, { length }) => sum + length, 0);
  works(flash);
  expect(flash.read(16, at)).toEqual(rest);
  expect(waiting(new Outbox(flash))).toContain(1);
});

test("a torn record's number may be given again", () => {
  const torn = record(2);
  torn[20]! ^= 1;
  const outbox = new Outbox(flashOf([], [opening(1, 1, 1), record(1), torn, record(2), record(3)]));
  expect(waiting(outbox)).toEqual([1, 2, 3]);
});

test("an older block that claims later records takes none of the newest block with it", () => {
  const flash = flashOf([], [opening(1, 90, 5)], [opening(2, 10, 5)]);
  works(flash);
});

test("blocks of the highest numbers are searched like any", () => {
  const number = 0x7fff_fff0;
  const blocks = [0, 1, 2].map((i) => [opening(number + i, 1 + i, 1), record(1 + i)]);
  const outbox = new Outbox(flashOf(...blocks));
  expect(waiting(outbox)).toEqual([1, 2, 3]);
  expect(outbox.next(0)?.sequence).toBe(1);
});

test("records of an older block that have numbers still to be given do not come in the place of new ones", () => {
  const flash = flashOf([], [opening(1, 1, 1), record(1), record(2), record(3)], [opening(2, 2, 1)]);
  const outbox = new Outbox(flash);
  expect(waiting(outbox)).toEqual([1]);
  expect(outbox.size).toBe(1);
});
