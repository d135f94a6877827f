// What the documents and the manifests say of memory fits the budget, which `npm run bench:xs` holds.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import type { Budget } from "../../../bench/xs/budget.js";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
const budget = JSON.parse(read("bench/xs/budget.json")) as Budget;
/** Share by which a document's figure may be off the budget's: not each byte is news to its reader. */
const OFF = 0.02;
const number = (cell: string) => Number(cell.trim().replaceAll(",", ""));

/** Rows that name a case: `| … | \`case\`, figure | … | bytes | instructions |`; the heap only where there is one figure. */
const ROWS = read("docs/memory.md")
  .split("\n")
  .flatMap((row) => {
    const cells = row.split("|").slice(1, -1);
    const [, name, work] = /^ `([a-z0-9-]+)`(?:, (.+))? $/.exec(cells.find((cell) => /^ `/.test(cell)) ?? "") ?? [];
    if (name === undefined || budget[name] === undefined) return [];
    const figures = cells.filter((cell) => /^ [0-9,]+ $/.test(cell)).map(number);
    const told = { heap: figures[0]!, ...(work !== undefined && { [work]: figures[1]! }) };
    return [[name, told] as const];
  });

describe("docs/memory.md", () => {
  test("has all devices and all that is beside a peer", () => {
    const named = new Set(ROWS.map(([name]) => name));
    expect([...named]).toEqual(
      expect.arrayContaining(Object.keys(budget).filter((name) => name.startsWith("device-"))),
    );
    expect([...named]).toEqual(expect.arrayContaining(["parse-csv", "parse-json", "mqtt-packet", "es256-default"]));
  });

  test.each(ROWS)("%s", (name, figures) => {
    for (const [figure, told] of Object.entries(figures)) {
      const known = budget[name]![figure]!;
      expect(Math.abs(told - known) / known).toBeLessThanOrEqual(OFF);
    }
  });
});

describe("the manifests", () => {
  // As they build it, all is in flash that can be.
  const built = ["device-1nce", "device-1nce-ws", "device-1nce-https", "device-jwt-flash"];
  const { creation } = JSON.parse(read("manifests/esp32/manifest.json")) as { creation: { static: number } };

  test.each(built)("reserve 40 %% more than the smallest heap of %s", (name) => {
    expect(creation.static).toBeGreaterThan(1.4 * budget[name]!.heap!);
  });
});
