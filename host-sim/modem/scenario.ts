// A scenario: what happens to a modem over time, as a list of the control's wishes with a time each. A core without clock.

import { ControlError } from "./control.js";

/** A wish and when it comes, in milliseconds from the scenario's begin. */
export interface Step {
  /** Its place in the list, 1 being the first. */
  number: number;
  atMs: number;
  wish: unknown;
}

const STEPS_MAX = 100_000;
/** Three weeks: what a timer takes. */
const SECONDS_MAX = 2_000_000;

/**
 * Reads a scenario: a JSON array of the control's wishes, each with `at`, seconds from the begin, in any order.
 * @example
 * [{"at":0,"do":"signal","dbm":-70},{"at":60,"do":"network","access":"none"},{"at":90,"do":"network","access":"roaming"}]
 * @throws ControlError that says which step is wrong
 */
export function parseScenario(text: string): Step[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new ControlError("a scenario must be JSON");
  }
  if (!Array.isArray(list) || list.length > STEPS_MAX) {
    throw new ControlError(`a scenario must be a list of at most ${STEPS_MAX} steps`);
  }
  const steps = list.map((wish: unknown, i) => {
    const at = (wish as { at?: unknown } | null)?.at;
    if (typeof at !== "number" || !(at >= 0 && at <= SECONDS_MAX)) {
      throw new ControlError(`step ${i + 1}: "at" must be seconds from 0 to ${SECONDS_MAX}`);
    }
    return { number: i + 1, atMs: at * 1000, wish };
  });
  return steps.sort((a, b) => a.atMs - b.atMs);
}
