// What counts as a secret in a line of the log.

import { expect, test } from "@jest/globals";
import { secretIn } from "../../../host-sim/storm/secrets.js";
import { TRACK } from "../../../host-sim/storm/setup.js";

const { latitude } = TRACK;

test.each<[what: string, fields: Record<string, string | number | boolean | undefined>, secret: string | undefined]>([
  ["a token", { username: "x-eyJhbGciOiJFUzI1NiJ9.e30.c2ln" }, "token"],
  ["the PIN in its command", { command: 'AT+CPIN="0815"' }, "PIN"],
  ["the PIN alone", { pin: "0815" }, "PIN"],
  ["a place as a number", { latitude }, "place"],
  ["a place as the modem writes it", { line: `+CGNSINF: 1,1,20261129,${latitude.toFixed(6)},-170.000001` }, "place"],
  ["a number that has the PIN's digits among its own", { line: "+CSQ: 10815,99", bytes: 815 }, undefined],
  ["a number that happens to be the PIN", { seq: 815, text: "seq=0815" }, undefined],
  ["digits of a name", { trace: "2337e411-e217-645c-50f1-1b1861f68608", id: "x-5071" }, undefined],
  ["another number that begins like the place", { ms: 50_123, line: "50.12 s", left: undefined }, undefined],
])("%s", (_what, fields, secret) => {
  expect(secretIn(fields, "0815")).toBe(secret);
});

test("a PIN is none where the card asks for none", () => {
  expect(secretIn({ command: 'AT+CPIN="0815"' })).toBeUndefined();
});
