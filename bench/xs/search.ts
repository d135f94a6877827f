// The least number that will do, found by doubling and halving: most tries are far from the least, where a run ends soon.

/**
 * @param low @param high whole numbers: the least, and the most that is tried
 * @param attempt what a number gives, undefined when it is too small; a number above one that will do must do too
 * @param share what is found may be above the least by this share of it
 * @returns the least that will do, and what it gave
 * @throws Error when `high` will not do
 */
export async function least<T>(
  low: number,
  high: number,
  attempt: (value: number) => Promise<T | undefined>,
  share = 0,
): Promise<{ value: number; found: T }> {
  let from = low;
  let to = low;
  let found = await attempt(to);
  while (found === undefined) {
    if (to === high) throw new Error(`does not fit with ${high}`);
    from = to + 1;
    to = Math.min(2 * to, high);
    found = await attempt(to);
  }
  while (to - from > share * from) {
    const middle = (from + to) >> 1;
    const got = await attempt(middle);
    if (got === undefined) from = middle + 1;
    else {
      found = got;
      to = middle;
    }
  }
  return { value: to, found };
}
