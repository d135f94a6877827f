import { expect, test } from "@jest/globals";
// @ts-expect-error: plain JavaScript
import { countsOf, scoreOf, withRow } from "../../scripts/mutation-table.js";

const PAGE = "above\n\n<!-- scores: written by npm run mutation -->\n<!-- scores end -->\n\nbelow\n";
const mutants = (statuses: Record<string, number>) =>
  Object.entries(statuses).flatMap(([status, count]) => Array.from({ length: count }, () => ({ status })));

test("the score is the share of mutants that were noticed, without those left out and those that never ran", () => {
  const counts = countsOf(mutants({ Killed: 7, Timeout: 1, Survived: 1, NoCoverage: 1, Ignored: 5, RuntimeError: 3 }));
  expect(scoreOf(counts)).toBe(80);
});

test("a core's row is renewed, the others' and the text around the table stay", () => {
  const first = withRow(PAGE, "csv", countsOf(mutants({ Killed: 1, Survived: 1 })));
  const second = withRow(first, "mqtt", countsOf(mutants({ Killed: 3, Survived: 1 })));
  const third = withRow(second, "csv", countsOf(mutants({ Killed: 4 })));
  expect(first).toContain("| csv | 1 | 0 | 1 | 0 | 0 | 50.0 % |");
  expect(second).toContain("| csv | 1 | 0 | 1 | 0 | 0 | 50.0 % |");
  expect(third).toContain("| csv | 4 | 0 | 0 | 0 | 0 | 100.0 % |");
  expect(third).toContain("| mqtt | 3 | 0 | 1 | 0 | 0 | 75.0 % |");
  expect(third.match(/^\| core \|/gm)).toHaveLength(1);
  expect(third).toMatch(/^above\n\n[\s\S]*\n\nbelow\n$/);
});

test("a page without a table is not written to", () => {
  expect(() => withRow("text\n", "csv", countsOf([]))).toThrow(/marks/);
});
