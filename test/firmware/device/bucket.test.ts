import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { takeToken, untilToken } from "../../../firmware/device/bucket.js";

const TEN = { burst: 10, everyMs: 10_000 };

/** When commands that came at these times were let through. */
function passed(times: readonly number[], bucket = TEN): number[] {
  let full = 0;
  return times.filter((now) => {
    if (untilToken(full, now, bucket) > 0) return false;
    full = takeToken(full, now, bucket);
    return true;
  });
}

test("ten pass at once, then one each ten seconds, and ten again after a rest", () => {
  expect(passed(new Array(50).fill(0))).toHaveLength(10);
  const seconds = Array.from({ length: 100 }, (_, i) => i * 1_000);
  expect(passed(seconds).slice(0, 13)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((s) => s * 1_000));
  expect(passed([...new Array(20).fill(0), ...new Array(20).fill(100_000)])).toHaveLength(20);
});

test("whoever waits as long as he is told finds a token, and not a moment sooner", () => {
  let full = 0;
  for (let i = 0; i < 10; i++) full = takeToken(full, 500, TEN);
  const wait = untilToken(full, 500, TEN);
  expect(wait).toBe(10_000);
  expect(untilToken(full, 500 + wait - 1, TEN)).toBe(1);
  expect(untilToken(full, 500 + wait, TEN)).toBe(0);
});

test("however they come, in no time pass more than a full bucket and what came back in it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30_000), { maxLength: 200 }),
      fc.record({ burst: fc.integer({ min: 1, max: 20 }), everyMs: fc.integer({ min: 1, max: 20_000 }) }),
      (gaps, bucket) => {
        let now = 0;
        const times = passed(
          gaps.map((gap) => (now += gap)),
          bucket,
        );
        for (const [i, from] of times.entries()) {
          for (const [count, to] of times.slice(i).entries()) {
            expect(count + 1).toBeLessThanOrEqual(bucket.burst + (to - from) / bucket.everyMs + 1);
          }
        }
      },
    ),
    { numRuns: 50 },
  );
});
