// Parts on one pin: an LED, a button, a battery behind a divider.

import type { Fault } from "./part.js";
import { PinPart } from "./pin-board.js";
import { type Curve, Quantity } from "./quantity.js";

/** An LED, dark while nobody drives its pin. */
export class Led extends PinPart {
  readonly #litBy: 0 | 1;
  #brightness = 0;

  /** @param litBy the level that lights it */
  constructor(pin: number, litBy: 0 | 1 = 1) {
    super(pin);
    this.#litBy = litBy;
  }

  /** True while it gives any light. */
  get lit(): boolean {
    return this.#brightness > 0;
  }
  /** Share of its light, 0 to 1. */
  get brightness(): number {
    return this.#brightness;
  }

  override driven(share: number | undefined): void {
    const brightness = share === undefined ? 0 : this.#litBy === 1 ? share : 1 - share;
    if (brightness === this.#brightness) return;
    this.#brightness = brightness;
    this.world.shown(this, "brightness", brightness);
  }

  powerOn(): void {
    this.driven(undefined);
  }
}

/** A button. With the fault `stuck` its pin never changes. */
export class Button extends PinPart {
  override readonly faults: readonly Fault[] = ["none", "stuck"];
  readonly #pressedLevel: 0 | 1;
  #pressed = false;
  #level: 0 | 1;

  /** @param pressedLevel what it makes of its pin when pressed: 0 where it joins it to ground, as nearly always */
  constructor(pin: number, pressedLevel: 0 | 1 = 0) {
    super(pin);
    this.#pressedLevel = pressedLevel;
    this.#level = pressedLevel === 0 ? 1 : 0;
  }

  get pressed(): boolean {
    return this.#pressed;
  }
  set pressed(pressed: boolean) {
    this.#pressed = pressed;
    this.world.shown(this, "pressed", pressed ? 1 : 0);
    const level = pressed ? this.#pressedLevel : this.#pressedLevel === 0 ? 1 : 0;
    if (this.fault === "stuck" || level === this.#level) return;
    this.#level = level;
    this.world.pinChanged(this.pin);
  }

  /** A board has a resistor that keeps a button that is not pressed at the other level. */
  override level(): 0 | 1 {
    return this.#level;
  }

  powerOn(): void {}
}

/** How a battery hangs on its pin. */
export interface BatteryWiring {
  /** The divider: the pin sees this share of the battery's voltage, more than 0, at most 1; left out: a half. */
  readonly share?: number;
}

/**
 * A battery behind a divider on a pin of the converter. Its value: `millivolts`, 0 to 5000. With the fault `open` the pin
 * sees nothing.
 */
export class Battery extends PinPart {
  override readonly faults: readonly Fault[] = ["none", "noise", "open"];
  override readonly quantities = {
    millivolts: new Quantity({ unit: "mV", least: 0, most: 5000, initial: 3900 }),
  };
  readonly #share: number;

  /** @throws RangeError for a share that no divider has */
  constructor(pin: number, { share = 0.5 }: BatteryWiring = {}) {
    super(pin);
    if (!(share > 0 && share <= 1)) throw new RangeError(`${share} is no share of a divider`);
    this.#share = share;
  }

  /** Of the battery, in millivolts. */
  get volts(): number {
    return this.get("millivolts") / 1000;
  }
  /** @param value in volts, 0 to 5 */
  set volts(value: number | Curve) {
    this.set("millivolts", typeof value === "function" ? (ms) => 1000 * value(ms) : 1000 * value);
  }

  override millivolts(): number {
    if (this.fault === "open") return 0;
    if (this.fault === "noise") return this.world.random.below(5000);
    return this.get("millivolts") * this.#share;
  }

  powerOn(): void {}
}
