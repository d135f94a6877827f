// docs/evidence/reliability.md against the code: it names every breakage that the storm notices, and has a place for
// all that is written into it.

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { SEAMS } from "../../../../host-sim/desk/fault.js";
import { KINDS } from "../../../../host-sim/desk/kinds/index.js";
import { VERDICTS } from "../../../../host-sim/storm/verdicts/index.js";
import { MUTANTS } from "../mutants/index.js";
import { elementsOf, textsOf } from "./xml.js";

const document = readFileSync("docs/evidence/reliability.md", "utf8");
const chart = readFileSync("docs/evidence/reliability.svg", "utf8");

test("names every breakage, with the verdict that notices it", () => {
  for (const { name, noticedBy } of MUTANTS) expect(document).toContain(`| ${name} | \`${noticedBy}\` |`);
});

test("names every promise and every kind of fault", () => {
  for (const { name, promise } of VERDICTS) expect(document).toContain(`| \`${name}\` | ${promise} |`);
  for (const [name, { help }] of Object.entries(KINDS)) expect(document).toContain(`| \`${name}\` | ${help} |`);
});

test("shows a picture that is well-formed and has every seam", () => {
  expect(document).toContain("](reliability.svg)");
  expect(elementsOf(chart)[0]!.name).toBe("svg");
  expect(textsOf(chart)).toEqual(expect.arrayContaining([...SEAMS]));
});
