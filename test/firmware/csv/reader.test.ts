import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CsvError, type CsvLimits, CsvReader } from "../../../firmware/csv/reader.js";
import { cuts, pieces, singly } from "../../support/pieces.js";

interface Outcome {
  records: string[][];
  /** All content handed on, also of a record that did not end. */
  pieces: string;
  error?: string;
}

function read(input: readonly Uint8Array[], limits?: Partial<CsvLimits>): Outcome {
  const outcome: Outcome = { records: [], pieces: "" };
  let fields: string[] = [];
  let text: Uint8Array[] = [];
  const reader = new CsvReader(
    {
      onPiece: (field, piece) => {
        expect(field).toBe(fields.length);
        expect(piece.length).toBeGreaterThan(0);
        text.push(piece.slice());
        outcome.pieces += Buffer.from(piece).toString("latin1");
      },
      onField: (field) => {
        expect(field).toBe(fields.length);
        fields.push(Buffer.concat(text).toString("utf8"));
        text = [];
      },
      onRecord: (count) => {
        expect(count).toBe(fields.length);
        outcome.records.push(fields);
        fields = [];
      },
    },
    limits,
  );
  try {
    for (const piece of input) reader.push(piece);
    reader.end();
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    outcome.error = error.code;
  }
  return outcome;
}

const readText = (text: string, limits?: Partial<CsvLimits>) => read([Buffer.from(text)], limits);

