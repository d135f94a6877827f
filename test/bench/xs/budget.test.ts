import { describe, expect, test } from "@jest/globals";
import { compare, renewed } from "../../../bench/xs/budget.js";

const BUDGET = { device: { heap: 10_000, instructions: 500 } };
const measured = (heap: number) => ({ device: { heap, instructions: 500 } });

describe("figures and their budget", () => {
  test.each([10_000, 10_200, 9500])("%d of 10000 is as it should be", (heap) => {
    expect(compare(measured(heap), BUDGET)).toEqual([]);
  });

  test("more than 2 % over tells case, figure, budget and what to do", () => {
    const [found, ...others] = compare(measured(10_201), BUDGET);
    expect(others).toEqual([]);
    expect(found!.kind).toBe("over");
    expect(found!.text).toMatch(/^device, heap: 10201, budget 10000 \(\+2\.0 %\).*npm run bench:xs -- --update$/);
  });

  test("more than 5 % under is told, as no failure", () => {
    expect(compare(measured(9499), BUDGET)).toMatchObject([{ kind: "under", text: expect.stringContaining("-5.0 %") }]);
  });

  test("a figure without a budget is missing", () => {
    expect(compare({ device: { sign: 1 }, other: { heap: 1 } }, BUDGET).map(({ kind }) => kind)).toEqual([
      "missing",
      "missing",
    ]);
  });

  test("a case that was not run is not looked at", () => {
    expect(compare({}, BUDGET)).toEqual([]);
  });
});

describe("a renewed budget", () => {
  test("keeps the cases that were not run, in the order of the table", () => {
    const budget = { b: { heap: 2 }, a: { heap: 1 } };
    expect(Object.entries(renewed({ b: { heap: 3 } }, budget, ["a", "b"]))).toEqual([
      ["a", { heap: 1 }],
      ["b", { heap: 3 }],
    ]);
  });

  test("forgets cases that are no more, and figures that a case tells no more", () => {
    const budget = { old: { heap: 2 }, a: { heap: 1, sign: 5 } };
    expect(renewed({ a: { heap: 1 } }, budget, ["a"])).toEqual({ a: { heap: 1 } });
  });
});
