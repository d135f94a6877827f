// The least number that will do, found from a guess by steps that double, then by halving: a good guess costs two tries.

/**
 * @param low @param high whole numbers: the least, and the most that is tried
 * @param attempt what a number gives, undefined when it is too small; a number above one that will do must do too
 * @param guess where to begin; what is found does not depend on it
 * @returns the least that will do, and what it gave
 * @throws Error when `high` will not do
 */
export async function least<T>(
  low: number,
  high: number,
  attempt: (value: number) => Promise<T | undefined>,
  guess = low,
): Promise<{ value: number; found: T }> {
  let tooSmall = low - 1;
  let best: { value: number; found: T } | undefined;
  let next = Math.min(Math.max(guess, low), high);
  let step = 1;
  while (best === undefined || best.value - tooSmall > 1) {
    const found = await attempt(next);
    if (found !== undefined) best = { value: next, found };
    else if (next === high) throw new Error(`does not fit with ${high}`);
    else tooSmall = next;
    if (best === undefined) next = Math.min(tooSmall + step, high);
    else if (tooSmall < low) next = Math.max(best.value - step, low);
    else next = (tooSmall + best.value) >> 1;
    step *= 2;
  }
  return best;
}
