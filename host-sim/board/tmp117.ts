// Texas Instruments TMP117, temperature (SNOSD82, register map §7.6): registers of 16 bits, 7.8125 m°C a step. Before its first
// conversion it reads -256 °C; in shutdown it keeps the last one. Not modelled: the EEPROM, the ALERT pin.

import { type Curve, Quantity } from "./quantity.js";
import { WordRegisters } from "./registers.js";

/** Address with ADD0 at ground; 0x49 to 0x4b with it at V+, SDA, SCL. */
export const TMP117_ADDRESS = 0x48;

const REGISTER = { temperature: 0, configuration: 1, high: 2, low: 3, offset: 7, id: 15 } as const;
/** Of the configuration register. */
const BIT = { high: 0x8000, low: 0x4000, ready: 0x2000, reset: 0x0002 } as const;
const MODE = { mask: 0x0c00, shutdown: 0x0400, oneShot: 0x0c00 } as const;
const WRITABLE = 0x0ffc;
const POWER_ON = 0x0220;
const LIMITS = { high: 0x6000, low: 0x8000 } as const;
const CHIP_ID = 0x0117;
const NO_CONVERSION = 0x8000;
/** One conversion, and how many are averaged, by AVG. */
const CONVERSION_MS = 15.5;
const AVERAGED = [1, 8, 32, 64] as const;
/** Least time between two results in milliseconds, by CONV (table 7-7). */
const CYCLE_MS = [15.5, 125, 250, 500, 1000, 4000, 8000, 16_000] as const;
const STEPS_PER_DEGREE = 128;
const LIE = 0x7fff;

/** The sensor. Its value: `temperature` in °C, -55 to 150. */
export class Tmp117 extends WordRegisters {
  override readonly quantities = {
    temperature: new Quantity({ unit: "°C", least: -55, most: 150, initial: 21 }),
  };
  protected readonly pointerMask = 15;
  #configuration = POWER_ON;
  readonly #kept = new Uint16Array(16);
  #flags = 0;
  #result = NO_CONVERSION;
  /** When the conversion that goes on is ready; Infinity: none does. */
  #readyAt = 0;
  /** Conversions follow each other, and the first is over. */
  #live = false;

  constructor(address = TMP117_ADDRESS) {
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
    this.#kept.fill(0);
    this.#kept[REGISTER.high] = LIMITS.high;
    this.#kept[REGISTER.low] = LIMITS.low;
    this.#kept[REGISTER.id] = CHIP_ID;
    this.#configuration = POWER_ON;
    this.#flags = 0;
    this.#result = NO_CONVERSION;
    this.#begin();
  }

  protected load(register: number): number {
    this.#convert();
    if (register === REGISTER.temperature) {
      this.#flags &= ~BIT.ready;
      return this.fault === "lies" ? LIE : this.#result;
    }
    if (register !== REGISTER.configuration) return this.#kept[register]!;
    const value = this.#configuration | this.#flags;
    // Reading clears them (§7.6.3).
    this.#flags = 0;
    return value;
  }

  protected store(register: number, value: number): void {
    if (register === REGISTER.configuration) this.#configure(value);
    else if (register !== REGISTER.temperature && register !== REGISTER.id) this.#kept[register] = value;
  }

  #configure(value: number): void {
    if ((value & BIT.reset) !== 0) {
      this.powerOn();
      return;
    }
    this.#convert();
    const before = this.#configuration & MODE.mask;
    this.#configuration = value & WRITABLE;
    const mode = value & MODE.mask;
    if (mode === MODE.shutdown) {
      this.#readyAt = Number.POSITIVE_INFINITY;
      this.#live = false;
    } else if (mode === MODE.oneShot || before === MODE.shutdown) this.#begin();
  }

  #begin(): void {
    this.#live = false;
    this.#readyAt = this.world.now() + this.#conversionMs;
  }

  get #conversionMs(): number {
    return CONVERSION_MS * AVERAGED[(this.#configuration >> 5) & 3]!;
  }

  /**
   * Takes over what conversions gave that are over by now. Once the first is, the value of now counts, as a test would
   * expect.
   */
  #convert(): void {
    const now = this.world.now();
    const done = now >= this.#readyAt;
    if (!done && !this.#live) return;
    const once = (this.#configuration & MODE.mask) === MODE.oneShot;
    this.#measure(once ? this.#readyAt : now);
    if (!done) return;
    this.#flags |= BIT.ready;
    this.#live = !once;
    if (once) this.#configuration = (this.#configuration & ~MODE.mask) | MODE.shutdown;
    const cycleMs = Math.max(CYCLE_MS[(this.#configuration >> 7) & 7]!, this.#conversionMs);
    this.#readyAt = once ? Number.POSITIVE_INFINITY : now + cycleMs - ((now - this.#readyAt) % cycleMs);
  }

  #measure(at: number): void {
    const steps = Math.round(this.quantities.temperature.at(at) * STEPS_PER_DEGREE);
    const result = Math.max(-32768, Math.min(32767, steps + signed(this.#kept[REGISTER.offset]!)));
    this.#result = result & 0xffff;
    if (result > signed(this.#kept[REGISTER.high]!)) this.#flags |= BIT.high;
    if (result < signed(this.#kept[REGISTER.low]!)) this.#flags |= BIT.low;
  }
}

function signed(word: number): number {
  return (word << 16) >> 16;
}
