// What the documents and the manifests say of memory fits the budget, which `npm run bench:xs` holds.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
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
  // As they build it, all is in flash that can be.
  const built = [
    "device-1nce",
    "device-1nce-ws",
    "device-1nce-https",
    "device-jwt-flash",
    "device-google-flash",
    "device-google-rs256-flash",
  ];
  const { creation } = JSON.parse(read("manifests/esp32/manifest.json")) as { creation: { static: number } };

  test.each(built)("reserve 40 %% more than the smallest heap of %s", (name) => {
    expect(creation.static).toBeGreaterThan(1.4 * budget[name]!.heap!);
  });
});
