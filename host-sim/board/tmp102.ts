// Texas Instruments TMP102, temperature (SBOS397, sections by name): four registers of 16 bits, 12 or in extended mode 13 bits of
// temperature. Before its first conversion it reads 0 °C; in shutdown it keeps the last one.
// Not modelled: the fault queue, the ALERT pin, a value that lags by up to a conversion's time.

import { type Curve, Quantity } from "./quantity.js";
import { WordRegisters } from "./registers.js";

/** Address with ADD0 at ground; 0x49 to 0x4b with it at V+, SDA, SCL. */
export const TMP102_ADDRESS = 0x48;

const REGISTER = { temperature: 0, configuration: 1, low: 2, high: 3 } as const;
/** Of the configuration register. */
const BIT = {
  oneShot: 0x8000,
  polarity: 0x0400,
  thermostat: 0x0200,
  shutdown: 0x0100,
  alert: 0x0020,
  extended: 0x0010,
};
/** R1 and R0, the resolution, are read only; so is AL. */
const WRITABLE = 0x9fd0;
const POWER_ON = 0x60a0;
/** 75 and 80 °C. */
const LIMITS = { low: 0x4b00, high: 0x5000 } as const;
const CONVERSION_MS = 26;
const LSB = 0.0625;

/** The sensor. Its value: `temperature` in °C, -55 to 150 (128 and more need extended mode). */
export class Tmp102 extends WordRegisters {
  override readonly quantities = {
    temperature: new Quantity({ unit: "°C", least: -55, most: 150, initial: 21 }),
  };
  protected readonly pointerMask = 3;
  #configuration = POWER_ON;
  #low: number = LIMITS.low;
  #high: number = LIMITS.high;
  /** When the conversion that counts is or was ready. */
  #readyAt = 0;
  /** In °C; what is kept of conversions that are over. */
  #kept = 0;
  #alarm = false;

  constructor(address = TMP102_ADDRESS) {
    super(address);
  }

  get temperature(): number {
    return this.get("temperature");
  }
  set temperature(value: number | Curve) {
    this.set("temperature", value);
  }

  override powerOn(): void {
    super.powerOn();
    this.#configuration = POWER_ON;
    this.#low = LIMITS.low;
    this.#high = LIMITS.high;
    this.#kept = 0;
    this.#alarm = false;
    this.#readyAt = this.world.now() + CONVERSION_MS;
  }

  protected load(register: number): number {
    switch (register) {
      case REGISTER.temperature:
        return this.#code(this.#converted());
      case REGISTER.configuration:
        return this.#status();
      case REGISTER.low:
        return this.#low;
      default:
        return this.#high;
    }
  }

  protected store(register: number, value: number): void {
    if (register === REGISTER.configuration) this.#configure(value);
    if (register === REGISTER.low) this.#low = value;
    if (register === REGISTER.high) this.#high = value;
  }

  #configure(value: number): void {
    const before = this.#configuration;
    const stopped = (value & BIT.shutdown) !== 0;
    if (stopped && (before & BIT.shutdown) === 0) {
      this.#kept = this.#converted();
      // One that goes on is finished first.
      if (this.world.now() >= this.#readyAt) this.#readyAt = 0;
    }
    this.#configuration = (value & WRITABLE & ~BIT.oneShot) | (before & ~WRITABLE & ~BIT.alert);
    const begins = stopped ? (value & BIT.oneShot) !== 0 : (before & BIT.shutdown) !== 0;
    if (begins) this.#readyAt = this.world.now() + CONVERSION_MS;
  }

  /** What the last conversion that is over gave, in °C. */
  #converted(): number {
    const now = this.world.now();
    if (now < this.#readyAt) return this.#kept;
    const running = (this.#configuration & BIT.shutdown) === 0;
    if (running) {
      this.#kept = this.quantities.temperature.at(now);
    } else if (this.#readyAt > 0) {
      // A single conversion, and it was ready then.
      this.#kept = this.quantities.temperature.at(this.#readyAt);
      this.#readyAt = 0;
    }
    return this.#kept;
  }

  #status(): number {
    const { high, low } = { high: celsius(this.#high, this.#shift), low: celsius(this.#low, this.#shift) };
    const now = this.#converted();
    // Comparator mode: from T(HIGH) on until below T(LOW).
    if (now >= high) this.#alarm = true;
    else if (now < low) this.#alarm = false;
    // OS reads 1 in shutdown when no conversion is going on; AL is low for an alarm, unless the polarity is turned.
    const idle = (this.#configuration & BIT.shutdown) !== 0 && this.world.now() >= this.#readyAt;
    const raised = (this.#configuration & BIT.polarity) !== 0;
    return (this.#configuration & ~BIT.alert) | (idle ? BIT.oneShot : 0) | (this.#alarm === raised ? BIT.alert : 0);
  }

  get #shift(): number {
    return (this.#configuration & BIT.extended) === 0 ? 4 : 3;
  }

  #code(temperature: number): number {
    const most = 2 ** (15 - this.#shift) - 1;
    const steps = this.fault === "lies" ? most : Math.max(-most - 1, Math.min(most, Math.round(temperature / LSB)));
    // D0 tells which form it is.
    return ((steps << this.#shift) & 0xffff) | (this.#shift === 3 ? 1 : 0);
  }
}

/** Degrees of a register's value. */
function celsius(code: number, shift: number): number {
  return (((code << 16) >> 16) >> shift) * LSB;
}
