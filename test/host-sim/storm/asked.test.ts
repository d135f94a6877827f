// What a device reads of a server that asks to be left alone, heard at its TLS.

import { expect, test } from "@jest/globals";
import { AskedWaits } from "../../../host-sim/storm/asked.js";

const HOST = "server.example";
const answer = (status: string, header: string) =>
  `HTTP/1.1 ${status}\r\nDate: x\r\n${header}Content-Length: 0\r\n\r\n`;

/** What is heard of an answer that comes in pieces of so many bytes. */
function heardOf(text: string, piece = text.length) {
  const heard = new AskedWaits();
  heard.dialled(7, HOST);
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += piece) heard.read(7, bytes.subarray(at, at + piece), at);
  return heard.all;
}

test.each([1, 7, 1_000])("a wait is heard once its head is whole, in pieces of %d", (piece) => {
  const text = answer("503 Service Unavailable", "Retry-After: 60\r\n");
  const at = Math.floor((text.length - 1) / piece) * piece;
  expect(heardOf(text, piece)).toEqual([{ at, host: HOST, status: 503, ms: 60_000 }]);
});

test("429 asks too, by whatever letters", () => {
  expect(heardOf(answer("429 Too Many Requests", "retry-after: 5\r\n"))).toMatchObject([{ status: 429, ms: 5_000 }]);
});

test.each([
  ["that asks for nothing", answer("503 Service Unavailable", "")],
  ["of another status", answer("500 Internal Server Error", "Retry-After: 60\r\n")],
  ["whose head is cut", answer("503 Service Unavailable", "Retry-After: 60\r\n").slice(0, -1)],
  ["that is MQTT", "\x20\x02\x00\x00Retry-After: 60\r\n\r\n"],
  ["whose body says so", `${answer("503 Service Unavailable", "")}Retry-After: 60\r\n\r\n`],
])("an answer %s is none", (_, text) => expect(heardOf(text)).toEqual([]));

test("of a connection that has ended nothing is heard", () => {
  const heard = new AskedWaits();
  heard.dialled(7, HOST);
  heard.ended(7);
  heard.read(7, Buffer.from(answer("503 Service Unavailable", "Retry-After: 60\r\n")), 1);
  expect(heard.all).toEqual([]);
});
