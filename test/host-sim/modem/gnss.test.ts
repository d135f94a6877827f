// The GNSS receiver. Oracle: SIM7080 AT V1.07 §8 and its examples.

import { describe, expect, test } from "@jest/globals";
import { Desk } from "./desk.js";

/** Fields of AT+CGNSINF. */
function fields(desk: Desk): string[] {
  const line = /\+CGNSINF: (.*)\r\n/.exec(desk.at("AT+CGNSINF", 50))?.[1];
  return line!.split(",");
}

describe("AT+CGNSPWR and AT+CGNSINF", () => {
  test("off, searching, fixed: eighteen fields each", () => {
    const desk = new Desk({ delayScale: 1 });
    desk.at("ATE0", 50);
    expect(fields(desk)).toEqual(["0", ...Array.from({ length: 17 }, () => "")]);
    expect(desk.at("AT+CGNSPWR=1", 50)).toBe("\r\nOK\r\n");
    expect(fields(desk)).toEqual([..."1,,,0.000000,0.000000,-18.000,,,1,,0.1,0.1,0.1,,,,9999000.0,6144.0".split(",")]);
    desk.pass(40_000);
    const fixed = fields(desk);
    expect(fixed).toHaveLength(18);
    expect(fixed.slice(0, 6)).toEqual([
      "1",
      "1",
      expect.stringMatching(/^2026010203\d{4}\.\d{3}$/),
      "52.520008",
      "13.404954",
      "34.000",
    ]);
    expect(desk.at("AT+CGNSPWR=0", 50)).toBe("\r\nOK\r\n");
    expect(fields(desk)[0]).toBe("0");
  });

  test("a cold start takes half a minute, a hot one seconds", () => {
    const desk = new Desk({ delayScale: 1 });
    const firstFix = () => {
      const begin = desk.now;
      while (fields(desk)[1] !== "1" && desk.now - begin < 120_000) desk.pass(200);
      return desk.now - begin;
    };
    desk.at("AT+CGNSCOLD", 50);
    expect(firstFix()).toBeGreaterThan(25_000);
    desk.at("AT+CGNSHOT", 50);
    expect(firstFix()).toBeLessThan(3000);
    desk.at("AT+CGNSPWR=0", 50);
    desk.at("AT+CGNSPWR=1", 50);
    expect(firstFix()).toBeLessThan(3000);
    desk.at("AT+CGNSCOLD", 50);
    expect(firstFix()).toBeGreaterThan(25_000);
  });

  test("a fix moves with the module", () => {
    const desk = new Desk();
    const position = { latitude: 50, longitude: 8, altitude: 100, speedKmh: 100, course: 90 };
    desk.do(desk.modem.setNetwork({ position }, desk.now));
    desk.at("AT+CGNSPWR=1");
    expect(fields(desk).slice(3, 8)).toEqual(["50.000000", "8.000000", "100.000", "100.00", "90.00"]);
    desk.pass(36_000);
    // A kilometre east: 1000 m / (111.32 km/degree x cos 50 degrees).
    expect(Number(fields(desk)[4])).toBeCloseTo(8 + 1 / (111.32 * Math.cos((50 * Math.PI) / 180)), 4);
  });

  test("in a tunnel the fix is lost", () => {
    const desk = new Desk();
    desk.at("AT+CGNSPWR=1");
    expect(fields(desk)[1]).toBe("1");
    desk.do(desk.modem.setNetwork({ sky: "none" }, desk.now));
    expect(fields(desk)[1]).toBe("");
    desk.do(desk.modem.setNetwork({ sky: "open" }, desk.now));
    expect(fields(desk)[1]).toBe("1");
  });
});

describe("radio and GNSS share the antenna", () => {
  test("no fix while a PDP context is up", () => {
    const desk = new Desk().online();
    desk.at("AT+CGNSPWR=1", 60_000);
    expect(fields(desk)[1]).toBe("");
    desk.at("AT+CNACT=0,0", 1000);
    expect(fields(desk)[1]).toBe("1");
  });

  test("no PDP context while GNSS is on", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at("AT+CGNSPWR=1");
    expect(desk.at("AT+CNACT=0,1")).toBe("\r\nOK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
    desk.at("AT+CGNSPWR=0");
    expect(desk.at("AT+CNACT=0,1")).toBe("\r\nOK\r\n\r\n+APP PDP: 0,ACTIVE\r\n");
  });
});

test("AT+CGNSMOD takes one system beside GPS, and keeps it over a restart", () => {
  const desk = new Desk();
  desk.at("ATE0");
  expect(desk.at("AT+CGNSMOD?")).toContain("+CGNSMOD: 1,1,0,0,0");
  expect(desk.at("AT+CGNSMOD=1,1,1,0,0")).toBe("\r\nERROR\r\n");
  expect(desk.at("AT+CGNSMOD=1,0,1,0,0")).toBe("\r\nOK\r\n");
  desk.at("AT+CREBOOT", 10_000);
  expect(desk.at("AT+CGNSMOD?")).toContain("+CGNSMOD: 1,0,1,0,0");
});

describe("AT+SGNSCMD", () => {
  test("1 tells one fix and switches off", () => {
    const desk = new Desk();
    desk.at("ATE0");
    const said = desk.at("AT+SGNSCMD=1,0", 5000);
    expect(said).toMatch(
      /^\r\nOK\r\n\r\n\+SGNSCMD: 1,03:04:06,52\.52001,13\.40495,8\.4,34\.00,34\.00,0\.0,0\.0,0x[0-9a-f]+,311\r\n$/,
    );
    expect(desk.at("AT+CGNSPWR?")).toContain("+CGNSPWR: 0");
  });

  test("1 without a sky ends with error 10 after its time", () => {
    const desk = new Desk({ network: { sky: "none" } });
    desk.at("ATE0");
    desk.at('AT+SGNSCFG="TIMEOUT",10000');
    expect(desk.at("AT+SGNSCMD=1,0", 9000)).toBe("\r\nOK\r\n");
    desk.pass(2000);
    expect(desk.said()).toBe("\r\n+SGNSERR: 10\r\n");
  });

  test("2 tells fixes again and again once OUTURC is on", () => {
    const desk = new Desk();
    desk.at('ATE0+SGNSCFG="OUTURC",1');
    expect(desk.at("AT+SGNSCMD=2,1000,0,0", 3500).split("+SGNSCMD: 2,").length - 1).toBe(3);
    expect(desk.at("AT+SGNSCMD=0", 5000)).toBe("\r\nOK\r\n");
  });
});
