// Oracle: the byte sequences of SIM7080 AT V1.07 §1.4 and of logs from real modules.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LINE_LIMIT } from "../../../host-sim/modem/parse.js";
import { Desk } from "./desk.js";

describe("line discipline", () => {
  test("echoes a command with its CR until ATE0", () => {
    const desk = new Desk();
    expect(desk.at("AT")).toBe("AT\r\r\nOK\r\n");
    expect(desk.at("ATE0")).toBe("ATE0\r\r\nOK\r\n");
    expect(desk.at("AT")).toBe("\r\nOK\r\n");
  });

  test("frames each line of an answer", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+CSQ")).toBe("\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
  });

  test("tells failures as CMEE asks", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+ICCID")).toBe("\r\nERROR\r\n");
    desk.at("AT+CMEE=1");
    expect(desk.at("AT+ICCID")).toBe("\r\n+CME ERROR: 601\r\n");
    desk.at("AT+CMEE=2");
    expect(desk.at("AT+CACLOSE=3")).toBe("\r\n+CME ERROR: operation not allowed\r\n");
  });

  test("tolerates LF behind CR, lower case and blanks", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.type("at+cmee?\r\n AT +CMEE?\r\n");
    expect(desk.said()).toBe("\r\n+CMEE: 0\r\n\r\nOK\r\n".repeat(2));
  });

  test("ignores what stands before AT, and lines without AT", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("+++AT")).toBe("\r\nOK\r\n");
    expect(desk.at("hello")).toBe("");
  });

  test("runs concatenated commands with one final result", () => {
    const desk = new Desk();
    expect(desk.at("ATE0+CMEE=1;+CMEE?;+CFUN?")).toBe(
      "ATE0+CMEE=1;+CMEE?;+CFUN?\r\r\n+CMEE: 1\r\n\r\n+CFUN: 1\r\n\r\nOK\r\n",
    );
    expect(desk.at("AT+CFUN?;+NONE;+CMEE?")).toBe("\r\n+CFUN: 1\r\n\r\n+CME ERROR: 601\r\n");
  });

  test("takes 559 characters behind AT and refuses 560", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at(`AT${";".repeat(LINE_LIMIT)}`)).toBe("\r\nOK\r\n");
    expect(desk.at(`AT${";".repeat(LINE_LIMIT + 1)}`)).toBe("\r\nERROR\r\n");
    expect(desk.at(`AT${";".repeat(5000)}`)).toBe("\r\nERROR\r\n");
    expect(desk.at("AT")).toBe("\r\nOK\r\n");
  });

  test("answers garbage with an error or not at all, and goes on", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const desk = new Desk();
        desk.at("ATE0");
        desk.type(String.fromCharCode(...noise.filter((byte) => byte !== 0x0d)));
        desk.type("\r");
        desk.pass(200_000);
        desk.said();
        desk.at("ATE0Q0V1");
        expect(desk.at("AT+CFUN?", 60_000)).toMatch(/\+CFUN: \d\r\n\r\nOK\r\n$/);
      }),
    );
  });

  test("gives the same bytes however the input is split", () => {
    const input = 'ATE1\rAT+CSQ;+CFUN?\r\nAT+CCID\rATE0\rAT+CGDCONT=1,"IP","a;b,c"\rAT+CGDCONT?\rAT+CAOPEN?\r';
    const whole = new Desk();
    whole.type(input);
    const expected = whole.said();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 60, maxLength: 60 }), (sizes) => {
        const desk = new Desk();
        let at = 0;
        for (const size of [...sizes, input.length]) {
          desk.type(input.slice(at, at + size));
          at += size;
        }
        expect(desk.said()).toBe(expected);
      }),
    );
  });

  test("keeps what the host sends while a command is in flight", () => {
    const desk = new Desk({ delayScale: 1 });
    desk.at("ATE0", 100);
    desk.type("AT+CMEE=1\rAT+CMEE?\r");
    expect(desk.said()).toBe("");
    desk.pass(100);
    expect(desk.said()).toBe("\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n");
  });

  test("has a deadline only while something is to happen", () => {
    const desk = new Desk();
    desk.pass(60_000);
    expect(desk.modem.nextDeadline()).toBeUndefined();
  });
});
