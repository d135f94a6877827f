import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  base64Value,
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
} from "../../../firmware/bytes/base64.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";

/** RFC 4648 §10. */
const VECTORS: [string, string][] = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
];

describe("base64", () => {
  test.each(VECTORS)("RFC 4648 §10: %j is %j", (text, base64) => {
    expect(encodeBase64(encodeUtf8(text))).toBe(base64);
    expect(decodeBase64(base64)).toEqual(encodeUtf8(text));
    expect(encodeBase64Url(encodeUtf8(text))).toBe(base64.replaceAll("=", ""));
    expect(decodeBase64Url(base64.replaceAll("=", ""))).toEqual(encodeUtf8(text));
  });

  test("agrees with Node on any bytes, in both alphabets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  test("whatever is decoded encodes to the same text: no second spelling is taken", () => {
    const text = fc.string({ unit: fc.constantFrom(..."AQgwZ+/-_=\n é"), maxLength: 9 });
    fc.assert(
      fc.property(text, (candidate) => {
        for (const [decode, encode] of [
          [decodeBase64, encodeBase64],
          [decodeBase64Url, encodeBase64Url],
        ] as const) {
          let bytes: Uint8Array | undefined;
          try {
            bytes = decode(candidate);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
          if (bytes !== undefined) expect(encode(bytes)).toBe(candidate);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each(["Zg", "Zg=", "Z===", "Zh==", "Zm9=", "Zm 9v", "Zm-_", "===="])("refuses base64 %j", (text) => {
    expect(() => decodeBase64(text)).toThrow(RangeError);
  });

  test.each(["Z", "Zg==", "Zh", "Zm+/"])("refuses base64url %j", (text) => {
    expect(() => decodeBase64Url(text)).toThrow(RangeError);
  });

  test("gives the value of single characters", () => {
    expect([..."Az9+/=-"].map((c) => base64Value(c.charCodeAt(0)))).toEqual([0, 51, 61, 62, 63, -1, -1]);
  });
});
