// What of the page's style no browser complains of.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const CSS = readFileSync(fileURLToPath(new URL("../../../host-sim/page/ui/style.css", import.meta.url)), "utf8");

/** Declarations of the first rule with this selector, a line each. */
function rule(selector: string): string[] {
  const at = CSS.indexOf(`${selector} {`);
  expect(at).toBeGreaterThanOrEqual(0);
  const lines = CSS.slice(CSS.indexOf("{", at) + 1, CSS.indexOf("}", at)).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

const named = (lines: readonly string[]) => lines.map((line) => line.split(":", 1)[0]!);

// A media query and a selector cannot be one rule, so that it stands there twice.
test("dark is the same, whether the system has it so or somebody has chosen it", () => {
  const chosen = rule(':root[data-theme="dark"]');
  expect(chosen.length).toBeGreaterThan(20);
  expect(rule(':root:not([data-theme="light"])')).toEqual(chosen);
});

test("each colour of the dark theme is one that the light one has", () => {
  const light = named(rule(":root"));
  expect(named(rule(':root[data-theme="dark"]')).filter((name) => !light.includes(name))).toEqual([]);
});
