import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32 } from "../../../firmware/bytes/crc32.js";
import {
  CLOCK_STEP_MS,
  loadCredentials,
  PARTS_LIMIT,
  RECORD_LIMIT,
  type StoredCredentials,
  saveCredentials,
} from "../../../firmware/store/credentials.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";

const KEY = "test.token";
const WALL = Date.UTC(2026, 10, 22);
const HOUR = 3_600_000;
const sample: StoredCredentials = {
  receivedAt: WALL,
  expiresAt: WALL + 24 * HOUR,
  renewAt: WALL + 22 * HOUR + 0.5,
  parts: [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(1060).fill(7)],
};

function kept(): MemoryKeyValue {
  const store = new MemoryKeyValue();
  expect(saveCredentials(store, KEY, sample)).toBe(true);
  return store;
}

describe("kept credentials", () => {
  test("come back as they were, times and parts", () => {
    const part = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: PARTS_LIMIT }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (parts, x) => {
          const store = new MemoryKeyValue();
          const credentials = { ...sample, parts, renewAt: WALL + x * HOUR };
          expect(saveCredentials(store, KEY, credentials)).toBe(true);
          expect(loadCredentials(store, KEY, WALL)).toEqual(credentials);
        },
      ),
    );
  });

  test("are none when nothing is there", () => {
    expect(loadCredentials(new MemoryKeyValue(), KEY, WALL)).toBeUndefined();
  });

  test("are gone when they are over", () => {
    const store = kept();
    expect(loadCredentials(store, KEY, sample.expiresAt - 1)).toEqual(sample);
    expect(loadCredentials(store, KEY, sample.expiresAt)).toBeUndefined();
    expect(store.read(KEY)).toBeUndefined();
  });

  test("are gone when the clock says they have not come yet, but for a small correction of it", () => {
    const store = kept();
    expect(loadCredentials(store, KEY, WALL - CLOCK_STEP_MS)).toEqual(sample);
    expect(loadCredentials(store, KEY, WALL - CLOCK_STEP_MS - 1)).toBeUndefined();
    expect(store.read(KEY)).toBeUndefined();
  });

  test("are gone when a single bit has changed, or the end is missing", () => {
    const record = kept().read(KEY)!;
    fc.assert(
      fc.property(fc.nat(record.length - 1), fc.integer({ min: 0, max: 7 }), fc.boolean(), (at, bit, cut) => {
        const store = new MemoryKeyValue();
        const damaged = cut ? record.slice(0, at) : record.slice();
        if (!cut) damaged[at]! ^= 1 << bit;
        store.write(KEY, damaged);
        expect(loadCredentials(store, KEY, WALL)).toBeUndefined();
        expect(store.read(KEY)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test("that are too long are not kept, nor is what was there before", () => {
    for (const parts of [
      [new Uint8Array(RECORD_LIMIT)],
      Array.from({ length: PARTS_LIMIT + 1 }, () => new Uint8Array(1)),
    ]) {
      const store = kept();
      expect(saveCredentials(store, KEY, { ...sample, parts })).toBe(false);
      expect(store.read(KEY)).toBeUndefined();
    }
  });

  test("that just fit come back", () => {
    for (const parts of [
      [],
      [new Uint8Array(RECORD_LIMIT - 31).fill(3)],
      Array.from({ length: PARTS_LIMIT }, () => Uint8Array.of(1)),
    ]) {
      const store = new MemoryKeyValue();
      expect(saveCredentials(store, KEY, { ...sample, parts })).toBe(true);
      expect(loadCredentials(store, KEY, WALL)).toEqual({ ...sample, parts });
    }
    const store = new MemoryKeyValue();
    expect(saveCredentials(store, KEY, { ...sample, parts: [new Uint8Array(RECORD_LIMIT - 30)] })).toBe(false);
  });

  const times = Buffer.from(kept().read(KEY)!.subarray(5, 29));
  test.each<[string, number, Buffer]>([
    ["is of another version", 2, times],
    ["ends within its times", 1, times.subarray(0, 20)],
    ["ends within its checksum", 1, Buffer.alloc(0)],
    ["has a part that goes past its end", 1, Buffer.concat([times, Buffer.of(0, 3, 1, 2)])],
    ["ends within the length of a part", 1, Buffer.concat([times, Buffer.of(0)])],
    ["has too many parts", 1, Buffer.concat([times, Buffer.alloc(2 * (PARTS_LIMIT + 1))])],
    ["is too long", 1, Buffer.concat([times, Buffer.of(0x0f, 0xa0), Buffer.alloc(4000)])],
  ])("are gone when their record %s, whatever its checksum says", (_, version, content) => {
    const record = Buffer.concat([Buffer.of(version), Buffer.alloc(4), content]);
    record.writeUInt32BE(zlibCrc32(content), 1);
    const store = new MemoryKeyValue();
    store.write(KEY, new Uint8Array(record));
    expect(loadCredentials(store, KEY, WALL)).toBeUndefined();
    expect(store.read(KEY)).toBeUndefined();
  });

  test.each([0, 1, 2])("with a time that is none are gone, whatever their checksum says: time %i", (which) => {
    const store = kept();
    const record = store.read(KEY)!;
    const view = new DataView(record.buffer);
    view.setFloat64(5 + 8 * which, Number.NaN);
    view.setUint32(1, crc32(record.subarray(5)));
    store.write(KEY, record);
    expect(loadCredentials(store, KEY, WALL)).toBeUndefined();
    expect(store.read(KEY)).toBeUndefined();
  });
});
