// The ledger against a real outbox: what it says of a record must be what became of it.

import { describe, expect, test } from "@jest/globals";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import type { Journal } from "../../../firmware/mqtt/journal.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { WornFlash } from "../../../host-sim/desk/worn-flash.js";
import { PowerCut } from "../../../host-sim/platform/nor-flash.js";
import { Ledger, type RecordLife } from "../../../host-sim/storm/ledger.js";

function setUp(blocks = 16) {
  let now = 0;
  const flash = new WornFlash({ blocks, blockLength: 1_024, random: () => 0.5 });
  const ledger = new Ledger({
    get elapsed() {
      return ++now;
    },
  });
  const boot = () => ledger.watch(new Outbox(flash));
  return { flash, ledger, boot };
}

const payload = (text: string) => encodeUtf8(text.padEnd(100));

/** Fills an outbox until the power goes after `steps` more bytes or steps of an erase, and boots it again. */
function cutOff(steps: number) {
  const { flash, ledger, boot } = setUp(3);
  let journal = boot();
  for (let i = 0; i < 22; i++) journal.append("t", payload(`record ${i}`));
  const oldest = journal.next(0)!.sequence;
  flash.cutAfter(steps);
  try {
    journal.delivered(oldest + 1);
    for (let i = 22; i < 40; i++) journal.append("t", payload(`record ${i}`));
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  flash.powerOn();
  journal = boot();
  return { ledger, journal };
}

/** Sequence numbers that wait. */
function waitingIn(journal: Journal): number[] {
  const waiting: number[] = [];
  for (let record = journal.next(0); record; record = journal.next(record.sequence)) waiting.push(record.sequence);
  return waiting;
}

describe("the ledger", () => {
  test("notes with each record what was so as it was offered, from the start of its life on", () => {
    const moved = { sent: 0, taken: 0 };
    const flash = new WornFlash({ blocks: 3, blockLength: 1_024, random: () => 0.5 });
    const ledger = new Ledger({ elapsed: 1 }, () => ({ ...moved }));
    let journal = ledger.watch(new Outbox(flash));
    const offered = (text: string) => ledger.records.get(journal.append("t", payload(text)))!.truth!;
    Object.assign(moved, { sent: 700, taken: 3_000 });
    expect(offered("first")).toEqual({ delivered: 0, dropped: 0, droppedBefore: 0, sent: 700, taken: 3_000 });
    journal.delivered(1);
    expect(offered("second")).toMatchObject({ delivered: 1, sent: 700 });
    for (let i = 0; i < 30; i++) offered(`record ${i}`);
    const { dropped } = journal;
    expect(dropped).toBeGreaterThan(0);
    expect(offered("late")).toMatchObject({ delivered: 1, dropped, droppedBefore: dropped });
    // Another life counts anew.
    journal = ledger.watch(new Outbox(flash));
    expect(offered("anew")).toEqual({ delivered: 0, dropped: 0, droppedBefore: 0, sent: 0, taken: 0 });
  });

  test("tells what was kept, acknowledged and dropped", () => {
    const { ledger, boot } = setUp(3);
    const journal = boot();
    for (let i = 0; i < 30; i++) journal.append("t", payload(`record ${i}`));
    const lives = [...ledger.records.values()];
    const dropped = lives.filter(({ droppedAt }) => droppedAt !== undefined);
    expect(dropped.map(({ sequence }) => sequence)).toEqual(dropped.map((_, i) => i + 1));
    expect(dropped.length).toBe(journal.dropped);
    expect(journal.dropped).toBeGreaterThan(0);
    const next = journal.next(0)!.sequence;
    expect(next).toBe(dropped.length + 1);
    journal.delivered(next);
    expect(ledger.records.get(next)!.ackedAt).toBeDefined();
    expect(ledger.proofs).toHaveLength(1);
  });

  test("does not take a record for kept whose writing was cut off", () => {
    const { flash, ledger, boot } = setUp();
    const journal = boot();
    journal.append("t", payload("one"));
    flash.cutAfter(40);
    expect(() => journal.append("t", payload("two"))).toThrow(PowerCut);
    flash.powerOn();
    const again = boot();
    expect(ledger.records.get(2)).toBeUndefined();
    expect(ledger.vanished).toEqual([]);
    expect(again.append("t", payload("three"))).toBe(2);
    expect(ledger.records.get(2)).toMatchObject({ keptAt: expect.any(Number), text: expect.stringContaining("three") });
  });

  test("knows which of several records with one number flash holds, after a power cut behind its last byte", () => {
    const { flash, ledger, boot } = setUp();
    const journal = boot();
    // The header and the body; of what fills it up to whole units, all but one byte.
    flash.cutAfter(127);
    expect(() => journal.append("t", payload("one"))).toThrow(PowerCut);
    for (const late of ["two", "three"]) expect(() => journal.append("t", payload(late))).toThrow(PowerCut);
    flash.powerOn();
    const found = boot().next(0)!;
    expect(ledger.find("t", found.payload)).toEqual([ledger.records.get(1)]);
    expect(ledger.records.get(1)).toMatchObject({ found: true, text: expect.stringContaining("one") });
    expect(ledger.find("t", payload("three"))).toEqual([undefined]);
  });

  test("knows of each record what became of it, wherever the power went while others were dropped", () => {
    let cutInDropping = 0;
    for (let steps = 1; steps < 3_000; steps += 7) {
      const { ledger, journal } = cutOff(steps);
      const lives = [...ledger.records.values()].filter(({ keptAt }) => keptAt !== undefined);
      const waiting = lives.filter(({ ackedAt, droppedAt }) => ackedAt === undefined && droppedAt === undefined);
      expect({ steps, waiting: waiting.map(({ sequence }) => sequence) }).toEqual({
        steps,
        waiting: waitingIn(journal),
      });
      const dropped = lives.filter(({ droppedAt }) => droppedAt !== undefined).length;
      expect({ steps, dropped }).toEqual({ steps, dropped: journal.dropped });
      if (dropped > 0) cutInDropping++;
    }
    expect(cutInDropping).toBeGreaterThan(20);
  });

  test("keeps the life of a record that is gone after a restart, though its number is given again", () => {
    const { flash, ledger, boot } = setUp();
    const journal = boot();
    journal.append("t", payload("one"));
    journal.append("t", payload("two"));
    for (const block of flash.wear.keys()) flash.eraseBlock(block);
    boot().append("t", payload("three"));
    expect(ledger.vanished.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(ledger.records.get(1)).toMatchObject({ text: expect.stringContaining("three") });
  });

  test("gives arrivals with the same content to one record after the other", () => {
    const { ledger, boot } = setUp();
    const journal = boot();
    journal.append("t", payload("same"));
    journal.append("t", payload("same"));
    expect([1, 2, 3].map(() => ledger.arrived("t", payload("same"))[0]!.sequence)).toEqual([1, 2, 2]);
    expect(ledger.arrived("t", payload("another"))).toEqual([undefined]);
  });

  test("gives an arrival to a record that waits, not to one with the same content that was dropped long ago", () => {
    const { ledger, boot } = setUp(3);
    const journal = boot();
    journal.append("t", payload("same"));
    while (ledger.records.get(1)!.droppedAt === undefined) journal.append("t", payload("another"));
    const last = journal.append("t", payload("same"));
    expect(ledger.arrived("t", payload("same"))[0]!.sequence).toBe(last);
    // That one may come too: it was under way.
    expect(ledger.arrived("t", payload("same"))[0]!.sequence).toBe(1);
  });

  test("tells two messages under way apart that say the same, also when the first is acknowledged", () => {
    const { ledger, boot } = setUp();
    const journal = boot();
    const state = payload("state");
    for (let i = 0; i < 2; i++) journal.append("t", state);
    const first = ledger.find("t", state) as RecordLife[];
    const second = ledger.find("t", state, [], first) as RecordLife[];
    expect([...first, ...second].map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(ledger.find("t", state, first, second)).toEqual(first);
    journal.delivered(1);
    expect(ledger.find("t", state, second, [])).toEqual(second);
  });

  test("does not look for a record that was never kept, once its number is given to another that says the same", () => {
    const { flash, ledger, boot } = setUp();
    const journal = boot();
    flash.cutAfter(40);
    // What runs on after a power cut tries again.
    for (let i = 0; i < 2; i++) expect(() => journal.append("t", payload("same"))).toThrow(PowerCut);
    flash.powerOn();
    boot().append("t", payload("same"));
    expect(ledger.arrived("t", payload("same"))).toEqual([ledger.records.get(1)]);
    expect(ledger.records.get(1)!.arrivals).toBe(1);
  });

  test("an outbox on flash with worn blocks keeps all that fits into the others", () => {
    const { flash, ledger, boot } = setUp(6);
    const journal = boot();
    flash.wearOut(1);
    flash.wearOut(4);
    for (let i = 0; i < 100; i++) {
      const sequence = journal.append("t", payload(`record ${i}`));
      expect(journal.next(0)!.sequence).toBe(sequence);
      journal.delivered(sequence);
    }
    expect(journal.dropped).toBe(0);
    expect([...ledger.records.values()].every(({ ackedAt }) => ackedAt !== undefined)).toBe(true);
  });
});

test("of records that travel together each is found and has arrived; what stands among them that nobody wrote is told", () => {
  const { ledger, boot } = setUp();
  const journal = boot();
  for (const seq of [1, 2, 3]) journal.append("t", encodeUtf8(`{"seq":${seq}}`));
  const together = encodeUtf8('[{"seq":1},{"seq":3},{"seq":9}]');
  const numbers = (found: readonly ({ sequence: number } | undefined)[]) => found.map((record) => record?.sequence);
  expect(numbers(ledger.find("t", together))).toEqual([1, 3, undefined]);
  expect(numbers(ledger.arrived("t", together))).toEqual([1, 3, undefined]);
  expect([1, 2, 3].map((seq) => ledger.records.get(seq)!.arrivals)).toEqual([1, 0, 1]);
  // On another topic nobody wrote any of them.
  expect(numbers(ledger.find("u", together))).toEqual([undefined, undefined, undefined]);
});