describe("CSV records", () => {
  test.each<[string, string, string[][]]>([
    ["quoted fields", '"a","b c","d"', [["a", "b c", "d"]]],
    ["unquoted fields", "a,b c,d", [["a", "b c", "d"]]],
    ["both", 'a,"b",c', [["a", "b", "c"]]],
    ["doubled quotes", '"a""b","""",""', [['a"b', '"', ""]]],
    ["commas within quotes", '"a,b",c', [["a,b", "c"]]],
    ["line ends within quotes", '"a\nb\r\nc\rd"', [["a\nb\r\nc\rd"]]],
    ["line ends written as escapes", String.raw`"a\nb\r\nc",d\ne`, [["a\nb\r\nc", "d\ne"]]],
    ["other backslashes as they are", String.raw`"a\b\\n\",c\,d\ `.trimEnd(), [["a\\b\\\n\\", "c\\", "d\\"]]],
    ["empty fields", ",,", [["", "", ""]]],
    ["a last field that is empty", '"a",', [["a", ""]]],
    [
      "a last field that is empty before a line end",
      "a,\r\nb,\n",
      [
        ["a", ""],
        ["b", ""],
      ],
    ],
    ["fields that begin with the letters of escapes", "n,r,new", [["n", "r", "new"]]],
    ["an end with CRLF", '"a","b"\r\n', [["a", "b"]]],
    ["an end with LF", "a,b\n", [["a", "b"]]],
    ["records", 'a,b\r\n"c",d\ne\rf', [["a", "b"], ["c", "d"], ["e"], ["f"]]],
    ["empty lines between them", "\r\na\n\n\r\rb\r\n", [["a"], ["b"]]],
    ["a byte order mark", '\ufeff"a",b', [["a", "b"]]],
    ["a byte order mark only at the beginning", "a,\ufeffb", [["a", "\ufeffb"]]],
    ["nothing", "", []],
    ["nothing but line ends", "\r\n\n", []],
  ])("%s", (_, text, records) => {
    expect(readText(text)).toMatchObject({ records });
    expect(read(singly(Buffer.from(text)))).toMatchObject({ records });
  });

  test("what begins like a byte order mark is content", () => {
    for (const bytes of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0x2c], [0xef, 0x61]]) {
      const seen: number[] = [];
      const reader = new CsvReader({
        onPiece: (_, piece) => seen.push(...piece),
        onField: () => seen.push(0x2c),
        onRecord: () => seen.pop(),
      });
      for (const byte of bytes) reader.push(Uint8Array.of(byte));
      reader.end();
      expect(seen).toEqual(bytes);
    }
  });

  test("a quote behind half a byte order mark stands within an unquoted field", () => {
    expect(read([Uint8Array.of(0xef, 0x22)]).error).toBe("csv-syntax");
  });

  test("an end that is told twice ends one record", () => {
    let records = 0;
    const reader = new CsvReader({ onPiece: () => {}, onField: () => {}, onRecord: () => records++ });
    reader.push(Buffer.from("a,b"));
    reader.end();
    reader.end();
    expect(records).toBe(1);
  });

  test.each([
    ["unquoted", `${"x".repeat(2000)},`],
    ["quoted", `"${"x, \n".repeat(500)}"`],
  ])("content that is %s is handed on in runs, not byte by byte", (_, text) => {
    const lengths: number[] = [];
    const reader = new CsvReader({
      onPiece: (_field, piece) => lengths.push(piece.length),
      onField: () => {},
      onRecord: () => {},
    });
    reader.push(Buffer.from(text));
    expect(lengths.length).toBeLessThanOrEqual(2);
    expect(lengths.reduce((sum, length) => sum + length)).toBe(2000);
  });

  test.each([
    ["a quote within an unquoted field", 'a"b', "csv-syntax"],
    ["text behind a closing quote", '"a"b', "csv-syntax"],
    ["a space behind a closing quote", '"a" ,b', "csv-syntax"],
    ["a quoted field without end", '"a,b', "csv-truncated"],
    ["a quoted field that ends in a backslash", '"a\\', "csv-truncated"],
  ])("refuses %s", (_, text, code) => {
    expect(readText(text).error).toBe(code);
    expect(read(singly(Buffer.from(text))).error).toBe(code);
  });

  test("a field and a record have limits, also without an end in sight", () => {
    const limits = { field: 4, fields: 3 };
    expect(readText('"1234",1234,"a\\nb"', limits).error).toBeUndefined();
    expect(readText('"12345"', limits).error).toBe("csv-limit");
    expect(readText("12345", limits).error).toBe("csv-limit");
    expect(readText("a,b,c,", limits).error).toBe("csv-limit");
    expect(readText(`"${"x".repeat(1e5)}`).error).toBe("csv-limit");
  });

  test("an error never shows content", () => {
    const reader = new CsvReader({ onPiece: () => {}, onField: () => {}, onRecord: () => {} });
    expect(() => reader.push(Buffer.from('secret"'))).toThrow(/^(?!.*secret)/);
  });

  test("a table that is malformed may be sound the next time", () => {
    const reader = new CsvReader({ onPiece: () => {}, onField: () => {}, onRecord: () => {} });
    expect(() => reader.push(Buffer.from('a"'))).toThrow(expect.objectContaining({ advice: "back-off" }));
  });
});

describe("any split", () => {
  const field = fc.string({ unit: fc.constantFrom(...'ab,"\r\n\\ é€'), maxLength: 8 });
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 4 });

  test("of what was written by the rules gives the fields again", () => {
    // Two characters that the escapes would change are kept apart: a backslash is followed by neither n nor r here.
    fc.assert(
      fc.property(
        table,
        fc.constantFrom("\r\n", "\n", "\r"),
        fc.boolean(),
        fc.boolean(),
        cuts,
        (rows, end, escaped, bom, at) => {
          const quote = (value: string) => {
            const text = `"${value.replaceAll('"', '""')}"`;
            return escaped ? text.replaceAll("\n", "\\n").replaceAll("\r", "\\r") : text;
          };
          const text = (bom ? "\ufeff" : "") + rows.map((row) => row.map(quote).join(",")).join(end);
          expect(read(pieces(Buffer.from(text), at))).toMatchObject({ records: rows });
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of anything at all gives the same events or the same error", () => {
    const junk = fc.string({ unit: fc.constantFrom(...'a,"\r\n\\nr\ufeff'), maxLength: 20 });
    fc.assert(
      fc.property(junk, cuts, (text, at) => {
        const whole = readText(text, { field: 6, fields: 4 });
        expect(read(pieces(Buffer.from(text), at), { field: 6, fields: 4 })).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });
});
