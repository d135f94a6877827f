// Random numbers on Node.

import { getRandomValues } from "node:crypto";
import type { Random } from "../../firmware/platform/system.js";

/** Most bytes one call of getRandomValues gives. */
const RANDOM_LIMIT = 65_536;

/** Node's cryptographic source. */
export const nodeRandom: Random = (into) => {
  for (let at = 0; at < into.length; at += RANDOM_LIMIT) getRandomValues(into.subarray(at, at + RANDOM_LIMIT));
};
