// Holds a case against its budget in two runs: it must fit in it, and must not fit in 2 % less. That needs no search.

import { type Figures as Budgeted, compare, doesNotFit, fitsInLess, noBudget } from "./budget.js";
import { type Figures, type Fitting, isTooSmall, type Space, STEP, type TooSmall } from "./run.js";

/** Share of its budget below which a case must not fit. */
const LESS = 0.02;

/** A case that was checked: its run in the budget's block, where it fits, and each fault in one line that says what to do. */
export interface Checked {
  found?: Fitting;
  faults: readonly string[];
}

/**
 * @param budget the case's figures, undefined where it has none
 * @param attempt runs the program in a block
 * @param figuresOf what of a run the budget has
 */
export async function check(
  name: string,
  budget: Budgeted | undefined,
  attempt: (space: Space) => Promise<Figures | TooSmall>,
  figuresOf: (found: Fitting) => Budgeted,
): Promise<Checked> {
  const { heap: bytes, stack } = budget ?? {};
  if (bytes === undefined || stack === undefined) return { faults: [noBudget(name)] };
  const whole = await attempt({ bytes, stack });
  if (isTooSmall(whole)) return { faults: [doesNotFit(name, bytes, whole.tooSmall)] };
  const found = { ...whole, bytes, stack };
  const faults = compare({ [name]: figuresOf(found) }, { [name]: budget! });
  const less = Math.floor((bytes * (1 - LESS)) / STEP) * STEP;
  if (!isTooSmall(await attempt({ bytes: less, stack }))) faults.push(fitsInLess(name, bytes, less));
  return { found, faults };
}
