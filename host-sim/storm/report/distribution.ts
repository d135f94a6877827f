// What many durations amount to: quantiles and a histogram.

/** Upper bounds of the histogram's bins, in milliseconds; the last bin has none. */
export const BIN_ENDS_MS: readonly number[] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].map(
  (seconds) => seconds * 1_000,
);

export interface Distribution {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
  /** How many lie in each bin: below its end, and at or above the end before. */
  bins: readonly number[];
}

/**
 * The smallest value that at least so many per cent of all values do not exceed ("nearest rank").
 * @param sorted in rising order
 * @param percent a whole number from 1 to 100
 * @returns undefined when there are no values
 */
export function quantile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1];
}

/** @returns undefined when there are no values */
export function distributionOf(values: readonly number[]): Distribution | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (percent: number) => quantile(sorted, percent)!;
  if (sorted.length === 0) return undefined;
  return { count: sorted.length, p50: at(50), p90: at(90), p99: at(99), max: at(100), bins: binned(sorted) };
}

function binned(values: readonly number[]): number[] {
  const bins = new Array<number>(BIN_ENDS_MS.length + 1).fill(0);
  for (const value of values) {
    const bin = BIN_ENDS_MS.findIndex((end) => value < end);
    bins[bin < 0 ? BIN_ENDS_MS.length : bin]!++;
  }
  return bins;
}
