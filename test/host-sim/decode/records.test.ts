// What a consumer in the cloud reads: records alone and together, as JSON and in the compact form.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { arrayHead, cborOf } from "../../../firmware/bytes/cbor.js";
import { RECORD_KEYS } from "../../../firmware/device/record-keys.js";
import { CborError, readItem } from "../../../host-sim/decode/cbor.js";
import { decodeRecords, RecordsError, splitRecords } from "../../../host-sim/decode/records.js";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const json = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));
const compact = (value: unknown) => cborOf(JSON.stringify(value), RECORD_KEYS)!;

const RECORDS = [
  { seq: 1, uptime: 12, time: 1_767_225_600, rat: "LTE-M", rssi: -74, app: { t: 21.5, on: true, list: [1, null] } },
  { seq: 70_000, safe: true, other: 'ü\n"\\ \u2028 😀', app: { deep: { x: -0.1 } } },
];

describe("records", () => {
  test("alone and together, as JSON and in the compact form, are the same records", () => {
    for (const record of RECORDS) {
      expect(decodeRecords(json(record))).toEqual([record]);
      expect(decodeRecords(compact(record))).toEqual([record]);
    }
    expect(decodeRecords(json(RECORDS))).toEqual(RECORDS);
    const together = Buffer.concat([arrayHead(2), ...RECORDS.map(compact)]);
    expect(decodeRecords(together)).toEqual(RECORDS);
    expect(splitRecords(together)).toEqual(RECORDS.map(compact));
    expect(splitRecords(json(RECORDS))).toEqual(RECORDS.map(json));
  });

  test("a number that no name stands for yet is its own name", () => {
    expect(decodeRecords(hex("a2000118fa02"))).toEqual([{ seq: 1, 250: 2 }]);
  });

  test.each([
    ["nothing", ""],
    ["text", Buffer.from('"seq"').toString("hex")],
    ["a list of numbers", Buffer.from("[1,2]").toString("hex")],
    ["half of an object", Buffer.from('{"seq":1').toString("hex")],
    ["a compact record that is cut off", "a200"],
    ["a list that is cut off", "82a10001"],
    ["more behind a record", "a1000100"],
    ["a tag", "c100"],
    ["a length that is reserved", "bc"],
    ["text that is no UTF-8", "a10061ff"],
    ["a length that nothing has", "a1007affffffff"],
    ["lists within lists", "9f".repeat(200)],
  ])("what holds none is refused: %s", (_, bytes) => {
    expect(() => decodeRecords(hex(bytes))).toThrow(/./);
    expect(() => decodeRecords(hex(bytes))).not.toThrow(/undefined|not a function/);
  });

  test("any bytes are records, or a typed error", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      // Those that begin like records.
      fc.uint8Array({ maxLength: 30 }).map((rest) => Uint8Array.of(0x82, 0xbf, ...rest)),
      fc.uint8Array({ maxLength: 30 }).map((rest) => Uint8Array.of(0x5b, 0x7b, ...rest)),
    );
    fc.assert(
      fc.property(bytes, (payload) => {
        try {
          for (const record of decodeRecords(payload)) expect(typeof record).toBe("object");
        } catch (error) {
          expect(error instanceof RecordsError || error instanceof CborError).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a name from outside harms no object", () => {
    const [record] = decodeRecords(hex("a1695f5f70726f746f5f5fa1617801"));
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("RFC 8949, appendix A", () => {
  test.each<[string, unknown]>([
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["18ff", 255],
    ["190100", 256],
    ["1a000f4240", 1_000_000],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["20", -1],
    ["3903e7", -1000],
    ["fb3ff199999999999a", 1.1],
    ["fa47c35000", 100_000],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["60", ""],
    ["6449455446", "IETF"],
    ["62c3bc", "ü"],
    ["80", []],
    ["83010203", [1, 2, 3]],
    ["a26161016162820203", { a: 1, b: [2, 3] }],
    ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
    ["bf6346756ef563416d7421ff", { Fun: true, Amt: -2 }],
  ])("%s", (bytes, value) => {
    expect(readItem(hex(bytes))).toEqual({ value, end: bytes.length / 2 });
  });

  test.each<[unknown, string]>([
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [1_000_000, "1a000f4240"],
    [1_000_000_000_000, "1b000000e8d4a51000"],
    [-1000, "3903e7"],
    [1.1, "fb3ff199999999999a"],
    [1.5, "fa3fc00000"],
    ["IETF", "6449455446"],
    ["ü", "62c3bc"],
    [null, "f6"],
    [[], "9fff"],
    [{ Fun: true, Amt: -2 }, "bf6346756ef563416d7421ff"],
  ])("the device writes %j as %s", (value, bytes) => {
    expect(Buffer.from(cborOf(JSON.stringify(value), {})!).toString("hex")).toBe(bytes);
  });
});
