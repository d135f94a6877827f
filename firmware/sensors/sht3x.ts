// Sensirion SHT3x, temperature and humidity, after ECMA-419's Sensor Class Pattern (§13). Datasheet SHT3x-DIS, version 7.
//
//   const sensor = new SHT3x({ sensor: { ...device.I2C.default, io: device.io.I2C } });
//   const { temperature, humidity } = sensor.sample();
//
// Rule: what it returns was measured; bytes that do not bear their checksum, or lie outside of what the part
// measures, are an error.

import type { I2C, I2CClass } from "../platform/bus.js";
import { Failure } from "../platform/failure.js";
import type { Sensor, SensorPort } from "../platform/sensor.js";

/** ADDR at low level (§3.4). With ADDR at high level it is 0x45: `{ sensor: { …, address: 0x45 } }`. */
export const SHT3X_ADDRESS = 0x44;
/** A single shot of high repeatability, the clock stretched until it is done, 15 ms at most (§4.3). */
const MEASURE = 0x2c06;
/** Half a sample: two bytes and their checksum (§4.4). */
const WORD_BYTES = 3;
/** x^8 + x^5 + x^4 + 1, begun with 0xFF (§4.12). */
const POLYNOMIAL = 0x31;
/** What it measures, in °C (table 2), and a degree for its own error. */
const RANGE = { least: -41, most: 126 };

/** What it measures: °C, and percent of relative humidity. */
export interface Climate {
  readonly temperature: number;
  readonly humidity: number;
}

/** A driver of the SHT3x on an I2C bus. */
export class SHT3x implements Sensor<Climate> {
  readonly #io: I2C;
  readonly #buffer = new Uint8Array(2 * WORD_BYTES);
  readonly #command = Uint8Array.of(MEASURE >> 8, MEASURE & 0xff);

  /** @param options `sensor`: the bus, and the address where it is not 0x44 @throws what opening the port throws */
  constructor({ sensor }: { readonly sensor: SensorPort<I2CClass> }) {
    this.#io = new sensor.io({ address: SHT3X_ADDRESS, hz: 400_000, ...sensor });
  }

  /** It has nothing to configure. */
  configure(): void {}

  /**
   * Measures; takes 15 ms at most.
   * @throws Failure `sensor`: the checksum is wrong, or the value is none; what the bus throws when nobody answers
   */
  sample(): Climate {
    this.#io.write(this.#command);
    const bytes = this.#buffer;
    this.#io.read(bytes);
    for (const at of [0, WORD_BYTES]) {
      if (checksum(bytes[at]!, bytes[at + 1]!) !== bytes[at + 2])
        throw new Failure("sensor", "SHT3x: wrong checksum", "retry");
    }
    const share = (at: number) => (bytes[at]! * 256 + bytes[at + 1]!) / 65_535;
    const temperature = -45 + 175 * share(0);
    if (temperature < RANGE.least || temperature > RANGE.most) {
      throw new Failure("sensor", `SHT3x: ${temperature} °C is out of range`, "retry");
    }
    return { temperature, humidity: 100 * share(WORD_BYTES) };
  }

  close(): void {
    this.#io.close();
  }
}

function checksum(first: number, second: number): number {
  let crc = 0xff;
  for (const byte of [first, second]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ POLYNOMIAL) & 0xff : crc << 1;
  }
  return crc;
}
