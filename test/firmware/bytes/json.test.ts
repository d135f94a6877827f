import { describe, expect, test } from "@jest/globals";
import { isJsonObject, type JsonObject, member, parseJson } from "../../../firmware/bytes/json.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";

const limits = { bytes: 64, depth: 3 };
const parse = (text: string) => parseJson(encodeUtf8(text), limits);

describe("bounded JSON", () => {
  test("parses what is within the limits", () => {
    expect(parse('{"a":[1,{"b":"}]"}]}')).toEqual({ a: [1, { b: "}]" }] });
    expect(parse(" 5 ")).toBe(5);
  });

  test("refuses a longer text before parsing it", () => {
    expect(() => parse(`"${"x".repeat(63)}"`)).toThrow(RangeError);
    expect(parse(`"${"x".repeat(62)}"`)).toBe("x".repeat(62));
  });

  test("refuses deeper nesting, but not brackets within strings", () => {
    expect(() => parse("[[[[1]]]]")).toThrow(/nested deeper than 3/);
    expect(() => parse('{"a":{"b":{"c":{}}}}')).toThrow(RangeError);
    expect(parse('["[[[[[\\"[[[["]')).toEqual(['[[[[["[[[[']);
    expect(parse("[[[]],[[]],[[]]]")).toEqual([[[]], [[]], [[]]]);
  });

  test("refuses ill-formed UTF-8 and ill-formed JSON", () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(RangeError);
    expect(() => parse("{a:1}")).toThrow(SyntaxError);
    expect(() => parse("")).toThrow(SyntaxError);
  });

  test("tells objects from arrays, null and plain values", () => {
    expect([{}, [], null, 1, "x", undefined].map((value) => isJsonObject(value))).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("finds only members that were sent", () => {
    const object = parse('{"a":1,"__proto__":2}') as JsonObject;
    expect(member(object, "a")).toBe(1);
    expect(member(object, "__proto__")).toBe(2);
    expect(member(object, "toString")).toBeUndefined();
  });
});
