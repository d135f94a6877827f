import { describe, expect, test } from "@jest/globals";
import { compare, renewed } from "../../../bench/xs/budget.js";

const BUDGET = { device: { heap: 10_000, instructions: 500 } };
const measured = (heap: number) => ({ device: { heap, instructions: 500 } });

describe("figures and their budget", () => {
  test("what is as the budget says is no fault", () => {
    expect(compare(measured(10_000), BUDGET)).toEqual([]);
  });

  test("one more is a fault that tells case, figure, budget and what to do", () => {
    expect(compare(measured(10_001), BUDGET)).toEqual([
      "device, heap: 10001, budget 10000 (+1): take back what made it grow, or say in the commit why it must and run: " +
        "npm run bench:xs -- --update device",
    ]);
  });

  test("one less is a fault that says how to lower the budget", () => {
    expect(compare(measured(9999), BUDGET)).toEqual([
      "device, heap: 9999, budget 10000 (-1): the budget can be lowered with: npm run bench:xs -- --update device",
    ]);
  });

  test("a figure without a budget is a fault", () => {
    expect(compare({ device: { sign: 1 }, other: { heap: 1 } }, BUDGET)).toEqual([
      expect.stringMatching(/^device, sign: 1, and budget.json has no figure for it; .*--update device$/),
      expect.stringMatching(/^other, heap: 1, and budget.json has no figure for it; .*--update other$/),
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
