// All rows of the table of attacks.

import type { Attack } from "./attack.js";
import { ATTACKS } from "./attacks.js";
import { CERTIFICATES } from "./certificates.js";
import { SUITES } from "./suites.js";

export const TABLE: readonly Attack[] = [...ATTACKS, ...CERTIFICATES, ...SUITES];
