// All mutants, in the order in which the report lists them.

import { OF_APP } from "./app.js";
import { OF_DOWNLINK } from "./downlink.js";
import { OF_INSIDE } from "./inside.js";
import { OF_MEMORY } from "./memory.js";
import type { Mutant } from "./mutant.js";
import { OF_RECORDS } from "./records.js";
import { OF_RECOVERY } from "./recovery.js";
import { OF_UPDATES } from "./updates.js";
import { OF_WAY } from "./way.js";

export const MUTANTS: readonly Mutant[] = [
  ...OF_RECORDS,
  ...OF_DOWNLINK,
  ...OF_WAY,
  ...OF_RECOVERY,
  ...OF_INSIDE,
  ...OF_MEMORY,
  ...OF_APP,
  ...OF_UPDATES,
];
