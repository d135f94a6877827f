// The outbox on a sound partition: order, acknowledgements, restarts, the ring, wear.

import { describe, expect, test } from "@jest/globals";
import type { Journal } from "../../../firmware/mqtt/journal.js";
import { encodeCheckpoint, SPAN } from "../../../firmware/store/checkpoint.js";
import { BLOCK, encodeEntry, RECORD } from "../../../firmware/store/entry.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import type { StoreError } from "../../../firmware/store/ring-log.js";
import { NorFlash, type NorFlashOptions } from "../../../host-sim/platform/nor-flash.js";
import { Prng } from "../../../host-sim/world/prng.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const flashOf = (options: NorFlashOptions = {}) => new NorFlash({ blocks: 4, blockLength: 512, ...options });

/** A partition that counts how often it is read. */
class Counting extends NorFlash {
  reads = 0;

  override read(length: number, offset: number): Uint8Array {
    this.reads++;
    return super.read(length, offset);
  }
}

/** All that waits, as the payloads' text. */
function waiting(outbox: Journal): string[] {
  const texts = [];
  for (let record = outbox.next(0); record; record = outbox.next(record.sequence)) {
    texts.push(Buffer.from(record.payload).toString());
  }
  return texts;
}

describe("records", () => {
  test("come back in order, with all that they were given", () => {
    const outbox: Journal = new Outbox(flashOf());
    expect(outbox.next(0)).toBeUndefined();
    expect(outbox.append("a/b", bytes("one"))).toBe(1);
    expect(outbox.nextSequence).toBe(2);
    expect(outbox.append("ü/€/😀", bytes(""), 2, true)).toBe(2);
    expect(outbox.next(0)).toEqual({ sequence: 1, topic: "a/b", payload: bytes("one"), qos: 1, retain: false });
    expect(outbox.next(1)).toEqual({ sequence: 2, topic: "ü/€/😀", payload: bytes(""), qos: 2, retain: true });
    expect(outbox.next(2)).toBeUndefined();
    expect(outbox.size).toBe(2);
  });

  test("go when they are acknowledged, in any order, and do not come back after a restart", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    for (const text of ["1", "2", "3", "4", "5"]) outbox.append("t", bytes(text));
    for (const sequence of [2, 5, 2, 1, 99, 0]) outbox.delivered(sequence);
    expect(waiting(outbox)).toEqual(["3", "4"]);
    const again = new Outbox(flash);
    expect(waiting(again)).toEqual(["3", "4"]);
    expect([again.size, again.dropped, again.nextSequence]).toEqual([2, 0, 6]);
    expect(again.append("t", bytes("6"))).toBe(6);
    expect(waiting(again)).toEqual(["3", "4", "6"]);
  });

  test("have a topic that a broker takes: any other is refused, and the outbox stays as it was", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    for (const topic of ["a\u0001", "\0", "a\u007f", "\u0085", "\ufdd0", "\uffff", "\u{2fffe}", "\ud800", "\udc00a"]) {
      expect(() => outbox.append(topic, bytes("x"))).toThrow(
        expect.objectContaining({ code: "store-topic", advice: "give-up" }) as unknown as StoreError,
      );
    }
    expect([outbox.size, outbox.nextSequence, outbox.dropped]).toEqual([0, 1, 0]);
    expect(outbox.append("t", bytes("1"))).toBe(1);
    expect(waiting(new Outbox(flash))).toEqual(["1"]);
  });

  test("may have a topic longer than a byte can count", () => {
    const flash = flashOf({ blockLength: 1024 });
    new Outbox(flash).append("é/".repeat(100), bytes("x"));
    expect(new Outbox(flash).next(0)).toMatchObject({ topic: "é/".repeat(100), payload: bytes("x") });
  });

  test("fit into a ring of three blocks too, and into none of two", () => {
    const flash = flashOf({ blocks: 3 });
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 100; i++) outbox.append("t", bytes(`${i}`));
    const kept = waiting(outbox);
    expect(kept.at(-1)).toBe("100");
    expect(outbox.size + outbox.dropped).toBe(100);
    expect(waiting(new Outbox(flash))).toEqual(kept);
    expect(() => new Outbox(flashOf({ blocks: 2 }))).toThrow(
      expect.objectContaining({ code: "store-geometry", advice: "give-up" }),
    );
  });

  test("are dropped for new ones only: an acknowledgement never costs a record", () => {
    let drops = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Prng(seed);
      const outbox = new Outbox(flashOf({ blocks: 3 }));
      for (let i = 0; i < 60; i++) {
        if (random.chance(0.6)) outbox.append("t", new Uint8Array(random.below(40)));
        const { dropped } = outbox;
        // The latest, so that the oldest wait on while acknowledgements fill the blocks.
        outbox.delivered(outbox.nextSequence - 1 - random.below(3));
        expect(outbox.dropped).toBe(dropped);
      }
      drops += outbox.dropped;
    }
    expect(drops).toBeGreaterThan(20);
  });

  test("are not dropped for one for which there is room to spare, and such room there is until the ring is full", () => {
    let [spared, refused] = [0, 0];
    const wrong: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Prng(seed);
      const flash = flashOf({ blocks: 3 + random.below(3) });
      let outbox = new Outbox(flash);
      for (let i = 0; i < 150; i++) {
        if (random.chance(0.1)) outbox = new Outbox(flash);
        const payload = new Uint8Array(random.below(200));
        const asked = payload.length + 1 + (random.chance(0.5) ? random.below(100) : 0);
        const { dropped, size } = outbox;
        const spare = outbox.spare(asked);
        if (outbox.dropped !== dropped || outbox.size !== size) wrong.push(`${seed}: asking changed something`);
        // An empty ring has room for anything that fits into it.
        if (size === 0 && !spare) wrong.push(`${seed}: no room in an empty ring`);
        outbox.append("t", payload);
        if (spare && outbox.dropped > dropped) wrong.push(`${seed}: dropped what waits`);
        if (spare) spared++;
        else refused++;
        const oldest = outbox.next(0)!.sequence;
        for (let k = random.below(3); k > 0; k--) outbox.delivered(oldest + random.below(3));
      }
    }
    expect(wrong).toEqual([]);
    expect(Math.min(spared, refused)).toBeGreaterThan(200);
  });

  test("are numbered on when all before are gone", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 100; i++) outbox.delivered(outbox.append("t", bytes(`${i}`)));
    expect([outbox.size, outbox.dropped]).toEqual([0, 0]);
    expect(new Outbox(flash).append("t", bytes("x"))).toBe(101);
  });

  test("that are too long are refused, and the longest is not", () => {
    const outbox = new Outbox(flashOf());
    const room = outbox.recordMax - 1;
    expect(() => outbox.append("t", new Uint8Array(room + 1))).toThrow(
      expect.objectContaining({ code: "store-too-large", advice: "give-up" }) as unknown as StoreError,
    );
    expect(outbox.nextSequence).toBe(1);
    expect(outbox.append("t", new Uint8Array(room).fill(7))).toBe(1);
    expect(outbox.next(0)?.payload).toEqual(new Uint8Array(room).fill(7));
  });

  test("far ahead of the oldest waiting one are held back until it is acknowledged", () => {
    const outbox = new Outbox(flashOf({ blocks: 40 }));
    for (let i = 0; i < SPAN + 5; i++) outbox.append("t", bytes(`${i}`));
    for (let i = 2; i <= SPAN; i++) outbox.delivered(i);
    expect(outbox.next(1)).toBeUndefined();
    expect(outbox.size).toBe(6);
    outbox.delivered(1);
    expect(outbox.next(0)?.sequence).toBe(SPAN + 1);
  });
});

