import { describe, expect, test } from "@jest/globals";
import { HttpError } from "../../../firmware/http/errors.js";
import { encodeRequest, type RequestHead } from "../../../firmware/http/request.js";

const base: RequestHead = { method: "GET", host: "example.com", path: "/a?b=c" };
const text = (head: Partial<RequestHead>) => Buffer.from(encodeRequest({ ...base, ...head })).toString("latin1");

describe("a request", () => {
  test("is request line, Host, the given headers in order, and Connection", () => {
    expect(text({ headers: Object.entries({ Accept: "text/csv", "X-B": "2" }) })).toBe(
      "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nAccept: text/csv\r\nX-B: 2\r\nConnection: close\r\n\r\n",
    );
  });

  test("tells the length of its body, also of an empty one", () => {
    expect(text({ method: "POST", bodyLength: 0 })).toMatch(/\r\nContent-Length: 0\r\n\r\n$/);
  });

  test.each(["a.b:8443", "127.0.0.1", "[::1]:80", "[fe80::1]"])("takes the host %s", (host) => {
    expect(text({ host })).toContain(`\r\nHost: ${host}\r\n`);
  });

  test.each<[string, Partial<RequestHead>]>([
    ["a line break in a header value", { headers: Object.entries({ A: "b\r\nC: d" }) }],
    ["a line feed in a header value", { headers: Object.entries({ A: "b\nC: d" }) }],
    ["a NUL in a header value", { headers: Object.entries({ A: "\u0000" }) }],
    ["a header value beyond ASCII", { headers: Object.entries({ A: "é" }) }],
    ["a header name with a colon", { headers: Object.entries({ "A:": "b" }) }],
    ["an empty header name", { headers: Object.entries({ "": "b" }) }],
    ["a second Host", { headers: Object.entries({ host: "b" }) }],
    ["a second length", { headers: Object.entries({ "Content-length": "1" }) }],
    ["a transfer coding", { headers: Object.entries({ "Transfer-Encoding": "chunked" }) }],
    ["a path with a space", { path: "/a b" }],
    ["a path with a line break", { path: "/a\r\nb" }],
    ["a path without its slash", { path: "a" }],
    ["a host with a line break", { host: "a\r\nb" }],
    ["a host with a path", { host: "a/b" }],
    ["an empty host", { host: "" }],
    ["a second Connection", { headers: Object.entries({ connection: "keep-alive" }) }],
    ["a header name with a line break in front", { headers: Object.entries({ "\r\nA": "b" }) }],
    ["a path with a line in front of it", { path: "x\r\n/a" }],
    ["a host with text in front of an address", { host: "a b[::1]" }],
    ["a host with a line break behind an address", { host: "[::1]\r\nA: b" }],
    ["a method in lower case", { method: "get" }],
    ["a method with text in front", { method: "x GET" }],
    ["a method with a path behind it", { method: "GET /b" }],
  ])("refuses %s without repeating it", (_, head) => {
    expect(() => text(head)).toThrow(HttpError);
    try {
      text(head);
    } catch (error) {
      expect(error).toMatchObject({ code: "http-request", advice: "give-up" });
      expect((error as Error).message).not.toMatch(/[\r\n]|C: d/);
    }
  });
});
