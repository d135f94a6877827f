// Bosch BME280, temperature, humidity and pressure (BST-BME280-DS002, §5), and the BMP280, which lacks humidity: registers of 8
// bits that give raw readings, and coefficients to correct them with. Not modelled: the filter, standby times, less than 20 bits,
// SPI.

import { type Calibration, EXAMPLE, type Raw, rawOf } from "./bme280-formula.js";
import { type Curve, Quantity } from "./quantity.js";
import { ByteRegisters } from "./registers.js";

/** Address with SDO at ground; at VDDIO it is 0x77. */
export const BME280_ADDRESS = 0x76;

const REGISTER = {
  calibrationTp: 0x88,
  calibrationH1: 0xa1,
  id: 0xd0,
  reset: 0xe0,
  calibrationH: 0xe1,
  controlHumidity: 0xf2,
  status: 0xf3,
  control: 0xf4,
  config: 0xf5,
  data: 0xf7,
} as const;
const IDS = { bme280: 0x60, bmp280: 0x58 } as const;
const RESET = 0xb6;
const STATUS_MEASURING = 0x08;
const MODE = { mask: 3, sleep: 0, normal: 3 } as const;
/** What a reading is that was never made or is left out. */
const SKIPPED: Raw = { temperature: 0x80000, pressure: 0x80000, humidity: 0x8000 };
const LIE: Raw = { temperature: 0xfffff, pressure: 0xfffff, humidity: 0xffff };
/** Samples taken, by a field of three bits. */
const OVERSAMPLING = [0, 1, 2, 4, 8, 16, 16, 16] as const;

/** The sensor. Its values: `temperature` in °C, -40 to 85; `humidity` in %, 0 to 100; `pressure` in Pa, 30 000 to 110 000. */
export class Bme280 extends ByteRegisters {
  override readonly quantities = {
    temperature: new Quantity({ unit: "°C", least: -40, most: 85, initial: 21 }),
    humidity: new Quantity({ unit: "%", least: 0, most: 100, initial: 45 }),
    pressure: new Quantity({ unit: "Pa", least: 30_000, most: 110_000, initial: 101_325 }),
  };
  readonly #chip: keyof typeof IDS;
  readonly #calibration: Calibration;
  readonly #registers = new Uint8Array(256);
  /** Oversampling of humidity counts from the next write to `control` on (§5.4.3). */
  #humidityField = 0;
  #raw: Raw = SKIPPED;
  /** When the measurement that goes on is ready; Infinity: none does. */
  #readyAt = Number.POSITIVE_INFINITY;

  constructor(address = BME280_ADDRESS, chip: keyof typeof IDS = "bme280", calibration: Calibration = EXAMPLE) {
    super(address);
    this.#chip = chip;
    this.#calibration = calibration;
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
  get pressure(): number {
    return this.get("pressure");
  }
  set pressure(value: number | Curve) {
    this.set("pressure", value);
  }

  override powerOn(): void {
    this.#registers.fill(0);
    this.#registers[REGISTER.id] = IDS[this.#chip];
    const { t, p, h } = this.#calibration;
    this.#registers.set([...t, ...p].flatMap(littleEndian), REGISTER.calibrationTp);
    if (this.#chip === "bme280") {
      this.#registers[REGISTER.calibrationH1] = h[0];
      const nibbles = [h[3] >> 4, (h[3] & 15) | ((h[4] & 15) << 4), h[4] >> 4];
      this.#registers.set([...littleEndian(h[1]), h[2], ...nibbles, h[5]], REGISTER.calibrationH);
    }
    this.#humidityField = 0;
    this.#raw = SKIPPED;
    this.#readyAt = Number.POSITIVE_INFINITY;
  }

  protected load(register: number): number {
    this.#measure();
    if (register === REGISTER.reset) return 0;
    if (register === REGISTER.status) return this.#measuring ? STATUS_MEASURING : 0;
    if (register < REGISTER.data || register > REGISTER.data + 7) return this.#registers[register]!;
    return this.#data()[register - REGISTER.data]!;
  }

  protected store(register: number, value: number): void {
    if (register === REGISTER.reset && value === RESET) this.powerOn();
    if (register === REGISTER.config) this.#registers[register] = value & 0xfd;
    if (register === REGISTER.controlHumidity && this.#chip === "bme280") this.#registers[register] = value & 7;
    if (register !== REGISTER.control) return;
    this.#measure();
    this.#registers[register] = value;
    this.#humidityField = this.#registers[REGISTER.controlHumidity]! & 7;
    this.#readyAt = this.#mode !== MODE.sleep ? this.world.now() + this.#durationMs() : Number.POSITIVE_INFINITY;
  }

  get #mode(): number {
    return this.#registers[REGISTER.control]! & MODE.mask;
  }

  get #measuring(): boolean {
    return this.#readyAt !== Number.POSITIVE_INFINITY && this.world.now() < this.#readyAt;
  }

  #samples(): { temperature: number; pressure: number; humidity: number } {
    const control = this.#registers[REGISTER.control]!;
    return {
      temperature: OVERSAMPLING[control >> 5]!,
      pressure: OVERSAMPLING[(control >> 2) & 7]!,
      humidity: OVERSAMPLING[this.#humidityField]!,
    };
  }

  /** The longest that a measurement takes (appendix 9.1). */
  #durationMs(): number {
    const { temperature, pressure, humidity } = this.#samples();
    const of = (samples: number, extra: number) => (samples === 0 ? 0 : 2.3 * samples + extra);
    return 1.25 + of(temperature, 0) + of(pressure, 0.575) + of(humidity, 0.575);
  }

  /** Takes over what was measured by now. In normal mode, once the first is over, the values of now count. */
  #measure(): void {
    const now = this.world.now();
    if (now < this.#readyAt) return;
    const normal = this.#mode === MODE.normal;
    this.#raw = this.#read(normal ? now : this.#readyAt);
    if (normal) return;
    this.#registers[REGISTER.control]! &= ~MODE.mask;
    this.#readyAt = Number.POSITIVE_INFINITY;
  }

  #read(at: number): Raw {
    const { temperature, humidity, pressure } = this.quantities;
    const world = { temperature: temperature.at(at), humidity: humidity.at(at), pressure: pressure.at(at) };
    const raw = rawOf(this.#calibration, world);
    const samples = this.#samples();
    return {
      temperature: samples.temperature === 0 ? SKIPPED.temperature : raw.temperature,
      pressure: samples.pressure === 0 ? SKIPPED.pressure : raw.pressure,
      humidity: samples.humidity === 0 ? SKIPPED.humidity : raw.humidity,
    };
  }

  #data(): number[] {
    const { temperature, pressure, humidity } = this.fault === "lies" ? LIE : this.#raw;
    const wide = (raw: number) => [raw >> 12, (raw >> 4) & 0xff, (raw << 4) & 0xf0];
    const humid = this.#chip === "bme280" ? [humidity >> 8, humidity & 0xff] : [0, 0];
    return [...wide(pressure), ...wide(temperature), ...humid];
  }
}

function littleEndian(word: number): number[] {
  return [word & 0xff, (word >> 8) & 0xff];
}
