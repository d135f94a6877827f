// Plays a schedule of faults on a desk.

import type { Desk } from "../desk/desk.js";
import { endOf, type Fault } from "../desk/fault.js";
import { kindOf } from "../desk/kinds/index.js";

/**
 * Plans them from now on.
 * @param told is called as each fault begins and ends
 */
export function play(
  faults: readonly Fault[],
  { world, faults: player }: Desk,
  told: (fault: Fault, what: "begins" | "ends") => void,
): void {
  const start = world.now;
  for (const fault of faults) {
    // What faults do reaches firmware, whose promises must settle: these events are not pure.
    world.scheduler.at(start + fault.at, () => {
      told(fault, "begins");
      player.begin(fault.fault, fault.value);
    });
    if (kindOf(fault.fault).end === undefined) continue;
    world.scheduler.at(start + endOf(fault), () => {
      told(fault, "ends");
      player.end(fault.fault);
    });
  }
}
