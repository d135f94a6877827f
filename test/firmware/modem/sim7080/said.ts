// What the driver makes of a line that comes unasked: its entry in the URC table, read.

import { urcOf } from "../../../../firmware/modem/at/urc.js";
import { URCS } from "../../../../firmware/modem/sim7080/urcs.js";

/** What the table reads from `line`; undefined when it has no entry for it, or cannot read it. */
export const said = (line: string): unknown => urcOf(URCS, line)?.parse?.(line);
