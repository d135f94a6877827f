import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { logOf, powerOf } from "../../../host-sim/world/draws.js";

/** How far two numbers are apart, as a share. */
const apart = (a: number, b: number) => Math.abs(a - b) / Math.max(1e-9, Math.abs(b));

test("logarithm and power are those of the engine, but for the last digits", () => {
  const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(positive, fc.double({ min: -3, max: 3, noNaN: true }), (x, y) => {
      expect(Math.abs(logOf(x) - Math.log(x))).toBeLessThan(1e-13);
      expect(apart(powerOf(x, y), x ** y)).toBeLessThan(1e-12);
    }),
    { numRuns: 2_000 },
  );
  expect(logOf(1)).toBe(0);
  expect(powerOf(7, 0)).toBe(1);
});

test("they are the same to the bit on every engine: these are their bits", () => {
  const bits = (x: number) => Buffer.from(new Float64Array([x]).buffer).toString("hex");
  expect([logOf(0.3), logOf(12_345.678), powerOf(2.5, 0.7), powerOf(480, 0.123)].map(bits)).toEqual([
    "20a7bdfc7843f3bf",
    "311e795995d72240",
    "ebd71f53e562fe3f",
    "88acb5e274180140",
  ]);
});
