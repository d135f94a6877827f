// Plays a schedule of faults on a stage. Faults of one kind that overlap end together, with the last of them.

import type { Scheduler } from "../world/scheduler.js";
import { endOf, type Fault } from "./fault.js";
import { kindOf } from "./kinds/index.js";
import type { Stage } from "./stage.js";

export class Player {
  /** How many of each kind last now. */
  readonly #lasting = new Map<string, number>();

  /** @param told is called as each fault begins and ends */
  constructor(
    faults: readonly Fault[],
    stage: Stage,
    scheduler: Scheduler,
    told: (fault: Fault, what: "begins" | "ends") => void,
  ) {
    const start = scheduler.now;
    for (const fault of faults) {
      const kind = kindOf(fault.fault);
      // What faults do reaches firmware, whose promises must settle: these events are not pure.
      scheduler.at(start + fault.at, () => {
        told(fault, "begins");
        this.#count(fault, 1);
        kind.begin(stage, fault.value);
      });
      if (kind.end === undefined) continue;
      scheduler.at(start + endOf(fault), () => {
        told(fault, "ends");
        if (this.#count(fault, -1) === 0) kind.end!(stage);
      });
    }
  }

  #count({ fault }: Fault, by: 1 | -1): number {
    const count = (this.#lasting.get(fault) ?? 0) + by;
    this.#lasting.set(fault, count);
    return count;
  }
}
