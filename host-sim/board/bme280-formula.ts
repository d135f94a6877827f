// What the BME280's raw readings mean (datasheet BST-BME280-DS002 §4.2.3 and appendix 8.1, in floating point), and the way back:
// the raw reading whose meaning is closest to a value, by bisection, as each formula rises or falls throughout.

/** Coefficients of one specimen, by the datasheet's names. */
export interface Calibration {
  /** dig_T1 to dig_T3. */
  readonly t: readonly [number, number, number];
  /** dig_P1 to dig_P9. */
  readonly p: readonly [number, number, number, number, number, number, number, number, number];
  /** dig_H1 to dig_H6. */
  readonly h: readonly [number, number, number, number, number, number];
}

/**
 * Temperature and pressure: the example in the BMP280's datasheet (BST-BMP280-DS001 §3.12); humidity: as sensors are
 * delivered.
 */
export const EXAMPLE: Calibration = {
  t: [27504, 26435, -1000],
  p: [36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000],
  h: [75, 362, 0, 315, 50, 30],
};

const TEMPERATURE_BITS = 20;
const HUMIDITY_BITS = 16;

/** The fine temperature that all three formulas share; a 5120th of it is °C. @param raw 20 bits */
export function fineTemperature({ t }: Calibration, raw: number): number {
  const coarse = raw / 16384 - t[0] / 1024;
  const square = (raw / 131072 - t[0] / 8192) ** 2;
  return coarse * t[1] + square * t[2];
}

/** Pascals. @param raw 20 bits @param fine as fineTemperature gives it */
export function pressure({ p }: Calibration, raw: number, fine: number): number {
  const half = fine / 2 - 64000;
  const offset = ((half * half * p[5]) / 32768 + half * p[4] * 2) / 4 + p[3] * 65536;
  const gain = (1 + ((p[2] * half * half) / 524288 + p[1] * half) / 524288 / 32768) * p[0];
  const linear = ((1048576 - raw - offset / 4096) * 6250) / gain;
  return linear + ((p[8] * linear * linear) / 2147483648 + (linear * p[7]) / 32768 + p[6]) / 16;
}

/** Relative humidity in percent, not yet held to 0 to 100. @param raw 16 bits @param fine as fineTemperature gives it */
export function humidity({ h }: Calibration, raw: number, fine: number): number {
  const above = fine - 76800;
  const gain = (h[1] / 65536) * (1 + (h[5] / 67108864) * above * (1 + (h[2] / 67108864) * above));
  const value = (raw - (h[3] * 64 + (h[4] / 16384) * above)) * gain;
  return value * (1 - (h[0] * value) / 524288);
}

/** Raw readings of a specimen in a world. */
export interface Raw {
  readonly temperature: number;
  readonly pressure: number;
  readonly humidity: number;
}

/** @param world temperature in °C, pressure in Pa, humidity in % */
export function rawOf(calibration: Calibration, world: Raw): Raw {
  const temperature = nearest(TEMPERATURE_BITS, world.temperature, (raw) => fineTemperature(calibration, raw) / 5120);
  // What a driver corrects with is the temperature as it was read.
  const fine = fineTemperature(calibration, temperature);
  return {
    temperature,
    pressure: nearest(TEMPERATURE_BITS, -world.pressure, (raw) => -pressure(calibration, raw, fine)),
    humidity: nearest(HUMIDITY_BITS, world.humidity, (raw) => humidity(calibration, raw, fine)),
  };
}

/** The raw reading whose meaning is closest to a value, of a meaning that rises. */
function nearest(bits: number, value: number, meaning: (raw: number) => number): number {
  let low = 0;
  let high = 2 ** bits - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (meaning(middle) > value) high = middle;
    else low = middle;
  }
  return value - meaning(low) < meaning(high) - value ? low : high;
}
