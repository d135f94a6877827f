// Sensirion SHT3x-DIS, temperature and humidity (datasheet version 6, sections by number): commands of 16 bits, answers of words
// that each bear a CRC-8. While it measures it does not acknowledge a read, unless the command asked it to hold the clock.
// Not modelled: alert limits, the heater's warmth.

import { type Fault, I2CPart } from "./part.js";
import { type Curve, Quantity } from "./quantity.js";

/** Address with ADDR at ground; at VDD it is 0x45. */
export const SHT3X_ADDRESS = 0x44;

/** How long a measurement takes at most, in milliseconds, by repeatability (table 4). */
const MEASURE_MS = { high: 15, medium: 6, low: 4 } as const;

/** Single shots (table 9): repeatability, and whether the clock is held. */
const SHOTS: Readonly<Record<number, readonly [keyof typeof MEASURE_MS, boolean]>> = {
  11270: ["high", true],
  11277: ["medium", true],
  11280: ["low", true],
  9216: ["high", false],
  9227: ["medium", false],
  9238: ["low", false],
};

/** Periodic modes by the command's high byte: milliseconds between two measurements (table 10; 0x2b: ART, table 12). */
const PERIODS: Readonly<Record<number, { readonly ms: number; readonly codes: readonly number[] }>> = {
  32: { ms: 2000, codes: [0x32, 0x24, 0x2f] },
  33: { ms: 1000, codes: [0x30, 0x26, 0x2d] },
  34: { ms: 500, codes: [0x36, 0x20, 0x2b] },
  35: { ms: 250, codes: [0x34, 0x22, 0x29] },
  39: { ms: 100, codes: [0x37, 0x21, 0x2a] },
  43: { ms: 250, codes: [0x32] },
};

/** Status bits (table 18). */
const STATUS = { alert: 0x8000, heater: 0x2000, reset: 0x0010, refused: 0x0002 } as const;
const SERIAL = [0x1234, 0x5678] as const;
/** Both words of a sensor that lies: 130 °C, 100 %. */
const LIE = 0xffff;

/** CRC-8 of Sensirion's words (§4.12): polynomial 0x31, beginning with 0xff. */
export function sensirionCrc(bytes: Uint8Array): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x31 : 0)) & 0xff;
  }
  return crc;
}

/** A measurement that is going on or waits to be read. */
interface Measurement {
  readonly readyAt: number;
  /** A read before that is made to wait. */
  readonly stretches: boolean;
}

/** The sensor. Its values: `temperature` in °C, -45 to 130 (specified from -40 to 125), and `humidity` in %, 0 to 100. */
export class Sht3x extends I2CPart {
  override readonly faults: readonly Fault[] = ["none", "absent", "hangs", "noise", "lies", "bad-crc"];
  override readonly quantities = {
    temperature: new Quantity({ unit: "°C", least: -45, most: 130, initial: 21 }),
    humidity: new Quantity({ unit: "%", least: 0, most: 100, initial: 45 }),
  };
  #status = 0;
  /** Words that the next read gives. */
  #answer: readonly number[] | undefined;
  #measurement: Measurement | undefined;
  /** Periodic mode: since when, and when the last measurement that was fetched was made. */
  #periodic: { readonly since: number; readonly ms: number; fetched: number } | undefined;

  constructor(address = SHT3X_ADDRESS) {
    super(address);
  }

  get temperature(): number {
    return this.get("temperature");
  }
  set temperature(value: number | Curve) {
    this.set("temperature", value);
  }
  get humidity(): number {
    return this.get("humidity");
  }
  set humidity(value: number | Curve) {
    this.set("humidity", value);
  }

  powerOn(): void {
    this.#status = STATUS.alert | STATUS.reset;
    this.#answer = undefined;
    this.#measurement = undefined;
    this.#periodic = undefined;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length < 2) return true;
    const command = (bytes[0]! << 8) | bytes[1]!;
    this.#answer = undefined;
    this.#status &= ~STATUS.refused;
    if (!this.#measures(command) && !this.#does(command)) this.#status |= STATUS.refused;
    return true;
  }

  read(length: number): Uint8Array | undefined {
    const words = this.#answer ?? this.#measured();
    this.#answer = undefined;
    if (!words) return undefined;
    const bytes = new Uint8Array(length).fill(0xff);
    bytes.set(words.flatMap((word) => this.#framed(word)).slice(0, length));
    return bytes;
  }

  override stretchesUntil(): number {
    return this.#measurement?.stretches ? this.#measurement.readyAt : 0;
  }

  #measures(command: number): boolean {
    const shot = SHOTS[command];
    if (shot) {
      // A single shot is not heard in periodic mode.
      if (this.#periodic) return false;
      this.#measurement = { readyAt: this.world.now() + MEASURE_MS[shot[0]], stretches: shot[1] };
      return true;
    }
    const period = PERIODS[command >> 8];
    if (!period?.codes.includes(command & 0xff)) return false;
    this.#periodic = { since: this.world.now(), ms: period.ms, fetched: 0 };
    return true;
  }

  #does(command: number): boolean {
    switch (command) {
      case 0xe000: // fetch (§4.6)
        this.#measurement = this.#latest();
        return true;
      case 0x3093: // break (§4.8)
        this.#periodic = undefined;
        this.#measurement = undefined;
        return true;
      case 0x30a2: // soft reset (§4.9)
        this.powerOn();
        return true;
      case 0x306d:
        this.#status |= STATUS.heater;
        return true;
      case 0x3066:
        this.#status &= ~STATUS.heater;
        return true;
      case 0xf32d:
        this.#answer = [this.#status];
        return true;
      case 0x3041:
        this.#status &= STATUS.heater;
        return true;
      case 0x3780: // serial number
      case 0x3682:
        this.#answer = SERIAL;
        return true;
      default:
        return false;
    }
  }

  /** The last measurement of periodic mode that was not fetched yet. */
  #latest(): Measurement | undefined {
    const periodic = this.#periodic;
    if (!periodic) return undefined;
    const count = Math.floor((this.world.now() - periodic.since - MEASURE_MS.high) / periodic.ms) + 1;
    if (count <= periodic.fetched) return undefined;
    periodic.fetched = count;
    return { readyAt: periodic.since + (count - 1) * periodic.ms + MEASURE_MS.high, stretches: false };
  }

  #measured(): readonly number[] | undefined {
    const measurement = this.#measurement;
    if (!measurement || measurement.readyAt > this.world.now()) return undefined;
    this.#measurement = undefined;
    if (this.fault === "lies") return [LIE, LIE];
    const { temperature, humidity } = this.quantities;
    const { readyAt } = measurement;
    // §4.13, the other way round.
    return [((temperature.at(readyAt) + 45) / 175) * 65535, (humidity.at(readyAt) / 100) * 65535].map(Math.round);
  }

  #framed(word: number): number[] {
    const bytes = [word >> 8, word & 0xff];
    const crc = sensirionCrc(Uint8Array.from(bytes));
    return [...bytes, this.fault === "bad-crc" ? crc ^ 0xff : crc];
  }
}
