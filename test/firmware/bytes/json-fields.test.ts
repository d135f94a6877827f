import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { JsonFields } from "../../../firmware/bytes/json-fields.js";
import {
  JSON_DEPTH_LIMIT,
  JSON_NAME_LIMIT,
  JSON_NUMBER_LIMIT,
  type JsonKind,
} from "../../../firmware/bytes/json-reader.js";
import { cuts, pieces, singly } from "../../support/pieces.js";

interface Found {
  name: string;
  kind: JsonKind;
  text: string;
}

/** What the reader reports, pieces joined. */
function read(names: readonly string[], input: readonly Uint8Array[]): Found[] {
  const found: Found[] = [];
  let pending: Uint8Array[] = [];
  const reader = new JsonFields(names, {
    onPiece: (_name, piece) => {
      pending.push(piece.slice());
    },
    onValue: (name, kind) => {
      found.push({ name, kind, text: Buffer.concat(pending).toString("utf8") });
      pending = [];
    },
  });
  for (const piece of input) reader.push(piece);
  reader.end();
  return found;
}

const readText = (names: readonly string[], text: string) => read(names, [Buffer.from(text)]);

/** What JSON.parse says the same members are. */
function expected(names: readonly string[], text: string): Found[] {
  return Object.entries(JSON.parse(text) as Record<string, unknown>)
    .filter(([name]) => names.includes(name.toLowerCase()))
    .map(([name, value]) => {
      const common = { name: name.toLowerCase() };
      if (typeof value === "string") return { ...common, kind: "string", text: value };
      if (value === null) return { ...common, kind: "null", text: "null" };
      if (typeof value === "object") return { ...common, kind: "container", text: "" };
      return { ...common, kind: typeof value === "number" ? "number" : "boolean", text: JSON.stringify(value) };
    });
}

const names = ["a", "username"];
const key = fc.oneof(fc.constantFrom("a", "A", "UserName", "é", "b", ""), fc.string({ unit: "binary", maxLength: 6 }));
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
);
/** Members in a list, so that "1" does not jump to the front; no two names that differ only in case. */
const members = fc.uniqueArray(fc.tuple(key, value), { maxLength: 6, selector: ([name]) => name.toLowerCase() });
const toEscapes = (text: string) =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