describe("the ring", () => {
  test("does not bring back after a restart what it had dropped, which may have been delivered meanwhile", () => {
    for (let count = 1; count <= 60; count++) {
      const flash = flashOf();
      const outbox = new Outbox(flash);
      for (let i = 1; i <= count; i++) outbox.append("t", bytes(`${i}`.padEnd(60)));
      // Dropped while it was in flight: its acknowledgement finds nothing to acknowledge.
      for (let i = 1; i <= outbox.dropped; i++) outbox.delivered(i);
      const again = new Outbox(flash);
      expect([again.dropped, again.size, again.next(0)?.sequence]).toEqual([
        outbox.dropped,
        outbox.size,
        outbox.next(0)?.sequence,
      ]);
    }
  });

  test("drops the oldest when full, with a count that outlives a restart", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 200; i++) outbox.append("t", bytes(`${i}`));
    const left = waiting(outbox);
    expect(left.at(-1)).toBe("200");
    expect(left).toEqual(Array.from({ length: left.length }, (_, i) => `${201 - left.length + i}`));
    expect(outbox.dropped).toBe(200 - left.length);
    expect(outbox.size).toBe(left.length);
    // Of four blocks one is written, one is kept free.
    const perBlock = Math.floor((512 - 48) / 32);
    expect(left.length).toBeGreaterThanOrEqual(2 * perBlock);
    const again = new Outbox(flash);
    expect(again.dropped + again.size).toBe(200);
    expect(waiting(again).at(-1)).toBe("200");
  });

  test("a record that was acknowledged is not counted among those around it that are dropped", () => {
    const outbox = new Outbox(flashOf());
    let appended = 0;
    while (outbox.dropped === 0) {
      outbox.append("t", bytes(`${++appended}`));
      outbox.delivered(2);
    }
    expect(outbox.dropped + outbox.size + 1).toBe(appended);
  });

  test("acknowledgements of a full ring drop nothing", () => {
    const flash = flashOf({ blocks: 6 });
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 300; i++) outbox.append("t", bytes(`${i}`));
    const { dropped, size } = outbox;
    let seen = 0;
    for (let record = outbox.next(0); record; record = outbox.next(0)) {
      seen++;
      outbox.delivered(record.sequence);
    }
    expect(seen).toBe(size);
    expect(outbox.dropped).toBe(dropped);
    expect(flash.overwrites).toBe(0);
  });

  test("new records come while old ones are replayed, without loss or reordering", () => {
    const outbox = new Outbox(flashOf());
    const out: string[] = [];
    let appended = 0;
    for (let round = 0; round < 400; round++) {
      if (round % 2 === 0 || outbox.size === 0) outbox.append("t", bytes(`${++appended}`));
      const record = outbox.next(0)!;
      out.push(Buffer.from(record.payload).toString());
      outbox.delivered(record.sequence);
    }
    expect(out).toEqual(Array.from({ length: out.length }, (_, i) => `${i + 1}`));
    expect(outbox.dropped).toBe(0);
  });

  test("spreads wear over the blocks, also over restarts", () => {
    const flash = flashOf({ blocks: 5 });
    for (let boot = 0; boot < 30; boot++) {
      const outbox = new Outbox(flash);
      for (let i = 0; i < 50; i++) outbox.delivered(outbox.append("t", bytes("12345678")));
    }
    expect(Math.max(...flash.wear) - Math.min(...flash.wear)).toBeLessThanOrEqual(1);
    expect(flash.overwrites).toBe(0);
  });

  test("writes whole aligned units only, whatever the alignment up to 16", () => {
    for (const writeAlign of [1, 4, 8, 16]) {
      const outbox = new Outbox(flashOf({ writeAlign }));
      outbox.append("t", bytes("odd"));
      expect(waiting(outbox)).toEqual(["odd"]);
    }
  });

  test.each([
    ["too few blocks", { blocks: 2 }],
    ["an alignment above 16", { writeAlign: 32 }],
    ["blocks that are no whole units", { blockLength: 520, writeAlign: 8 }],
  ])("a partition with %s is refused", (_, options) => {
    expect(() => new Outbox(flashOf(options))).toThrow(
      expect.objectContaining({ code: "store-geometry" }) as unknown as StoreError,
    );
  });
});

