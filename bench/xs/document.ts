// The rows of docs/evidence/memory.md that tell a case's figures: `| … | \`case\`, figure | … | bytes | instructions
// |`. Where no figure is named there is the heap only.

import type { Budget } from "./budget.js";

const NAMED = /^ `([a-z0-9-]+)`(?:, (.+))? $/;
const FIGURE = /^ [0-9,]+ $/;
const shown = (value: number) => ` ${value.toLocaleString("en-US")} `;

/** A row's case and the figures that it tells, in order; undefined for any other line. */
export function rowOf(line: string): { name: string; figures: readonly string[] } | undefined {
  const cell = line
    .split("|")
    .slice(1, -1)
    .find((text) => text.startsWith(" `"));
  const [, name, work] = NAMED.exec(cell ?? "") ?? [];
  return name === undefined ? undefined : { name, figures: ["heap", ...(work === undefined ? [] : [work])] };
}

/** The document with the budget's figures in its rows; what it says around them is left as it is. */
export function withFigures(text: string, budget: Budget): string {
  return text
    .split("\n")
    .map((line) => {
      const { name, figures } = rowOf(line) ?? {};
      const known = name === undefined ? undefined : budget[name];
      if (known === undefined) return line;
      const left = [...figures!];
      return line
        .split("|")
        .map((cell) => {
          const value = FIGURE.test(cell) ? known[left.shift() ?? ""] : undefined;
          return value === undefined ? cell : shown(value);
        })
        .join("|");
    })
    .join("\n");
}
