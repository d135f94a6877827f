// What each case may take: budget.json, and how figures are held against it. The engine has no clock and no chance: the same
// program takes the same, to the instruction, so a budget has no slack.

/** Figures of one case by name: `heap` in bytes, `stack` in slots of 16 bytes (part of the heap), all else in XS instructions. */
export type Figures = Readonly<Record<string, number>>;
/** Figures by case. */
export type Budget = Readonly<Record<string, Figures>>;

const updateOf = (name: string) => `npm run bench:xs -- --update ${name}`;
const takeBack = (name: string) =>
  `take back what made it grow, or say in the commit why it must and run: ${updateOf(name)}`;
const lower = (name: string) => `the budget can be lowered with: ${updateOf(name)}`;

/** Every figure of the cases that were run that is not as the budget says, each with what to do. */
export function compare(measured: Budget, budget: Budget): string[] {
  return Object.entries(measured).flatMap(([name, figures]) =>
    Object.entries(figures).flatMap(([figure, value]) => deviation(name, figure, value, budget[name]?.[figure])),
  );
}

function deviation(name: string, figure: string, value: number, budget: number | undefined): string[] {
  const found = `${name}, ${figure}: ${value}`;
  if (budget === undefined) return [`${found}, and budget.json has no figure for it; enter it with: ${updateOf(name)}`];
  if (value === budget) return [];
  const [sign, advice] = value > budget ? ["+", takeBack(name)] : ["", lower(name)];
  return [`${found}, budget ${budget} (${sign}${value - budget}): ${advice}`];
}

/** Nothing else is budgeted where a case has no heap. */
export const noBudget = (name: string) => `${name}: budget.json does not have it; enter it with: ${updateOf(name)}`;

/** @param why what was too small */
export const doesNotFit = (name: string, bytes: number, why: string) =>
  `${name}: does not fit in its budget of ${bytes} bytes (${why}): ${takeBack(name)}`;

/** @param bytes what it fits in, too */
export const fitsInLess = (name: string, budget: number, bytes: number) =>
  `${name}: fits in ${bytes} bytes too, budget ${budget}: ${lower(name)}`;

/** The budget with the figures of the cases that were run; those of cases that are `known` no more are left out. */
export function renewed(measured: Budget, budget: Budget, known: readonly string[]): Budget {
  const all = { ...budget, ...measured };
  return Object.fromEntries(known.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));
}

/** Every figure by one name: `case` is its heap, `case, figure` all else. */
export const namedAlone = (budget: Budget): Figures =>
  Object.fromEntries(
    Object.entries(budget).flatMap(([name, figures]) =>
      Object.entries(figures).map(([figure, value]) => [figure === "heap" ? name : `${name}, ${figure}`, value]),
    ),
  );
