// Logarithm and power as every engine calculates them alike: sums, products and quotients are the same to the bit by IEEE 754,
// while `Math.log` and `**` may differ in their last digit from engine to engine (ECMA-262 §21.3.2). What a seed draws has these.

const { LN2, SQRT1_2: SQRT_HALF } = Math;
/** Terms of the series: more change nothing. */
const LOG_TERMS = 14;
const EXP_TERMS = 18;

/** The natural logarithm. @param x above 0, finite */
export function logOf(x: number): number {
  let exponent = 0;
  let m = x;
  while (m < SQRT_HALF) {
    m *= 2;
    exponent--;
  }
  while (m >= 2 * SQRT_HALF) {
    m /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is at most 0.1716.
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = LOG_TERMS; n >= 0; n--) sum = sum * square + 1 / (2 * n + 1);
  return exponent * LN2 + 2 * s * sum;
}

/** A positive number to any power. @param base above 0 */
export function powerOf(base: number, exponent: number): number {
  const y = exponent * logOf(base);
  const doublings = Math.round(y / LN2);
  const rest = y - doublings * LN2;
  let sum = 1;
  for (let n = EXP_TERMS; n >= 1; n--) sum = 1 + (sum * rest) / n;
  for (let n = Math.abs(doublings); n > 0; n--) sum = doublings > 0 ? sum * 2 : sum / 2;
  return sum;
}
