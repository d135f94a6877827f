import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { least } from "../../../bench/xs/search.js";

describe("the least number that will do", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), fc.nat(5000));

  test("is found, with what it gave, in few tries", async () => {
    await fc.assert(
      fc.asyncProperty(range, async ([low, more, beyond]) => {
        const wanted = low + more;
        const { tries, attempt } = counted(wanted);
        expect(await least(low, wanted + beyond, attempt)).toEqual({ value: wanted, found: `with ${wanted}` });
        expect(tries().length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(wanted + 1)) + 2);
      }),
    );
  });

  test("is the same from every guess, and nothing outside of the range is tried", async () => {
    await fc.assert(
      fc.asyncProperty(range, fc.integer({ min: -10, max: 20_000 }), async ([low, more, beyond], guess) => {
        const [wanted, high] = [low + more, low + more + beyond];
        const { tries, attempt } = counted(wanted);
        expect((await least(low, high, attempt, guess)).value).toBe(wanted);
        expect(Math.min(...tries())).toBeGreaterThanOrEqual(low);
        expect(Math.max(...tries())).toBeLessThanOrEqual(high);
      }),
    );
  });

  test("takes two tries when it was guessed", async () => {
    const { tries, attempt } = counted(700);
    await least(1, 5000, attempt, 700);
    expect(tries()).toEqual([700, 699]);
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

function counted(wanted: number) {
  const tries: number[] = [];
  const attempt = async (value: number) => {
    tries.push(value);
    return value >= wanted ? `with ${value}` : undefined;
  };
  return { tries: () => tries, attempt };
}
