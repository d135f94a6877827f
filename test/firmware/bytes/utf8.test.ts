import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decodeUtf8,
  encodeUtf8,
  excerpt,
  isPlainText,
  latin1,
  plainLength,
  putUtf8,
  utf8Length,
} from "../../../firmware/bytes/utf8.js";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes near the edges of RFC 3629, more often than chance would have them. */
const bytes = fc
  .array(
    fc.oneof(
      fc.nat(255),
      fc.constantFrom(
        0x7f,
        0x80,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0x9f,
        0xa0,
        0xed,
        0xef,
        0xf0,
        0x8f,
        0x90,
        0xf4,
        0xf5,
      ),
    ),
    { maxLength: 12 },
  )
  .map((list) => Uint8Array.from(list));

/** Text of all that Unicode has but surrogates, each length in UTF-8 as often as the others. */
const text = fc
  .array(
    fc.oneof(
      ...[
        [0, 0x7f],
        [0x80, 0x7ff],
        [0x800, 0xd7ff],
        [0xe000, 0xffff],
        [0x10000, 0x10ffff],
      ].map(([min, max]) => fc.integer({ min: min!, max: max! })),
    ),
    { maxLength: 200 },
  )
  .map((points) => String.fromCodePoint(...points));

describe("UTF-8", () => {
  test("encodes as Node does, over all planes", () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(Buffer.from(encodeUtf8(text)).equals(Buffer.from(text, "utf8"))).toBe(true);
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });

  test("decodes exactly what a fatal TextDecoder decodes, and refuses the rest", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        let expected: string | undefined;
        try {
          expected = strict.decode(input);
        } catch {
          expected = undefined;
        }
        if (expected === undefined) expect(() => decodeUtf8(input)).toThrow(RangeError);
        else expect(decodeUtf8(input)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test("keeps a byte order mark", () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  test.each(["\ud800", "a\udc00", "\ud800\ud800", "\udc00\ud800"])("refuses a lone surrogate: %j", (text) => {
    expect(() => encodeUtf8(text)).toThrow(RangeError);
  });

  describe("with XS's own ArrayBuffer.fromString", () => {
    /** As XS 13 has it: U+0000 takes two bytes, a lone surrogate three. */
    const fromString = (text: string): ArrayBuffer => {
      const bytes = Array.from(text).flatMap((character) => {
        const point = character.codePointAt(0)!;
        if (point === 0) return [0xc0, 0x80];
        if (point >= 0xd800 && point < 0xe000) return [0xed, 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
        return [...Buffer.from(character)];
      });
      return Uint8Array.from(bytes).buffer;
    };
    const xs = ArrayBuffer as { fromString?: typeof fromString };
    beforeEach(() => {
      xs.fromString = fromString;
    });
    afterEach(() => {
      delete xs.fromString;
    });

    test("the same bytes come out", () => {
      fc.assert(
        fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
          expect(Buffer.from(encodeUtf8(text))).toEqual(Buffer.from(text));
          const into = new Uint8Array(64);
          expect(putUtf8(text, into, 60)).toBe(60 + Buffer.byteLength(text));
        }),
      );
    });

    test("a lone surrogate is refused", () => {
      expect(() => encodeUtf8("a\ud800")).toThrow(RangeError);
      expect(putUtf8("a\ud800", new Uint8Array(8), 0)).toBeNaN();
    });
  });

  describe("with a decodeURIComponent as lax as XS's", () => {
    const strictly = globalThis.decodeURIComponent;
    beforeEach(() => {
      globalThis.decodeURIComponent = (escaped: string) => Buffer.from(unescape(escaped), "latin1").toString();
    });
    afterEach(() => {
      globalThis.decodeURIComponent = strictly;
    });

    test("ill-formed bytes are refused all the same", () => {
      fc.assert(
        fc.property(bytes, (input) => {
          const right = isUtf8(input);
          if (right) expect(decodeUtf8(input)).toBe(Buffer.from(input).toString());
          else expect(() => decodeUtf8(input)).toThrow(RangeError);
        }),
        { numRuns: 3000 },
      );
    });
  });

  test("writes in place, and nothing past the end", () => {
    const into = new Uint8Array(6).fill(0xff);
    expect(putUtf8("hé", into, 1)).toBe(4);
    expect([...into]).toEqual([0xff, 0x68, 0xc3, 0xa9, 0xff, 0xff]);
    expect(putUtf8("hé", into, 4)).toBe(7);
    expect(putUtf8("\ud800", into, 0)).toBeNaN();
  });

  test("shows bytes one to one as Latin-1, also long ones", () => {
    const all = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
    expect(latin1(all)).toBe(Buffer.from(all).toString("latin1"));
  });

  test("plain text has no control character, no non-character and no lone surrogate, as Unicode has them", () => {
    const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
    const wrong: number[] = [];
    // The first plane whole; of each other one the ends, where non-characters are.
    const isShown = (code: number) => code < 0x1_0000 || ((code + 4) & 0xffff) < 8;
    for (let code = 0; code <= 0x10_ffff; code++) {
      if (!isShown(code)) continue;
      const text = `a${String.fromCodePoint(code)}b`;
      const length = forbidden.test(text) ? Number.POSITIVE_INFINITY : Buffer.byteLength(text);
      if (plainLength(text) !== length || isPlainText(text) !== Number.isFinite(length)) wrong.push(code);
    }
    expect(wrong).toEqual([]);
    expect([plainLength(""), plainLength("a"), plainLength("a/ü/€/😀")]).toEqual([0, 1, 13]);
    expect(isPlainText("a/ü/😀")).toBe(true);
    expect(isPlainText("\ude00\ud83d")).toBe(false);
  });

  test("an excerpt is printable and bounded", () => {
    expect(excerpt(Uint8Array.of(0x41, 0x0a, 0x1b, 0xff, 0x7e), 4)).toBe("A...");
    expect(excerpt("aé\u0000b", 10)).toBe("a..b");
  });
});
