// A value of the world that a part measures: within its range, set by a test, a scenario or a page, or following a curve over
// time.

/** A value over time. @param ms the board's time, in milliseconds */
export type Curve = (ms: number) => number;

/** What is known of a quantity besides its value. */
export interface QuantityKind {
  readonly unit: string;
  /** What the part can be exposed to and still answer. */
  readonly least: number;
  readonly most: number;
  readonly initial: number;
}

/** One value of the world. */
export class Quantity {
  readonly kind: QuantityKind;
  #value: number | Curve;

  constructor(kind: QuantityKind) {
    this.kind = kind;
    this.#value = kind.initial;
  }

  /**
   * @param value in the quantity's unit, or a curve, whose values are held to the range as a sensor at its end stop does
   * @throws RangeError for a value outside of the range, or none
   */
  set(value: number | Curve): void {
    const { least, most, unit } = this.kind;
    if (typeof value !== "function" && !(value >= least && value <= most))
      throw new RangeError(`${value} is not within ${least} to ${most} ${unit}`.trimEnd());
    this.#value = value;
  }

  /** The value at a time. @throws RangeError when its curve gives no number */
  at(ms: number): number {
    if (typeof this.#value !== "function") return this.#value;
    const { least, most } = this.kind;
    const value = this.#value(ms);
    if (Number.isNaN(value)) throw new RangeError("a curve gave no number");
    return Math.min(most, Math.max(least, value));
  }
}
