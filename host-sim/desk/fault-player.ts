// Begins and ends faults on a stage, at any moment. Faults of one kind that overlap end together, with the last of them.

import type { Prng } from "../world/prng.js";
import type { Trace } from "../world/trace.js";
import type { FaultValue } from "./fault.js";
import { kindOf } from "./kinds/index.js";
import type { Stage } from "./stage.js";

/** A fault that lasts. */
export interface ActiveFault {
  fault: string;
  /** Of the latest of its kind. */
  value: FaultValue | undefined;
  /** When the first of its kind began, milliseconds since 1970. */
  since: number;
}

/** Told of each fault as it begins and ends. */
export type FaultWatcher = (fault: string, value: FaultValue | undefined, what: "begins" | "ends") => void;

export class FaultPlayer {
  readonly #stage: Stage;
  readonly #trace: Trace;
  readonly #random: Prng;
  readonly #told: FaultWatcher;
  readonly #lasting = new Map<string, ActiveFault & { count: number }>();

  /** @param random draws the values that are left out */
  constructor(stage: Stage, trace: Trace, random: Prng, told: FaultWatcher = () => {}) {
    this.#stage = stage;
    this.#trace = trace;
    this.#random = random;
    this.#told = told;
  }

  /** The faults that last now, in the order in which they began. */
  get active(): readonly ActiveFault[] {
    return [...this.#lasting.values()].map(({ fault, value, since }) => ({ fault, value, since }));
  }

  /**
   * Begins a fault: one of kinds/index.ts. While one of the same kind lasts, it begins again, with its own value.
   * @param value what the kind's help says; drawn when left out
   * @throws RangeError for a name that is none
   */
  begin(fault: string, value?: FaultValue): void {
    const kind = kindOf(fault);
    const drawn = value ?? kind.value?.(this.#random);
    this.#tell(fault, drawn, "begins");
    if (kind.end) {
      const { since = this.#stage.now, count = 0 } = this.#lasting.get(fault) ?? {};
      this.#lasting.set(fault, { fault, value: drawn, since, count: count + 1 });
    }
    kind.begin(this.#stage, drawn);
  }

  /** Ends a fault, once as often as it was begun; one that does not last is passed over. */
  end(fault: string): void {
    const lasting = this.#lasting.get(fault);
    if (lasting === undefined) return;
    this.#tell(fault, lasting.value, "ends");
    if (--lasting.count > 0) return;
    this.#lasting.delete(fault);
    kindOf(fault).end?.(this.#stage);
  }

  #tell(fault: string, value: FaultValue | undefined, what: "begins" | "ends"): void {
    this.#trace.note(this.#stage.now, "storm", `${fault} ${what}`);
    this.#told(fault, value, what);
  }
}
