import { describe, expect, test } from "@jest/globals";
import { check } from "../../../bench/xs/check.js";
import type { Figures, Fitting, Space } from "../../../bench/xs/run.js";

const BUDGET = { heap: 45_952, stack: 461, instructions: 1000, sign: 70 };
const FIGURES: Figures = {
  instructions: 1000,
  depth: 440,
  native: 0,
  peakSlots: 1,
  peakChunks: 1,
  slots: 1,
  chunks: 1,
  aliases: 1,
  keys: 1,
  flashSlots: 1,
  flashChunks: 1,
  printed: [],
};
const figuresOf = ({ bytes, stack, instructions }: Fitting) => ({ heap: bytes, stack, instructions, sign: 70 });

/** A program that needs `needs` bytes. */
async function checked(needs: number, budget: Record<string, number> | undefined = BUDGET, figures = FIGURES) {
  const runs: Space[] = [];
  const attempt = async (space: Space) => {
    runs.push(space);
    return space.bytes >= needs ? figures : { tooSmall: "memory full" };
  };
  const { found, faults } = await check("device", budget, attempt, figuresOf);
  return { runs, found, faults };
}

describe("a case and its budget, without a search", () => {
  test("fits in its budget and not in 2 % less, in two runs", async () => {
    const { runs, found, faults } = await checked(45_952);
    expect(faults).toEqual([]);
    expect(found).toMatchObject({ bytes: 45_952, stack: 461, instructions: 1000 });
    // 2 % less, down to a step of 64 bytes.
    expect(runs).toEqual([
      { bytes: 45_952, stack: 461 },
      { bytes: 44_992, stack: 461 },
    ]);
  });

  test("one byte that is missing is a fault that says why and what to do", async () => {
    const { found, faults } = await checked(45_953);
    expect(found).toBeUndefined();
    expect(faults).toEqual([
      expect.stringMatching(
        /^device: does not fit in its budget of 45952 bytes \(memory full\): .*: npm run bench:xs -- --update device$/,
      ),
    ]);
  });

  test("a budget that is 2 % too much is a fault that says how to lower it", async () => {
    const { faults } = await checked(44_992);
    expect(faults).toEqual([
      "device: fits in 44992 bytes too, budget 45952: the budget can be lowered with: npm run bench:xs -- --update device",
    ]);
  });

  test.each([999, 1001])("%d instructions for 1000 are a fault", async (instructions) => {
    const { faults } = await checked(45_952, BUDGET, { ...FIGURES, instructions });
    expect(faults).toEqual([expect.stringContaining(`device, instructions: ${instructions}, budget 1000`)]);
  });

  test("a small block is one step smaller at least", async () => {
    const { runs } = await checked(2176, { ...BUDGET, heap: 2176 });
    expect(runs[1]!.bytes).toBe(2112);
  });

  test.each([[undefined], [{ heap: 45_952 }], [{ stack: 461 }]])("without a budget (%j) is not run", async (budget) => {
    const attempt = async () => {
      throw new Error("was run");
    };
    const { faults } = await check("device", budget, attempt, figuresOf);
    expect(faults).toEqual([expect.stringMatching(/^device: budget.json does not have it; .*--update device$/)]);
  });

  test("a run that fails is no verdict", async () => {
    const attempt = async () => {
      throw new Error("the engine did not end in 600 s");
    };
    await expect(check("device", BUDGET, attempt, figuresOf)).rejects.toThrow("did not end");
  });
});
