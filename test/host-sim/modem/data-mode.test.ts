// Oracle: ITU-T V.25ter's guarded escape, the PPP framing of RFC 1662.

import { describe, expect, test } from "@jest/globals";
import { Desk } from "./desk.js";

/** A frame without its escapes and flags (RFC 1662 §4.2). */
function unescaped(frame: string): number[] {
  const octets: number[] = [];
  const inner = frame.slice(1, -1);
  for (let i = 0; i < inner.length; i++) {
    octets.push(inner[i] === "}" ? inner.charCodeAt(++i) ^ 0x20 : inner.charCodeAt(i));
  }
  return octets;
}

/** FCS-16 (RFC 1662 §C.2), bit by bit. */
function fcs(octets: number[]): number {
  let value = 0xffff;
  for (const octet of octets) {
    value ^= octet;
    for (let i = 0; i < 8; i++) value = value & 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  }
  return value;
}

function inData(): Desk {
  const desk = new Desk();
  desk.at("ATE0");
  expect(desk.at("ATD*99#")).toMatch(/^\r\nCONNECT 150000000\r\n/);
  return desk;
}

describe("data mode", () => {
  test("ATD*99# connects and sends LCP requests in good frames", () => {
    const desk = new Desk();
    desk.at("ATE0");
    const [, frame] = desk.at("ATD*99#").split("CONNECT 150000000\r\n");
    const octets = unescaped(frame!);
    expect(octets.slice(0, 5)).toEqual([0xff, 0x03, 0xc0, 0x21, 0x01]);
    // The FCS of a good frame with its FCS is the magic value (RFC 1662 §C.2).
    expect(fcs(octets)).toBe(0xf0b8);
  });

  test.each(["ATD*99##", "ATD*99***1#", "ATDT*99#"])("%s dials too", (dial) => {
    expect(new Desk().at(dial)).toContain("CONNECT");
  });

  test("hears no commands", () => {
    const desk = inData();
    expect(desk.at("AT")).toBe("");
    expect(desk.at("AT+CSQ", 100)).toBe("");
  });

  test("prints no URCs", () => {
    const desk = inData();
    desk.do(desk.modem.setNetwork({ access: "none" }, desk.now));
    expect(desk.said()).toBe("");
  });

  test("a second of silence, +++, a second of silence: OK, and ATO goes back", () => {
    const desk = inData();
    desk.pass(1000);
    desk.said();
    desk.type("+++");
    desk.pass(999);
    expect(desk.said()).not.toContain("OK");
    desk.pass(1);
    expect(desk.said()).toBe("\r\nOK\r\n");
    expect(desk.at("AT")).toBe("\r\nOK\r\n");
    expect(desk.at("ATO")).toContain("CONNECT 150000000");
    expect(desk.at("AT", 100)).toBe("");
  });

  test("takes the three characters one by one", () => {
    const desk = inData();
    desk.pass(1000);
    for (const char of "+++") {
      desk.type(char);
      desk.pass(10);
    }
    desk.said();
    desk.pass(1000);
    expect(desk.said()).toBe("\r\nOK\r\n");
  });

  test.each([
    ["without silence before", 900, "+++", 1500, ""],
    ["with something behind", 1000, "+++", 500, "x"],
    ["with a fourth character", 1000, "++++", 1500, ""],
    ["in the middle of data", 1000, "a+++", 1500, ""],
  ])("does not leave %s", (_, before, text, after, then) => {
    const desk = inData();
    desk.pass(before);
    desk.type(text);
    desk.pass(after);
    desk.type(then);
    desk.pass(900);
    desk.said();
    expect(desk.at("AT", 100)).not.toContain("OK");
  });

  test("a modem that its host left in PPP is reached by the guarded escape only", () => {
    const desk = new Desk({ fault: ["data-mode"] });
    expect(desk.at("AT", 300)).toBe("");
    desk.pass(1000);
    desk.type("+++");
    desk.pass(1000);
    expect(desk.said()).toContain("OK");
    expect(desk.at("ATE0")).toContain("OK");
    expect(desk.at("ATH")).toBe("\r\nOK\r\n");
    expect(desk.at("ATO")).toBe("\r\nNO CARRIER\r\n");
  });

  test("hangs up when nobody speaks PPP", () => {
    const desk = inData();
    desk.pass(301_000);
    expect(desk.said()).toMatch(/\r\nNO CARRIER\r\n$/);
    expect(desk.at("AT")).toBe("\r\nOK\r\n");
  });

  test("without a network there is no carrier", () => {
    const desk = new Desk({ fault: ["no-coverage"] });
    desk.at("ATE0");
    expect(desk.at("ATD*99#")).toBe("\r\nNO CARRIER\r\n");
    expect(desk.at("ATD123;")).toBe("\r\nNO CARRIER\r\n");
  });
});
