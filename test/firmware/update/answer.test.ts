import { describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../firmware/platform/failure.js";
import { type Asked, comingOf, rangeFrom } from "../../../firmware/update/answer.js";

const FRESH: Asked = { from: 0, length: 65_536, etag: 0 };
const RESUMED: Asked = { from: 4_096, length: 65_536, etag: 0 };

const coming = (status: number, headers: Record<string, string>, asked: Asked = RESUMED) =>
  comingOf({ status, reason: "", headers: new Map(Object.entries(headers)) }, asked);
const refusal = (...given: Parameters<typeof coming>) => {
  try {
    return coming(...given);
  } catch (error) {
    return asFailure(error).code;
  }
};
const range = (text: string) => ({ "content-range": text });

describe("a server's answer", () => {
  test("that goes on where the last one ended is taken", () => {
    expect(rangeFrom(4_096)).toBe("bytes=4096-");
    expect(coming(206, range("bytes 4096-65535/65536"))).toEqual({ skip: 0, bytes: 61_440, etag: 0 });
    expect(coming(206, range("Bytes 4096-8191/65536"))).toEqual({ skip: 0, bytes: 4_096, etag: 0 });
    expect(coming(200, { "content-length": "65536" }, FRESH)).toEqual({ skip: 0, bytes: 65_536, etag: 0 });
  });

  test("with the whole file is taken from where the last one ended", () => {
    expect(coming(200, {})).toEqual({ skip: 4_096, bytes: 65_536, etag: 0 });
  });

  test("with other bytes than were asked for is not taken", () => {
    for (const text of [
      "bytes 0-65535/65536",
      "bytes 8192-65535/65536",
      "bytes 4096-65536/65536",
      "bytes 4096-4095/65536",
      "bytes 4096-65535/*",
      "bytes */65536",
      "items 4096-65535/65536",
      "",
    ]) {
      expect([text, refusal(206, range(text))]).toEqual([text, "update-range"]);
    }
    expect(refusal(206, {})).toBe("update-range");
    expect(refusal(416, {})).toBe("update-range");
  });

  test("with another file is not taken", () => {
    expect(refusal(206, range("bytes 4096-65535/65537"))).toBe("update-changed");
    expect(refusal(200, { "content-length": "65535" })).toBe("update-changed");
    expect(refusal(200, { "content-encoding": "gzip" })).toBe("update-changed");
  });

  test("with another ETag is of another file, unless nothing is there yet", () => {
    const whole = { ...range("bytes 0-65535/65536"), etag: '"a"' };
    const { etag } = coming(206, whole, FRESH);
    expect(etag).toBeGreaterThan(0);
    const rest = range("bytes 4096-65535/65536");
    expect(coming(206, { ...rest, etag: '"a"' }, { ...RESUMED, etag }).etag).toBe(etag);
    expect(coming(206, rest, { ...RESUMED, etag }).etag).toBe(0);
    expect(refusal(206, { ...rest, etag: '"b"' }, { ...RESUMED, etag })).toBe("update-changed");
    expect(coming(206, { ...whole, etag: '"b"' }, { ...FRESH, etag }).etag).not.toBe(etag);
  });

  test("that brings no file says which status it has", () => {
    for (const status of [204, 301, 302, 401, 403, 404, 410, 429, 500, 503]) {
      expect(refusal(status, {})).toBe("update-status");
    }
  });
});