describe("a partition that is not sound", () => {
  test("full of something else is taken over", () => {
    const flash = flashOf();
    for (let at = 0; at < flash.status().size; at += 16) flash.write(new Uint8Array(16).fill(at & 255), at);
    const outbox = new Outbox(flash);
    expect(outbox.append("t", bytes("x"))).toBe(1);
    expect(waiting(new Outbox(flash))).toEqual(["x"]);
  });

  test("a record that cannot be read any more is dropped and counted; those around it come", () => {
    const flash = flashOf();
    const outbox = new Outbox(flash);
    for (const text of ["one", "two", "three"]) outbox.append("t", bytes(text));
    // One bit of the second record's body: opening (48), first record (32), header (16), topic length and topic (3).
    flash.damage(48 + 512 + 32 + 16 + 3, 0x10);
    expect(waiting(outbox)).toEqual(["one", "three"]);
    expect([outbox.dropped, outbox.size]).toEqual([1, 2]);
    const again = new Outbox(flash);
    expect(waiting(again)).toEqual(["one", "three"]);
  });

  test("what was acknowledged behind a record that cannot be read stays so over a restart, however much it is", () => {
    const flash = flashOf({ blockLength: 8_192 });
    const outbox = new Outbox(flash);
    const count = SPAN + 20;
    for (let i = 0; i < count; i++) {
      outbox.append("t", bytes("x"));
      if (i === 0) flash.damage(48 + 8_192 + 16 + 3, 0x10);
      for (let record = outbox.next(0); record; record = outbox.next(0)) outbox.delivered(record.sequence);
    }
    expect([outbox.dropped, outbox.size]).toEqual([1, 0]);
    const again = new Outbox(flash);
    expect(waiting(again)).toEqual([]);
    expect([again.dropped, again.size, again.nextSequence]).toEqual([1, 0, count + 1]);
  });

  test("a block whose opening is damaged counts as dropped", () => {
    const flash = flashOf({ blocks: 8 });
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 40; i++) outbox.append("t", bytes(`${i}`));
    const perBlock = 14;
    flash.damage(2 * 512 + 19, 0xff);
    const again = new Outbox(flash);
    const left = waiting(again);
    expect(left.length).toBe(40 - perBlock);
    expect(again.dropped).toBe(perBlock);
    expect(left[0]).toBe("1");
    expect(left.at(-1)).toBe("40");
  });

  test.each([
    ["another layout", () => encodeCheckpoint({ next: 9, cursor: 9, dropped: 0, done: new Set() }).fill(2, 12, 16)],
    ["another length", () => new Uint8Array(16)],
  ])("a block of %s is not read: the log begins anew behind it", (_, checkpoint) => {
    const flash = flashOf();
    flash.write(encodeEntry(BLOCK, 0, 5, checkpoint()), (5 % 4) * 512);
    const outbox = new Outbox(flash);
    expect([outbox.nextSequence, outbox.size, outbox.dropped]).toEqual([1, 0, 0]);
    for (let i = 1; i <= 60; i++) outbox.append("t", bytes(`${i}`));
    expect(waiting(outbox).at(-1)).toBe("60");
    expect(outbox.size + outbox.dropped).toBe(60);
  });

  test("an entry that would reach beyond its block ends what can be read of it", () => {
    const flash = flashOf();
    new Outbox(flash).append("t", bytes("1"));
    // The header of a record of 500 bytes, with 416 left in the block.
    flash.write(encodeEntry(RECORD, 1, 2, new Uint8Array(500)).slice(0, 16), 512 + 48 + 32);
    const outbox = new Outbox(flash);
    expect(waiting(outbox)).toEqual(["1"]);
    expect(outbox.append("t", bytes("2"))).toBe(2);
    expect(waiting(new Outbox(flash))).toEqual(["1", "2"]);
  });

  test("an entry of an unknown kind is passed over", () => {
    const flash = flashOf();
    new Outbox(flash).append("t", bytes("1"));
    flash.write(encodeEntry(0x60, 0, 7, bytes("later")), 512 + 48 + 32);
    const outbox = new Outbox(flash);
    outbox.append("t", bytes("2"));
    expect(waiting(outbox)).toEqual(["1", "2"]);
  });

  test("a flash that keeps openings but no entries fails with a type", () => {
    class Deaf extends NorFlash {
      deaf = false;
      override write(data: Uint8Array, offset: number): void {
        if (!this.deaf || offset % 512 < 48) super.write(data, offset);
      }
    }
    const flash = new Deaf({ blocks: 4, blockLength: 512 });
    const outbox = new Outbox(flash);
    flash.deaf = true;
    expect(() => outbox.append("t", bytes("x"))).toThrow(
      expect.objectContaining({ code: "store-worn" }) as unknown as StoreError,
    );
  });

  test("an opening that is damaged while the outbox is in use costs no record that can be read", () => {
    const flash = flashOf({ blocks: 6 });
    const outbox = new Outbox(flash);
    for (let i = 1; i <= 30; i++) outbox.append("t", bytes(`${i}`));
    flash.damage(2 * 512 + 19, 0xff);
    expect(waiting(outbox)).toEqual(Array.from({ length: 30 }, (_, i) => `${i + 1}`));
    // Out of order, so that each is looked for anew.
    expect([25, 3, 17].map((after) => outbox.next(after)?.sequence)).toEqual([26, 4, 18]);
    for (let i = 31; i <= 200; i++) outbox.append("t", bytes(`${i}`));
    expect(outbox.size + outbox.dropped).toBe(200);
    expect(waiting(outbox).at(-1)).toBe("200");
  });

  test("worn places are passed over; when none is left the failure is typed", () => {
    const worn = new Set([2]);
    class Worn extends NorFlash {
      override write(data: Uint8Array, offset: number): void {
        if (!worn.has(Math.floor(offset / 512))) super.write(data, offset);
      }
    }
    const outbox = new Outbox(new Worn({ blocks: 4, blockLength: 512 }));
    for (let i = 1; i <= 100; i++) outbox.delivered(outbox.append("t", bytes(`${i}`)));
    expect([outbox.size, outbox.dropped]).toEqual([0, 0]);
    const kept = outbox.append("t", bytes("kept"));
    for (const place of [0, 1, 3]) worn.add(place);
    expect(() => outbox.append("t", bytes("x"))).toThrow(
      expect.objectContaining({ code: "store-worn", advice: "give-up" }) as unknown as StoreError,
    );
    // What was safe before can still be sent.
    expect(outbox.next(0)?.sequence).toBe(kept);
  });

  test("as its blocks wear out one by one, no record goes without being counted, until none keeps anything", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Prng(seed);
      const flash = flashOf({ blocks: 5, blockLength: 256, endurance: 4, random: () => random.unit() });
      const outbox = new Outbox(flash);
      let appended = 0;
      let acknowledged = 0;
      const use = () => {
        for (;;) {
          outbox.append("t", bytes(`${appended + 1}`));
          appended++;
          const record = random.chance(0.8) ? outbox.next(0) : undefined;
          if (record) {
            expect(Number(Buffer.from(record.payload))).toBe(record.sequence);
            outbox.delivered(record.sequence);
            acknowledged++;
          }
          expect(acknowledged + outbox.size + outbox.dropped).toBe(appended);
        }
      };
      expect(use).toThrow(expect.objectContaining({ code: "store-worn" }) as unknown as StoreError);
      expect(appended).toBeGreaterThan(100);
    }
  });
});

