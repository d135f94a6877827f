// What each figure may be: budget.json. The figures repeat on any machine, but move a little with each change of what a record
// tells: a step back is more than SLACK.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("../../../bench/device/budget.json", import.meta.url));
/** Share by which a figure may be worse than its budget. */
const SLACK = 0.02;

/** Figures by metric; less is better. */
export type Budget = Readonly<Record<string, number>>;

export const readBudget = (): Budget => JSON.parse(readFileSync(FILE, "utf8")) as Budget;

export function writeBudget(measured: Budget): void {
  const rounded = Object.entries(measured).map(([metric, value]) => [metric, Number(value.toPrecision(4))]);
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(rounded), undefined, 2)}\n`);
}

/** Every figure that is a step back, each with what to do; and every one that has no budget, or none that is measured. */
export function stepsBack(measured: Budget, budget: Budget): string[] {
  const gone = Object.keys(budget).filter((metric) => measured[metric] === undefined);
  return [
    ...gone.map((metric) => `${metric}: is in the budget and was not measured; ${UPDATE}`),
    ...Object.entries(measured).flatMap(([metric, value]) => {
      const most = budget[metric];
      if (most === undefined) return [`${metric}: ${shown(value)}, and has no budget; ${UPDATE}`];
      if (value <= most * (1 + SLACK)) return [];
      return [
        `${metric}: ${shown(value)}, budget ${shown(most)}: take back what made it grow, or say why and ${UPDATE}`,
      ];
    }),
  ];
}

const UPDATE = "enter it with: npm run bench:device -- --update";
const shown = (value: number) => String(Number(value.toPrecision(4)));
