// What all parts of a board have in common: quantities that they measure or show, faults, and a place on a board.

import { Prng } from "../world/prng.js";
import type { Curve, Quantity } from "./quantity.js";

/** What a part sees of its board. */
export interface Surroundings {
  /** The board's time in milliseconds; never goes back. */
  now(): number;
  /** Time passes while the program stands and waits. @param ms 0 or more */
  delay(ms: number): void;
  /** For noise. */
  readonly random: Prng;
  /** The part changed something on its pin by itself. */
  pinChanged(pin: number): void;
  /** Something changed that a page shows. */
  shown(part: Part, name: string, value: number): void;
}

/** A part that is on no board yet. */
const NOWHERE: Surroundings = {
  now: () => 0,
  delay: () => {},
  random: new Prng("part"),
  pinChanged: () => {},
  shown: () => {},
};

/** What may be wrong with a part. `none` always. */
export type Fault =
  | "none"
  | "absent" // nobody answers at its address
  | "hangs" // it holds the clock line until the controller gives up
  | "noise" // bytes mean nothing
  | "lies" // well-formed, and the largest value there is
  | "bad-crc" // checksums do not fit
  | "stuck" // it never changes
  | "open"; // a wire is off

/** A part of the board. */
export abstract class Part {
  /** What it measures, by name. */
  readonly quantities: Readonly<Record<string, Quantity>> = {};
  /** What can be wrong with this one. */
  readonly faults: readonly Fault[] = ["none"];
  protected world: Surroundings = NOWHERE;
  #fault: Fault = "none";

  get fault(): Fault {
    return this.#fault;
  }
  /** @throws RangeError for a fault that this part cannot have */
  set fault(fault: Fault) {
    if (!this.faults.includes(fault))
      throw new RangeError(`no fault "${fault}" here; known: ${this.faults.join(", ")}`);
    this.#fault = fault;
  }

  /** Puts it on a board, with power. */
  place(world: Surroundings): void {
    this.world = world;
    this.powerOn();
  }

  /** Power came: all that is kept in it is as from the factory. The world's values stay. */
  abstract powerOn(): void;

  /** The value of a quantity now. @throws RangeError for a name it has not */
  get(name: string): number {
    return this.#quantity(name).at(this.world.now());
  }

  /** Sets a quantity. @throws RangeError for a name it has not and a value out of range */
  set(name: string, value: number | Curve): void {
    this.#quantity(name).set(value);
    if (typeof value === "number") this.world.shown(this, name, value);
  }

  #quantity(name: string): Quantity {
    if (!Object.hasOwn(this.quantities, name)) throw new RangeError(`there is no ${name} here`);
    return this.quantities[name]!;
  }
}

/** A part at an address of the I2C bus. */
export abstract class I2CPart extends Part {
  /** 7 bits: 0x08 to 0x77. */
  readonly address: number;
  override readonly faults: readonly Fault[] = ["none", "absent", "hangs", "noise", "lies"];

  /** @throws RangeError for an address that the bus reserves (UM10204 §3.1.12) */
  constructor(address: number) {
    super();
    if (!Number.isInteger(address) || address < 0x08 || address > 0x77)
      throw new RangeError(`${address} is no address on an I2C bus`);
    this.address = address;
  }

  /** Bytes written to it, from START to STOP or the next START. @returns false: not acknowledged */
  abstract write(bytes: Uint8Array): boolean;

  /** @returns `length` bytes; undefined: it does not acknowledge its address now */
  abstract read(length: number): Uint8Array | undefined;

  /** Until when, in the board's time, it holds the clock line of a read that begins now. */
  stretchesUntil(): number {
    return 0;
  }
}
