import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LEAST_AGE_MS, LEAST_LIFE_MS, postponed, renewAtOf, usability } from "../../../firmware/cloud/renewal.js";

const WALL = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;

/** A random source whose next number is `x`, 0 <= x < 1. */
const at = (x: number) => (into: Uint8Array) => {
  new DataView(into.buffer, into.byteOffset).setUint32(0, Math.floor(x * 2 ** 32));
};

describe("renewal", () => {
  test("of a token of 24 hours is 72 minutes to 3.6 hours ahead of its end", () => {
    expect(WALL + DAY - renewAtOf(WALL, WALL + DAY, at(0))).toBe(0.05 * DAY);
    expect(WALL + DAY - renewAtOf(WALL, WALL + DAY, at(0.9999999))).toBeCloseTo(0.15 * DAY, -2);
  });

  test("of a fleet that began together is spread over the whole span", () => {
    const hours = new Set<number>();
    for (let i = 0; i < 1000; i++) hours.add(Math.floor((renewAtOf(WALL, WALL + DAY, at(i / 1000)) - WALL) / 600_000));
    expect(hours.size).toBeGreaterThanOrEqual(14); // 2.4 hours in steps of 10 minutes
  });

  test("is never later than the end, and before it never sooner than a minute after the last", () => {
    fc.assert(
      fc.property(fc.nat(2 * DAY), fc.double({ min: 0, max: 0.99, noNaN: true }), (life, x) => {
        const renewAt = renewAtOf(WALL, WALL + life, at(x));
        expect(renewAt).toBeGreaterThanOrEqual(WALL + Math.min(LEAST_AGE_MS, life));
        expect(renewAt).toBeLessThanOrEqual(WALL + life);
        if (life > 2 * LEAST_AGE_MS) expect(renewAt).toBeLessThan(WALL + life);
      }),
    );
  });

  test("that failed is tried again within the next half of what is left, and not at once", () => {
    expect(postponed(WALL, WALL + DAY, at(0))).toBe(WALL + LEAST_AGE_MS);
    expect(postponed(WALL, WALL + DAY, at(0.5))).toBe(WALL + DAY / 4);
    expect(postponed(WALL, WALL + LEAST_LIFE_MS, at(0))).toBe(WALL + LEAST_LIFE_MS / 2);
    // Nor sooner than the other side asked for, unless the credentials end before.
    expect(postponed(WALL, WALL + DAY, at(0), 3_600_000)).toBe(WALL + 3_600_000);
    expect(postponed(WALL, WALL + 600_000, at(0), 3_600_000)).toBe(WALL + 600_000 - LEAST_LIFE_MS / 2);
  });

  test("credentials are used, then used if there are no others, then not at all", () => {
    const life = { receivedAt: WALL, renewAt: WALL + 1000, expiresAt: WALL + 100_000 };
    expect(usability(life, WALL + 999)).toBe("use");
    expect(usability(life, WALL + 1000)).toBe("renew");
    expect(usability(life, WALL + 100_000 - LEAST_LIFE_MS)).toBe("renew");
    expect(usability(life, WALL + 100_000 - LEAST_LIFE_MS + 1)).toBe("over");
  });
});
