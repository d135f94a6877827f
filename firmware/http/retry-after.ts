// Retry-After (RFC 9110 §10.2.3): how long a server that is busy asks to be left alone.

import type { ResponseHead } from "./response.js";

/** The longest wait that is heeded, in milliseconds: a server that errs must not silence a device for days. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/** Statuses with which it says when to ask again (RFC 6585 §4, RFC 9110 §15.6.4). With 3xx it speaks of another address. */
const BUSY: readonly number[] = [429, 503];

/**
 * How long to wait before the next request.
 * @param wallMs wall time, which a date is counted from; undefined: the clock is not set, and dates say nothing
 * @returns 1 to RETRY_AFTER_MAX_MS; undefined when the answer asks for no wait, or for none that can be understood
 */
export function retryAfterMs(
  { status, headers }: Pick<ResponseHead, "status" | "headers">,
  wallMs: number | undefined,
): number | undefined {
  const value = BUSY.includes(status) ? headers.get("retry-after") : undefined;
  if (value === undefined) return undefined;
  const isDigits = value !== "" && !/[^0-9]/.test(value);
  const ms = isDigits ? Number(value) * 1_000 : dateOf(value, wallMs) - (wallMs ?? Number.NaN);
  return ms > 0 ? Math.min(ms, RETRY_AFTER_MAX_MS) : undefined;
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
/** A year of two digits is not further ahead than this (RFC 9110 §5.6.7). */
const AHEAD_YEARS = 50;

/** A date in one of the three forms of RFC 9110 §5.6.7: milliseconds since 1970, NaN for anything else. */
function dateOf(text: string, wallMs = 0): number {
  const asctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/.exec(text);
  const [, day, month, year, time] = asctime
    ? [text, asctime[2], asctime[1], asctime[4], asctime[3]]
    : (/^[A-Z][a-z]{2,8}, (\d\d)[ -]([A-Z][a-z]{2})[ -](\d{4}|\d\d) (\d\d:\d\d:\d\d) GMT$/.exec(text) ?? []);
  if (!day || !month || !year || !time) return Number.NaN;
  const [hours, minutes, seconds] = time.split(":").map(Number);
  const index = MONTHS.indexOf(month) / 3;
  const years = year.length === 2 ? yearNear(Number(year), new Date(wallMs).getUTCFullYear()) : Number(year);
  const midnight = Date.UTC(years, index, Number(day));
  // 60 is a leap second.
  const sound = Number.isInteger(index) && new Date(midnight).getUTCDate() === Number(day);
  if (!sound || hours! > 23 || minutes! > 59 || seconds! > 60) return Number.NaN;
  return midnight + ((hours! * 60 + minutes!) * 60 + seconds!) * 1_000;
}

/** The latest year with these last two digits that is not too far ahead. */
function yearNear(digits: number, now: number): number {
  const latest = now + AHEAD_YEARS;
  return latest - ((latest - digits) % 100);
}
