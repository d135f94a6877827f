// The chip's storage over the SDK's classes, which are played here as the SDK's C for the ESP32 has them: status() tells
// size, blockLength and blocks, and nothing of alignment or of what erased flash reads as.

import { crc32 } from "node:zlib";
import { expect, jest, test } from "@jest/globals";
import type { Flash, KeyValue } from "../../../../../firmware/platform/storage.js";
import { Outbox } from "../../../../../firmware/store/outbox.js";
import { NorFlash } from "../../../../../host-sim/platform/nor-flash.js";

const BLOCK = 4096;
const flash = new NorFlash({ blocks: 8, blockLength: BLOCK });
/** A block that the chip refuses to erase and to write. */
let refused: number | undefined;

/** modules/io/flash/esp32 of the Moddable SDK 8.2.3. */
const sdkFlash = {
  open: ({ path }: { path: string }) => {
    if (path !== "outbox") throw new Error("can't find partition");
    return {
      read: (length: number, offset: number) => flash.read(length, offset).slice().buffer,
      write: (bytes: ArrayBuffer, offset: number) => {
        if (Math.floor(offset / BLOCK) === refused) throw new Error("write failed");
        flash.write(new Uint8Array(bytes), offset);
      },
      eraseBlock: (block: number) => {
        if (block === refused) throw new Error("erase failed");
        flash.eraseBlock(block);
      },
      status: () => ({ size: 8 * BLOCK, blockLength: BLOCK, blocks: 8 }),
    };
  },
};

jest.unstable_mockModule("embedded:storage/flash", () => ({ default: sdkFlash }), { virtual: true });
/** Values in NVS: bytes, or what somebody provisioned as a string, which read and write refuse (storage-esp32.c). */
const nvs = new Map<string, ArrayBuffer | string>();
const sdkKeyValue = {
  open: () => ({
    read: (key: string) => {
      const value = nvs.get(key);
      if (typeof value === "string") throw new TypeError("mismatch");
      return value;
    },
    write: (key: string, value: ArrayBuffer) => {
      if (typeof nvs.get(key) === "string") throw new Error("write failed");
      nvs.set(key, value);
    },
    delete: (key: string) => void nvs.delete(key),
  }),
};
jest.unstable_mockModule("embedded:storage/key-value", () => ({ default: sdkKeyValue }), { virtual: true });
// Of the project's C: the CRC-32 in the chip's ROM.
(globalThis as Record<string, unknown>).native = (name: string) => (bytes: Uint8Array) => {
  if (name !== "xs_simkey_crc32") throw new Error(`no ${name}`);
  return crc32(bytes);
};
// By a name that the compiler does not follow: the module belongs to a project that knows the SDK, and the tests do not.
const storage: string = "../../../../../firmware/platform/moddable/esp32/storage.js";
const { flashPartition, nvsKeyValue } = (await import(storage)) as {
  flashPartition(label: string): Flash | undefined;
  nvsKeyValue(onUnreadable?: (key: string, error: unknown) => void): KeyValue;
};

test("an outbox lies in the chip's partition, and what is in it outlives a restart", () => {
  const before = new Outbox(flashPartition("outbox")!);
  before.append("t", Uint8Array.of(1));
  before.append("t", Uint8Array.of(2));
  const after = new Outbox(flashPartition("outbox")!);
  expect({ size: after.size, next: after.nextSequence }).toEqual({ size: 2, next: 3 });
  after.append("t", Uint8Array.of(3));
  expect(new Outbox(flashPartition("outbox")!).size).toBe(3);
});

test("a partition that the table does not name is none", () => {
  expect(flashPartition("elsewhere")).toBeUndefined();
});

test("a block that the chip refuses is done without, as one that is worn out", () => {
  const outbox = new Outbox(flashPartition("outbox")!);
  refused = 2;
  const bytes = new Uint8Array(900);
  const numbers = Array.from({ length: 12 }, () => outbox.append("t", bytes));
  refused = undefined;
  expect(new Set(numbers).size).toBe(12);
  expect(new Outbox(flashPartition("outbox")!).size).toBe(outbox.size);
});

test("a value of another type in NVS counts as none, is said so once, and can be written over", () => {
  const told: string[] = [];
  const store = nvsKeyValue((key, error) => told.push(`${key}: ${String(error)}`));
  nvs.set("settings", '{"apn":"a.b"}');
  expect(store.read("settings")).toBeUndefined();
  expect(store.read("settings")).toBeUndefined();
  expect(told).toEqual(["settings: TypeError: mismatch"]);
  store.write("settings", Uint8Array.of(1, 2));
  expect(store.read("settings")).toEqual(Uint8Array.of(1, 2));
});
