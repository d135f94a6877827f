// What each case may take: budget.json, and how figures are held against it.

/** Figures of one case by name: `heap` in bytes, everything else in XS instructions. */
export type Figures = Readonly<Record<string, number>>;
/** Figures by case. */
export type Budget = Readonly<Record<string, Figures>>;

/** Share of its budget by which a figure may be above it. */
export const OVER = 0.02;
/** Share by which a figure is below its budget when that is worth to be told. */
export const UNDER = 0.05;

/** One figure that is not as the budget says. */
export interface Deviation {
  kind: "over" | "under" | "missing";
  text: string;
}

const UPDATE = "npm run bench:xs -- --update";

/** Holds the figures of cases that were run against the budget. */
export function compare(measured: Budget, budget: Budget): Deviation[] {
  return Object.entries(measured).flatMap(([name, figures]) =>
    Object.entries(figures).flatMap(([figure, value]) =>
      deviation(`${name}, ${figure}`, value, budget[name]?.[figure]),
    ),
  );
}

function deviation(name: string, value: number, budget: number | undefined): Deviation[] {
  if (budget === undefined) {
    return [
      { kind: "missing", text: `${name}: ${value}, and budget.json has no figure for it; enter it with: ${UPDATE}` },
    ];
  }
  const share = budget === 0 ? 0 : value / budget - 1;
  const found = `${name}: ${value}, budget ${budget} (${share > 0 ? "+" : ""}${(100 * share).toFixed(1)} %)`;
  if (value > budget * (1 + OVER)) {
    const why = `more than ${100 * OVER} % over: take back what made it grow, or say in the commit why it must and run: ${UPDATE}`;
    return [{ kind: "over", text: `${found}, ${why}` }];
  }
  if (value < budget * (1 - UNDER))
    return [{ kind: "under", text: `${found}: the budget can be lowered with: ${UPDATE}` }];
  return [];
}

/** The budget with the figures of the cases that were run; those of cases that are `known` no more are left out. */
export function renewed(measured: Budget, budget: Budget, known: readonly string[]): Budget {
  const all = { ...budget, ...measured };
  return Object.fromEntries(known.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}