describe("a record out of order", () => {
  /** A full partition, its oldest waiting record, and the outbox opened anew. */
  function full(blocks: number, damaged: (place: number) => boolean = () => false) {
    const flash = new Counting({ blocks, blockLength: 512 });
    const written = new Outbox(flash);
    while (written.dropped === 0) written.append("t", bytes("x".repeat(60)));
    for (let place = 0; place < blocks; place++) if (damaged(place)) flash.damage(place * 512, 0xff);
    const outbox = new Outbox(flash);
    return { flash, outbox, first: outbox.next(0)!.sequence };
  }

  test("is found by halving the blocks: sixteen times the partition takes a few reads more", () => {
    const reads = (blocks: number) => {
      const { flash, outbox, first } = full(blocks);
      const reach = Math.min(outbox.size, SPAN) - 1;
      outbox.next(first + reach - 1);
      flash.reads = 0;
      expect(outbox.next(first + 1)!.sequence).toBe(first + 2);
      return flash.reads;
    };
    expect(reads(256)).toBeLessThanOrEqual(reads(16) + 10);
    expect(reads(256)).toBeLessThan(40);
  });

  test.each([0, 1, 2])("is found among blocks that cannot be read any more: each third from %i on", (rest) => {
    const { outbox } = full(24, (place) => place % 3 === rest);
    const found: number[] = [];
    for (let record = outbox.next(0); record; record = outbox.next(record.sequence)) found.push(record.sequence);
    expect(found.length).toBeGreaterThan(5);
    // Backwards each search begins anew.
    for (const sequence of found.toReversed()) expect(outbox.next(sequence - 1)!.sequence).toBe(sequence);
  });
});
