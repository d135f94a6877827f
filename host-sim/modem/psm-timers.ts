// The timers of PSM and the cycles of eDRX as AT commands write them (3GPP TS 24.008 §10.5.5.32, §10.5.7.3, §10.5.7.4a).

/** Seconds per unit by the top three bits; undefined: the timer is off. */
const T3324_UNITS = [2, 60, 360, 60, 60, 60, 60, undefined];
const T3412_UNITS = [600, 3600, 36_000, 2, 30, 60, 1_152_000, undefined];

/** Cycle lengths in seconds by the value of AT+CEDRXS, 0000 to 1111. */
export const EDRX_CYCLES_S = [
  5.12, 10.24, 20.48, 40.96, 61.44, 81.92, 102.4, 122.88, 143.36, 163.84, 327.68, 655.36, 1310.72, 2621.44, 5242.88,
  10_485.76,
] as const;

function seconds(bits: string, units: readonly (number | undefined)[]): number | undefined {
  const unit = units[Number.parseInt(bits.slice(0, 3), 2)];
  return unit === undefined ? undefined : unit * Number.parseInt(bits.slice(3), 2);
}

/** T3324, the active time, in seconds; undefined: off. @param bits 8 binary digits */
export function activeSeconds(bits: string): number | undefined {
  return seconds(bits, T3324_UNITS);
}

/** T3412 extended, the periodic update, in seconds; undefined: off. @param bits 8 binary digits */
export function tauSeconds(bits: string): number | undefined {
  return seconds(bits, T3412_UNITS);
}

/** True for 8 binary digits. */
export function isTimer(text: string): boolean {
  return /^[01]{8}$/.test(text);
}
