// Small drivers after ECMA-419's Sensor Class Pattern, written from the datasheets, for tests of the simulated parts. The
// arithmetic is not the parts': integers as Bosch's appendix has them, where the part reckons in floating point.

import type { I2C, I2CClass, SMBus } from "../../../firmware/platform/bus.js";
import type { Sensor, SensorPort } from "../../../firmware/platform/sensor.js";
import type { BoardCore } from "../../../host-sim/board/board.js";

/** SHT3x: single shot of high repeatability, no clock stretching; the caller waits between `start` and `sample`. */
export class ShtDriver implements Sensor<{ temperature: number; humidity: number }> {
  readonly #io: I2C;

  constructor({ sensor }: { sensor: SensorPort<I2CClass> }) {
    this.#io = new sensor.io({ address: 0x44, hz: 400_000, ...sensor });
  }
  configure(): void {}
  command(code: number): void {
    this.#io.write(Uint8Array.of(code >> 8, code));
  }
  read(length: number): number[] {
    return [...new Uint8Array(this.#io.read(length))];
  }
  sample(): { temperature: number; humidity: number } {
    this.command(0x2c06);
    const [t1, t2, , h1, h2] = this.read(6) as [number, number, number, number, number];
    return { temperature: -45 + (175 * (t1 * 256 + t2)) / 65535, humidity: (100 * (h1 * 256 + h2)) / 65535 };
  }
  close(): void {
    this.#io.close();
  }
}

/** What a BME280 measures: °C, Pa, %. */
export interface Air {
  readonly temperature: number;
  readonly pressure: number;
  readonly humidity: number;
}

/** BME280 in integers (BST-BME280-DS002 §4.2.3). */
export class BmeDriver implements Sensor<Air> {
  readonly io: SMBus;
  readonly #t: number[];
  readonly #p: bigint[];
  readonly #h: number[];

  constructor({ sensor }: { sensor: SensorPort }) {
    this.io = new sensor.io({ address: 0x76, hz: 400_000, ...sensor });
    const tp = new DataView(this.io.readBuffer(0x88, 24));
    this.#t = [tp.getUint16(0, true), tp.getInt16(2, true), tp.getInt16(4, true)];
    this.#p = Array.from({ length: 9 }, (_, i) =>
      BigInt(i === 0 ? tp.getUint16(6, true) : tp.getInt16(6 + 2 * i, true)),
    );
    const h = new DataView(this.io.readBuffer(0xe1, 7));
    this.#h = [
      this.io.readUint8(0xa1),
      h.getInt16(0, true),
      h.getUint8(2),
      (h.getInt8(3) << 4) | (h.getUint8(4) & 15),
      (h.getInt8(5) << 4) | (h.getUint8(4) >> 4),
      h.getInt8(6),
    ];
  }

  configure({ control = 0x27 }: { control?: number } = {}): void {
    this.io.writeUint8(0xf2, 1);
    this.io.writeUint8(0xf4, control);
  }

  sample(): Air {
    const data = new DataView(this.io.readBuffer(0xf7, 8));
    const fine = this.#fine(data.getUint32(3) >>> 12);
    return {
      temperature: ((fine * 5 + 128) >> 8) / 100,
      pressure: this.#pressure(data.getUint32(0) >>> 12, fine),
      humidity: this.#humidity(data.getUint16(6), fine),
    };
  }

  #fine(raw: number): number {
    const [t1, t2, t3] = this.#t as [number, number, number];
    const coarse = (((raw >> 3) - (t1 << 1)) * t2) >> 11;
    const over = (raw >> 4) - t1;
    return coarse + ((((over * over) >> 12) * t3) >> 14);
  }

  #pressure(raw: number, fine: number): number {
    const [p1, p2, p3, p4, p5, p6, p7, p8, p9] = this.#p as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    let one = BigInt(fine) - 128000n;
    let two = one * one * p6;
    two += (one * p5) << 17n;
    two += p4 << 35n;
    one = ((one * one * p3) >> 8n) + ((one * p2) << 12n);
    one = (((1n << 47n) + one) * p1) >> 33n;
    let p = 1048576n - BigInt(raw);
    p = (((p << 31n) - two) * 3125n) / one;
    one = (p9 * (p >> 13n) * (p >> 13n)) >> 25n;
    two = (p8 * p) >> 19n;
    return Number(((p + one + two) >> 8n) + (p7 << 4n)) / 256;
  }

  #humidity(raw: number, fine: number): number {
    const [h1, h2, h3, h4, h5, h6] = this.#h as [number, number, number, number, number, number];
    const above = fine - 76800;
    let x = ((raw << 14) - (h4 << 20) - h5 * above + 16384) >> 15;
    x *= ((((((above * h6) >> 10) * (((above * h3) >> 11) + 32768)) >> 10) + 2097152) * h2 + 8192) >> 14;
    x -= ((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4;
    return (Math.min(419430400, Math.max(0, x)) >> 12) / 1024;
  }

  close(): void {
    this.io.close();
  }
}

/** A sensor's port on a board. */
export function portOn(board: BoardCore): { sensor: SensorPort } {
  return { sensor: { ...board.device.I2C.default, io: board.device.io.SMBus } };
}

/** The same as bytes. */
export function rawPortOn(board: BoardCore): { sensor: SensorPort<I2CClass> } {
  return { sensor: { ...board.device.I2C.default, io: board.device.io.I2C } };
}
