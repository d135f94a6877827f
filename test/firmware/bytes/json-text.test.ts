import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { JsonTextError, jsonText } from "../../../firmware/bytes/json-text.js";

const LIMITS = { bytes: 1_000, depth: 4 };

test("it is what JSON.stringify makes of the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      // JSON.stringify writes a lone surrogate, too.
      if (/\\ud[89a-f]/i.test(JSON.stringify(value))) return;
      expect(jsonText(value, { bytes: 1_000_000, depth: 5 })).toBe(JSON.stringify(value));
    }),
  );
});

describe("what is refused:", () => {
  const endless: { a?: object } = {};
  endless.a = endless;
  test.each<[what: string, value: unknown, why: string]>([
    ["NaN", Number.NaN, "is NaN"],
    ["no end", [Number.POSITIVE_INFINITY], "is Infinity"],
    ["a function", { f: () => 1 }, "is of type function"],
    ["a big integer", 1n, "is of type bigint"],
    ["nothing at all", undefined, "is of type undefined"],
    ["half a character", "\ud800", "holds a lone surrogate"],
    ["half a character in a name", { "\ud800": 1 }, "holds a lone surrogate"],
    ["itself within itself", endless, "is nested too deep"],
    ["a long string", "x".repeat(999), "is too long"],
    ["a string that is long as UTF-8", "é".repeat(500), "is too long"],
    ["many members", Array.from({ length: 1_000 }, () => 1), "is too long"],
  ])("%s", (_what, value, why) => {
    expect(() => jsonText(value, LIMITS)).toThrow(new JsonTextError(why));
  });
});

test("it ends as soon as there is no more room, however much there would be", () => {
  let asked = 0;
  const more = new Proxy(
    {},
    {
      ownKeys: () => Array.from({ length: 100_000 }, (_, i) => `m${i}`),
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      get: () => asked++,
    },
  );
  expect(() => jsonText(more, LIMITS)).toThrow("is too long");
  expect(asked).toBeLessThan(500);
});

test("members that are undefined are left out; what just fits is written", () => {
  expect(jsonText({ a: undefined, b: 1 }, LIMITS)).toBe('{"b":1}');
  expect(jsonText("x".repeat(998), LIMITS)).toHaveLength(1_000);
});