describe("members of a JSON object as it arrives", () => {
  test("are what JSON.parse finds, whatever the object and the split", () => {
    fc.assert(
      fc.property(members, cuts, fc.boolean(), fc.constantFrom("", " ", "\r\n\t"), (list, at, escaped, space) => {
        const write = (item: unknown) =>
          escaped && typeof item === "string" ? toEscapes(item) : JSON.stringify(item, undefined, space);
        const body = list
          .map(([name, item]) => `${write(name)}${space}:${space}${write(item)}`)
          .join(`${space},${space}`);
        const text = `${space}{${space}${body}${space}}${space}`;
        const ordered = expected(names, text).sort((x, y) => x.name.localeCompare(y.name));
        const found = read(names, pieces(Buffer.from(text), at)).sort((x, y) => x.name.localeCompare(y.name));
        expect(found).toEqual(ordered);
        expect(read(names, singly(Buffer.from(text))).length).toBe(found.length);
      }),
      { numRuns: 400 },
    );
  });

  test("match without regard to case, at the outermost level only", () => {
    const text = '{"X":{"username":"inner","l":[{"username":"deep"}]},"USERNAME":"outer"}';
    expect(readText(["username"], text)).toEqual([{ name: "username", kind: "string", text: "outer" }]);
  });

  test("decode every escape, pairs of surrogates too", () => {
    const text = String.raw`{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00"}`;
    expect(readText(["a"], text)[0]!.text).toBe('"\\/\b\f\n\r\tAé€😀');
  });

  test("a name written in escapes matches; a name too long does not", () => {
    expect(readText(["ab"], String.raw`{"\u0061b":1}`)).toHaveLength(1);
    const long = "n".repeat(JSON_NAME_LIMIT);
    expect(readText([long], `{"${long}":1,"${long}x":2}`)).toEqual([{ name: long, kind: "number", text: "1" }]);
  });

  test("of a container it is told that it began", () => {
    expect(readText(["a"], '{"a":{"a":[1]},"b":2}')).toEqual([{ name: "a", kind: "container", text: "" }]);
  });

  test("agree with JSON.parse on what is no object at all", () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]:,"a\\u01e+-. \ntfn\u0001'), maxLength: 10 });
    fc.assert(
      fc.property(text, (inner) => {
        const candidate = `{"a":${inner}}`;
        let parsed = true;
        try {
          JSON.parse(candidate);
        } catch {
          parsed = false;
        }
        if (parsed) expect(() => readText(["a"], candidate)).not.toThrow();
        else expect(() => readText(["a"], candidate)).toThrow(SyntaxError);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["", "ends within"],
    ["[1]", "not an object"],
    ['{"a":1', "ends within"],
    ['{"a":1}x', "after the object"],
    ['{"a":1}{', "after the object"],
    ['{"a":1]', "bracket"],
    ['{"a":[1}', "bracket"],
    ['{"a":tru}', "literal"],
    ['{"a":01}', "literal"],
    ['{"a":,}', "missing"],
    ["{,}", "without a name"],
    ['{"a":1,}', "without a name"],
    ['{"a" 1}', "colon"],
    ['{"a":"\\x"}', "escape"],
    ['{"a":"\\u00g0"}', "escape"],
    ['{"a":"\\ud800"}', "surrogate"],
    ['{"a":"\\ud800x"}', "surrogate"],
    ['{"a":"\\udc00"}', "surrogate"],
    ['{"a":"\n"}', "control"],
  ])("refuses %j", (text, why) => {
    expect(() => readText(["a"], text)).toThrow(SyntaxError);
    expect(() => readText(["a"], text)).toThrow(why);
  });

  test("bounds numbers and nesting", () => {
    const digits = "1".repeat(JSON_NUMBER_LIMIT);
    expect(readText(["a"], `{"a":${digits}}`)[0]!.text).toBe(digits);
    expect(() => readText(["a"], `{"a":${digits}1}`)).toThrow(RangeError);
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(() => readText([], nested(JSON_DEPTH_LIMIT))).not.toThrow();
    expect(() => readText([], nested(JSON_DEPTH_LIMIT + 1))).toThrow(RangeError);
  });

  test.each(['{"a":"\\ud800e\u0001"}', '{"a":"xxxx\u0001"}'])(
    "hands on what comes before an error, and finds the same one, whole or byte by byte: %j",
    (text) => {
      const outcome = (pieces: readonly Uint8Array[]) => {
        let said = "";
        const reader = new JsonFields(["a"], {
          onPiece: (_name, piece) => {
            said += Buffer.from(piece).toString();
          },
          onValue: () => {},
        });
        try {
          for (const piece of pieces) reader.push(piece);
        } catch (error) {
          return [said, String(error)];
        }
        return [said];
      };
      const bytes = Buffer.from(text);
      expect(outcome([bytes])).toEqual(outcome(singly(bytes)));
    },
  );
});

describe("escapes", () => {
  test.each([
    0x00, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x1_03ff, 0x1_0400, 0x10_fc00, 0x10_ffff,
  ])("stand for code point %d, at the bounds of UTF-8 and UTF-16", (point) => {
    const character = String.fromCodePoint(point);
    for (const digits of ["toLowerCase", "toUpperCase"] as const) {
      const escaped = character
        .split("")
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")[digits]()}`)
        .join("");
      expect(JSON.parse(`"${escaped}"`)).toBe(character);
      expect(readText(["a"], `{"a":"${escaped}"}`)).toEqual([{ name: "a", kind: "string", text: character }]);
    }
  });

  test.each([
    "\\ud800",
    "\\udbff",
    "\\udc00",
    "\\udfff",
    "\\ud800\\ud800",
    "\\ud800\\ue000",
    "\\ud800x",
    "\\udbff\\u0041",
    "\\u00g0",
    "\\u00/0",
    "\\u00:0",
    "\\u00@0",
    "\\x41",
  ])("%s are none", (escaped) => {
    expect(() => readText(["a"], `{"a":"${escaped}"}`)).toThrow(SyntaxError);
  });
});

test("values within containers are none of the outermost object", () => {
  const text = '{"b":{"a":"x","username":5},"a":[{"a":"y"},6,"z",true],"c":{"a":[]},"username":7}';
  expect(readText(names, text)).toEqual([
    { name: "a", kind: "container", text: "" },
    { name: "username", kind: "number", text: "7" },
  ]);
});

test("a name that is too long is another one, also where its end would match", () => {
  const long = `${"x".repeat(JSON_NAME_LIMIT)}`;
  expect(readText([long], `{"${long}":1}`)).toEqual([{ name: long, kind: "number", text: "1" }]);
  expect(readText([long, "a"], `{"${long}\\u0078":1,"${long}x":2,"a":3}`)).toEqual([
    { name: "a", kind: "number", text: "3" },
  ]);
});
