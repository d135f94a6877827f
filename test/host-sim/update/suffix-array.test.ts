import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { suffixArray } from "../../../host-sim/update/suffix-array.js";

const sorted = (text: Uint8Array) =>
  [...text.keys()].sort((a, b) => Buffer.compare(text.subarray(a), text.subarray(b)));

test("the suffixes of any bytes come in their order", () => {
  const few = fc.array(fc.constantFrom(0, 1, 255), { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes));
  const repeated = fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 7 }), fc.integer({ min: 1, max: 12 }))
    .map(([bytes, times]) => Uint8Array.from(Array.from({ length: times }, () => [...bytes]).flat()));
  fc.assert(
    fc.property(fc.oneof(few, repeated, fc.uint8Array({ maxLength: 300 })), (text) => {
      expect([...suffixArray(text)]).toEqual(sorted(text));
    }),
    { numRuns: 300 },
  );
});
