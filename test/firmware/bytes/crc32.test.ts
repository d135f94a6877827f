import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { crc32 } from "../../../firmware/bytes/crc32.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";

describe("CRC-32", () => {
  test.each([
    ["", 0],
    ["123456789", 0xcbf43926],
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
  ])("of %j", (text, expected) => {
    expect(crc32(encodeUtf8(text))).toBe(expected);
  });

  test("agrees with zlib, also when it goes on from an earlier piece", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (first, second) => {
        expect(crc32(second, crc32(first))).toBe(zlibCrc32(Buffer.concat([first, second])));
      }),
    );
  });
});
