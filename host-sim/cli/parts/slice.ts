// Which part of the work is this process's, where many do it together.

import { UsageError } from "../output/errors.js";
import type { Surroundings } from "./surroundings.js";

/**
 * This process's index among many: the pods of a Job have one each.
 * @param name variable that holds it; left out: 0
 * @throws UsageError when it holds no number from 0 to 999999
 */
export function indexFrom(name: string | undefined, env: Surroundings["env"]): number {
  if (name === undefined) return 0;
  const index = env[name];
  if (index !== undefined && /^[0-9]{1,6}$/.test(index)) return Number(index);
  throw new UsageError(`--index-from-env: ${name} must hold a number from 0 to 999999, as a Job's pods have it`);
}
