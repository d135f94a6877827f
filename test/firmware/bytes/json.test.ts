import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  isJsonObject,
  JSON_LIST_LIMIT,
  type JsonNames,
  type JsonShape,
  type JsonValue,
  readJson,
} from "../../../firmware/bytes/json.js";
import { JSON_NAME_LIMIT } from "../../../firmware/bytes/json-reader.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";

const NAMES = { a: "plain", b: "list", c: { a: "plain", d: { e: "plain" } } } as const;
const limits = { bytes: 2000, depth: 8 };
const read = (text: string, names: JsonNames = NAMES) => readJson(encodeUtf8(text), names, limits);

/** What of a value a reader that is asked for this shape gives. */
function trimmed(value: unknown, shape: JsonShape | undefined): unknown {
  if (Array.isArray(value)) return shape === "list" ? value.map((item) => trimmed(item, "plain")) : [];
  if (typeof value !== "object" || value === null) return value;
  const names = typeof shape === "object" ? shape : {};
  const own = Object.entries(value).filter(([name]) => Object.hasOwn(names, name));
  return Object.fromEntries(own.map(([name, item]) => [name, trimmed(item, names[name])]));
}

describe("JSON that is read by the names of its members", () => {
  test("gives what JSON.parse does, but nothing that was not asked for", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "e", "A", "toString", "__proto__", "é", "");
    const { tree } = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        tie("leaf"),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(name, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
      ),
      leaf: fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(name, tree, { maxKeys: 6, noNullPrototype: true }),
        fc.constantFrom("", "\t"),
        (object, gap) => {
          const text = JSON.stringify(object, undefined, gap);
          fc.pre(encodeUtf8(text).length <= limits.bytes);
          expect(read(text)).toEqual(trimmed(JSON.parse(text), NAMES));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("matches names to the letter, escapes undone; of two of one name the last counts", () => {
    expect(read('{"A":1,"\\u0061":2}')).toEqual({ a: 2 });
    expect(read('{"a":{"a":1},"c":{"a":1},"c":{"d":{"e":2}},"a":3}')).toEqual({ a: 3, c: { d: { e: 2 } } });
  });

  test("a container that is not asked for comes empty, so that it can be refused", () => {
    expect(read('{"a":[1],"b":{"a":1},"c":5}')).toEqual({ a: [], b: {}, c: 5 });
    expect(read('{"b":[1,[2,{"a":3}],{"a":[4]},5]}')).toEqual({ b: [1, [], {}, 5] });
  });

  test("tells the outermost members that it does not read, and nothing of what is in them", () => {
    const others: string[] = [];
    const long = "x".repeat(JSON_NAME_LIMIT);
    const text = `{"x":{"y":1},"a":1,"é":2,"${long}yz":3,"c":{"z":1}}`;
    readJson(encodeUtf8(text), NAMES, limits, (name) => others.push(name));
    expect(others).toEqual(["x", "Ã©", long]);
  });

  test("has limits for length, depth and lists", () => {
    const fits = `{"a":"${"x".repeat(limits.bytes - 8)}"}`;
    expect(read(fits)).toEqual({ a: "x".repeat(limits.bytes - 8) });
    expect(() => read(`${fits} `)).toThrow(/longer than 2000 bytes/);
    const deep = (depth: number) => `{"x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(read(deep(8))).toEqual({});
    expect(() => read(deep(9))).toThrow(/nested deeper than 8/);
    expect(() => read("[".repeat(limits.bytes))).toThrow(SyntaxError);
    expect(() => read(`{"a":${"[".repeat(500)}`)).toThrow(RangeError);
    const list = (length: number) => `{"b":[${Array(length).fill(1).join()}]}`;
    expect(read(list(JSON_LIST_LIMIT))).toEqual({ b: Array(JSON_LIST_LIMIT).fill(1) });
    expect(() => read(list(JSON_LIST_LIMIT + 1))).toThrow(/a list of more than/);
  });

  test.each(["", "5", "null", "[]", '"x"', "{a:1}", '{"a":1', '{"a":1}x', '{"x":tru}', '{"a":"\\ud800"}'])(
    "refuses %j",
    (text) => {
      expect(() => read(text)).toThrow(SyntaxError);
    },
  );

  test("refuses ill-formed UTF-8 in what it reads", () => {
    expect(() => readJson(Buffer.from('{"a":"\xff"}', "latin1"), NAMES)).toThrow(/UTF-8/);
  });

  test("tells objects from arrays, null and plain values", () => {
    const values: (JsonValue | undefined)[] = [{}, [], null, 1, "x", undefined];
    expect(values.map((value) => isJsonObject(value))).toEqual([true, false, false, false, false, false]);
  });
});
