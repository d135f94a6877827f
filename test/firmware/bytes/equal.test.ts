import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { sameBytes } from "../../../firmware/bytes/equal.js";

test("bytes are the same when Node says so", () => {
  const few = fc.uint8Array({ max: 1, maxLength: 4 });
  fc.assert(
    fc.property(few, few, (a, b) => {
      expect(sameBytes(a, b)).toBe(Buffer.from(a).equals(b));
      expect(sameBytes(a, a.slice())).toBe(true);
    }),
  );
});

test.each([
  [[], [], true],
  [[1], [1, 2], false],
  [[1, 2], [1], false],
  [[1, 2], [1, 3], false],
  [[1, 2], [3, 4], false],
])("%j and %j: %p", (a, b, same) => {
  expect(sameBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(same);
});

test("a difference in any one byte is seen, whatever the length and however the views lie in their buffers", () => {
  for (let length = 0; length <= 13; length++) {
    for (const [offsetA, offsetB] of [
      [0, 0],
      [4, 8],
      [1, 4],
      [3, 3],
    ] as const) {
      const a = new Uint8Array(32).subarray(offsetA, offsetA + length);
      const b = new Uint8Array(32).fill(7).subarray(offsetB, offsetB + length);
      a.fill(1);
      b.fill(1);
      expect(sameBytes(a, b)).toBe(true);
      expect(sameBytes(a, new Uint8Array(length + 1))).toBe(false);
      for (let at = 0; at < length; at++) {
        b[at] = 2;
        expect(sameBytes(a, b)).toBe(false);
        b[at] = 1;
      }
    }
  }
});
