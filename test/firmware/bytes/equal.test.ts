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
