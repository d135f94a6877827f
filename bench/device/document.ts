// The rows of docs/performance.md that tell figures of `npm run bench:device` and bench:xs, six cells each:
// `| what | \`figure\` | at first | now | goal | met |`.

import type { Budget } from "./budget.js";

/** Cells of a row, between its first and its last bar. */
const CELLS = 6;
const [FIGURE, NOW, GOAL, MET] = [1, 3, 4, 5];

/** The document with these figures in its rows, and whether their goals are met; the rest of it is left as it is. */
export function withFigures(text: string, figures: Budget): string {
  return text
    .split("\n")
    .map((line) => {
      const cells = line.split("|").slice(1, -1);
      const value = cells.length === CELLS ? figures[cells[FIGURE]!.trim().replace(/^`|`$/g, "")] : undefined;
      if (value === undefined) return line;
      const goal = Number(/^ ≤ ([\d.,]+)/.exec(cells[GOAL]!)?.[1]?.replaceAll(",", ""));
      const digits = value >= 1_000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
      cells[NOW] = ` ${value.toLocaleString("en-US", digits)} `;
      if (!Number.isNaN(goal)) cells[MET] = value <= goal ? " yes " : " no ";
      return `|${cells.join("|")}|`;
    })
    .join("\n");
}
