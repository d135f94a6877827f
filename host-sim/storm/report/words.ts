// Numbers as the report writes them.

/** `1234567` as `1,234,567`. */
export const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** A duration as people say it, of two significant parts at the most: `0.4 s`, `24 s`, `1 min 40 s`, `2 h 5 min`. */
export function durationText(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (Math.round(seconds) < 60) return `${Math.round(seconds)} s`;
  const [whole, part, units] = seconds < 3_599.5 ? [60, 1, ["min", "s"]] : [3_600, 60, ["h", "min"]];
  const rounded = Math.round(seconds / part) * part;
  const rest = (rounded % whole) / part;
  return `${Math.floor(rounded / whole)} ${units[0]}${rest === 0 ? "" : ` ${rest} ${units[1]}`}`;
}

/** A share as `12.3 %`; a small one with more digits. */
export function percentText(share: number): string {
  const percent = share * 100;
  const digits = percent === 0 || percent >= 0.1 ? 1 : 3;
  return `${percent.toFixed(digits)} %`;
}
