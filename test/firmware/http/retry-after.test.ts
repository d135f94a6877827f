import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { RETRY_AFTER_MAX_MS, retryAfterMs } from "../../../firmware/http/retry-after.js";

/** RFC 9110 §5.6.7: its three examples name this moment. */
const MOMENT = Date.UTC(1994, 10, 6, 8, 49, 37);

const ask = (value: string | undefined, over: { status?: number; wallMs?: number | undefined } = {}) => {
  const { status, wallMs } = { status: 503, wallMs: MOMENT, ...over };
  return retryAfterMs({ status, headers: new Map(value === undefined ? [] : [["retry-after", value]]) }, wallMs);
};

describe("Retry-After", () => {
  test.each([429, 503])("with status %i is a number of seconds (RFC 9110 §10.2.3)", (status) => {
    expect(ask("120", { status })).toBe(120_000);
    expect(ask("0120", { status, wallMs: undefined })).toBe(120_000);
  });

  test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "may be a date in each form that a recipient must know: %s",
    (date) => {
      expect(ask(date, { wallMs: MOMENT - 90_000 })).toBe(90_000);
    },
  );

  test("as a date agrees with the platform's own writer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), fc.integer({ min: 1, max: 3_600 }), (now, seconds) => {
        const date = new Date((now + seconds) * 1_000).toUTCString();
        expect(ask(date, { wallMs: now * 1_000 })).toBe(seconds * 1_000);
      }),
    );
  });

  test("of two digits means the past when it would lie more than 50 years ahead", () => {
    const wallMs = Date.UTC(2026, 0, 1);
    expect(ask("Thursday, 01-Jan-26 00:01:00 GMT", { wallMs })).toBe(60_000);
    expect(ask("Sunday, 06-Nov-94 08:49:37 GMT", { wallMs })).toBeUndefined();
    expect(ask("Wednesday, 01-Jan-75 00:00:00 GMT", { wallMs })).toBe(RETRY_AFTER_MAX_MS);
  });

  test.each(["86400", "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "is no longer than an hour: %.40s",
    (value) => {
      expect(ask(value)).toBe(RETRY_AFTER_MAX_MS);
      expect(RETRY_AFTER_MAX_MS).toBe(3_600_000);
    },
  );

  test.each([
    undefined,
    "",
    "0",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "120 s",
    "120, 60",
    "soon",
    "Infinity",
    "Sun, 06 Nov 1994 08:49:37 GMT", // now
    "Sun, 06 Nov 1994 08:50:37 CET",
    "Sun, 06 Nov 1994 08:50:37",
    "Sun, 06 nov 1994 08:50:37 GMT",
    "Sun, 31 Nov 1994 08:50:37 GMT",
    "Sun, 00 Nov 1995 08:50:37 GMT",
    "Sun, 06 Now 1995 08:50:37 GMT",
    "Sun, 06 Nov 1995 24:50:37 GMT",
    "Sun, 06 Nov 1995 08:60:37 GMT",
    "Sun, 06 Nov 1995 08:50:61 GMT",
    "1994-11-06T08:50:37Z",
    "784111837000 GMT",
  ])("that says nothing is passed over: %s", (value) => {
    expect(ask(value)).toBeUndefined();
  });

  test.each([200, 202, 301, 307, 403, 404, 500, 502])("with status %i is not heeded", (status) => {
    expect(ask("120", { status })).toBeUndefined();
  });

  test("as a date says nothing to a device without a clock", () => {
    expect(ask("Sun, 06 Nov 1994 08:50:37 GMT", { wallMs: undefined })).toBeUndefined();
  });

  test("whatever it holds, is a wait of 1 ms to an hour, or none", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.stringMatching(/^[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/),
        ),
        (value) => {
          const ms = ask(value);
          expect(ms === undefined || (Number.isInteger(ms) && ms > 0 && ms <= RETRY_AFTER_MAX_MS)).toBe(true);
        },
      ),
    );
  });
});
