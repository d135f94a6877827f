import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { least } from "../../../bench/xs/search.js";

describe("the least number that will do", () => {
  test("is found, with what it gave, in few tries", async () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), fc.nat(5000));
    await fc.assert(
      fc.asyncProperty(range, async ([low, more, beyond]) => {
        const wanted = low + more;
        let tries = 0;
        const attempt = async (value: number) => {
          tries++;
          return value >= wanted ? `with ${value}` : undefined;
        };
        expect(await least(low, wanted + beyond, attempt)).toEqual({ value: wanted, found: `with ${wanted}` });
        expect(tries).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(wanted + 1)) + 2);
      }),
    );
  });

  test("is met as exactly as asked", async () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(5000));
    await fc.assert(
      fc.asyncProperty(range, async ([low, more]) => {
        const { value } = await least(low, 20_000, async (tried) => (tried >= low + more ? tried : undefined), 0.01);
        expect(value).toBeGreaterThanOrEqual(low + more);
        expect(value).toBeLessThanOrEqual((low + more) * 1.01);
      }),
    );
  });

  test("is an error when the most that is tried will not do", async () => {
    await expect(least(1, 64, async () => undefined)).rejects.toThrow("does not fit with 64");
  });

  test("a try that fails ends the search", async () => {
    const attempt = async () => {
      throw new Error("the program is wrong");
    };
    await expect(least(1, 64, attempt)).rejects.toThrow("the program is wrong");
  });
});
