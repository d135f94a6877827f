// The compact form against an independent reader: cborg, and our own decoder, give back what JSON.parse does.

import { describe, expect, test } from "@jest/globals";
import { decode } from "cborg";
import fc from "fast-check";
import { arrayHead, cborOf } from "../../../firmware/bytes/cbor.js";
import { RECORD_KEYS } from "../../../firmware/device/record-keys.js";
import { decodeRecords } from "../../../host-sim/decode/records.js";

/** JSON without what only JSON.parse makes of it: -0, `__proto__`. */
const values = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto")))
  .filter((value) => !JSON.stringify(value).includes("-0"));
const withMaps = (bytes: Uint8Array) => decode(bytes, { useMaps: false });

describe("compact form", () => {
  test("cborg reads whatever JSON it was made of", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(withMaps(cborOf(JSON.stringify(value), {})!)).toEqual(value);
      }),
    );
  });

  test("a list of records is one item for cborg", () => {
    const records = [{ a: 1 }, { b: [true, null, "x"] }, { c: -1.5 }];
    const items = records.map((record) => cborOf(JSON.stringify(record), {})!);
    expect(withMaps(Buffer.concat([arrayHead(3), ...items]))).toEqual(records);
    const many = Array.from({ length: 60 }, () => ({ a: 1 }));
    const item = cborOf('{"a":1}', {})!;
    expect(withMaps(Buffer.concat([arrayHead(60), ...many.map(() => item)]))).toEqual(many);
  });

  test("names of a record are its published numbers in the outermost map alone", () => {
    const record = { seq: 9, rssi: -74, app: { seq: "own", seconds: 1 }, more: 2 };
    const map = decode(cborOf(JSON.stringify(record), RECORD_KEYS)!, { useMaps: true }) as Map<unknown, unknown>;
    expect([...map.keys()]).toEqual([0, 5, 3, "more"]);
    expect([...(map.get(3) as Map<unknown, unknown>).keys()]).toEqual(["seq", "seconds"]);
  });

  test("our own decoder gives every record back, whatever its names", () => {
    const records = fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(RECORD_KEYS)), fc.string()), values);
    fc.assert(
      fc.property(records, (given) => {
        const record = JSON.parse(JSON.stringify(given).replaceAll("__proto__", "proto"));
        expect(decodeRecords(cborOf(JSON.stringify(record), RECORD_KEYS)!)).toEqual([record]);
      }),
    );
  });

  test.each(["{", "}", '{"a', "nul", '{"a":1}}', "[1e999]", "?", "undefined"])(
    "what is no JSON is none: %s",
    (text) => {
      expect(cborOf(text, {})).toBeUndefined();
    },
  );

  test("no text takes more room than was set aside for it", () => {
    for (const text of [
      "0.1",
      "[0.1,0.1,0.1]",
      '""',
      "[]",
      '"\u{1F600}"',
      "1e20",
      "-9007199254740991",
      '"ü"',
      "[[[[]]]]",
    ])
      expect(withMaps(cborOf(text, {})!)).toEqual(JSON.parse(text));
  });
});
