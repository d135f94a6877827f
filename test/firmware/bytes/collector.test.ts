import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Collector } from "../../../firmware/bytes/collector.js";

describe("a collector", () => {
  test("holds what was added, in order, up to its limit and not a byte more", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }),
        (limit, chunks) => {
          const collector = new Collector(limit);
          const expected: number[] = [];
          for (const chunk of chunks) {
            const fits = expected.length + chunk.length <= limit;
            expect(collector.add(chunk)).toBe(fits);
            if (fits) expected.push(...chunk);
            expect([...collector.bytes]).toEqual(expected);
            expect(collector.length).toBe(expected.length);
          }
        },
      ),
    );
  });

  test("can be used again after clear", () => {
    const collector = new Collector(3);
    collector.add(Uint8Array.of(1, 2, 3));
    collector.clear();
    expect(collector.length).toBe(0);
    expect(collector.add(Uint8Array.of(4, 5, 6))).toBe(true);
    expect([...collector.bytes]).toEqual([4, 5, 6]);
  });
});
