// What the documents and the manifests say of memory fits the budget, which `npm run bench:xs` holds.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { leastBlock, mostOf } from "../../../bench/xs/blocks.js";
import type { Budget } from "../../../bench/xs/budget.js";
import { rowOf, withFigures } from "../../../bench/xs/document.js";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
const budget = JSON.parse(read("bench/xs/budget.json")) as Budget;
const DOCUMENT = read("docs/evidence/memory.md");

/** Cases that have a row. */
const NAMED = DOCUMENT.split("\n").flatMap((line) => rowOf(line)?.name ?? []);

describe("docs/evidence/memory.md", () => {
  test("has all devices and all that is beside a peer", () => {
    expect(NAMED).toEqual(expect.arrayContaining(Object.keys(budget).filter((name) => name.startsWith("device-"))));
    expect(NAMED).toEqual(expect.arrayContaining(["parse-csv", "parse-json", "mqtt-packet", "es256-default"]));
  });

  test("tells the budget's figures, as --update writes them", () => {
    expect(withFigures(DOCUMENT, budget)).toBe(DOCUMENT);
  });

  test("has its rows renewed, and nothing else", () => {
    const [name] = NAMED;
    const other = withFigures(DOCUMENT, { ...budget, [name!]: { heap: 1234567 } });
    const changed = other.split("\n").filter((line, i) => line !== DOCUMENT.split("\n")[i]);
    expect(changed).toHaveLength(1);
    expect(changed[0]).toMatch(new RegExp(`\`${name}\`.* 1,234,567 \\|$`));
  });
});

describe("the manifests", () => {
  const creationOf = (path: string) =>
    (JSON.parse(read(`manifests/${path}`)) as { creation: Record<string, number & Record<string, number>> }).creation;
  const image = creationOf("esp32/manifest.json");
  const updatable = { ...image, ...creationOf("updates.json") };

  // As they build it, all is in flash that can be.
  const built = [
    "device-1nce",
    "device-1nce-ws",
    "device-1nce-https",
    "device-jwt-flash",
    "device-google-flash",
    "device-google-rs256-flash",
  ];
  test.each(built)("reserve 40 %% more than the smallest heap of %s", (name) => {
    expect(image.static).toBeGreaterThan(1.4 * budget[name]!.heap!);
  });

  test.each([
    ["takes none", image, false],
    ["takes some", updatable, true],
  ])("of updates, an image that %s has a block with a quarter to spare, and no more than a page", (_, creation, is) => {
    const least = leastBlock(budget, is);
    expect(creation.static).toBeGreaterThanOrEqual(least);
    expect(creation.static! - least).toBeLessThan(4096);
  });

  test("a quarter is what is left above all full devices and what a chip has beside them", () => {
    const full = { "full-a": { heap: 1_000 }, "full-b": { heap: 900 }, "full-a-update": { heap: 2_000 } };
    expect([mostOf(full, false), mostOf(full, true)]).toEqual([1_000, 2_000]);
    expect(leastBlock(full, true)).toBe(1.25 * (2_000 + 394 * 16));
  });

  test("an image that takes updates fits even in the block of one that takes none, without a reserve", () => {
    expect(leastBlock(budget, true) / 1.25).toBeLessThan(image.static!);
  });

  test("the heaps begin with no more than the block has beside the stack", () => {
    const { static: bytes, stack, chunk, heap } = image;
    expect(16 * (stack! + heap!.initial!) + chunk!.initial!).toBeLessThan(bytes!);
  });
});
