import { describe, expect, test } from "@jest/globals";
import { UPDATE_CODES } from "../../../firmware/update/error.js";
import {
  decodeRecord,
  encodeRecord,
  noUpdate,
  readRecord,
  UNDONE_MOST,
  UPDATE_KEY,
  UPDATE_MESSAGE_KEY,
  UpdateMemory,
  type UpdateRecord,
} from "../../../firmware/update/memory.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { sha256 } from "../../support/updates.js";

const digest = (text: string) => sha256(Buffer.from(text));
const FULL: UpdateRecord = {
  ...{ stage: "trial", confirmed: 6, seq: 7, digest: digest("7"), tries: 2, overs: 1, fruitless: 9 },
  ...{ acceptedS: 1_790_000_000, done: 40_960, usedBytes: 70_000, etag: 0xdeadbeef, toldPercent: 40 },
  ...{ tell: "rolled-back", reason: "update-health", tellSeq: 5, heard: 0x1234, undone: [digest("5"), digest("4")] },
};

const memory = (keyValue = new MemoryKeyValue()) => new UpdateMemory({ keyValue, log: () => {} });

describe("the record of an update", () => {
  test("is read as it was written", () => {
    for (const record of [FULL, noUpdate()]) expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  test("has the layout that every image so far has written", () => {
    // Changed, it would not be read by the image that an update is undone to.
    const hex = Buffer.from(encodeRecord({ ...FULL, heard: 0, undone: [] })).toString("hex");
    expect(hex.slice(0, 80)).toBe("010402010904061f00000006000000076ab13b800000a00000011170deadbeef0000000500000000");
    expect(UPDATE_CODES.indexOf("update-health")).toBe(30);
  });

  test("that is damaged at any byte counts as none", () => {
    const bytes = encodeRecord(FULL);
    for (let i = 0; i < bytes.length; i++) {
      const wrong = bytes.slice();
      wrong[i]! ^= 0x10;
      expect(decodeRecord(wrong)).toBeUndefined();
    }
    expect(decodeRecord(bytes.subarray(1))).toBeUndefined();
    expect(decodeRecord(undefined)).toBeUndefined();
  });

  test("remembers the digests that were undone last", () => {
    const undone = ["5", "4", "3", "2", "1"].map(digest);
    expect(decodeRecord(encodeRecord({ ...FULL, undone }))?.undone).toEqual(undone.slice(0, UNDONE_MOST));
  });

  test("changes in one write, and is as before when that fails", () => {
    const keyValue = new MemoryKeyValue();
    const kept = memory(keyValue);
    kept.change({ stage: "fetching", seq: 7 });
    expect(readRecord(keyValue)).toMatchObject({ stage: "fetching", seq: 7 });
    keyValue.write = () => {
      throw new Error("full");
    };
    expect(() => kept.change({ stage: "ready" })).toThrow("full");
    expect(kept.record.stage).toBe("fetching");
  });

  test("that ends lets go of its message, and keeps what was confirmed", () => {
    const keyValue = new MemoryKeyValue();
    const kept = memory(keyValue);
    kept.keepMessage(Uint8Array.of(1));
    kept.change({ stage: "trial", seq: 7, done: 4_096 });
    kept.end({ confirmed: 7 });
    expect(keyValue.read(UPDATE_MESSAGE_KEY)).toBeUndefined();
    expect(memory(keyValue).record).toMatchObject({ stage: "idle", confirmed: 7, done: 0 });
    expect(keyValue.read(UPDATE_KEY)).toBeDefined();
  });
});
