// What is done to a modem while it runs, and by a scenario.

import { describe, expect, test } from "@jest/globals";
import { CONTROL_HELP, ControlError, control } from "../../../host-sim/modem/control.js";
import { parseScenario } from "../../../host-sim/modem/scenario.js";
import { Desk } from "./desk.js";

function wish(desk: Desk, what: unknown) {
  const result = control(desk.modem, what, desk.now);
  desk.do(result.actions);
  return result.state;
}

function quiet(): Desk {
  const desk = new Desk();
  desk.at("ATE0");
  return desk;
}

describe("a wish", () => {
  test("signal: AT+CSQ and AT+CPSI follow", () => {
    const desk = quiet();
    wish(desk, { do: "signal", dbm: -101 });
    expect(desk.at("AT+CSQ")).toContain("+CSQ: 7,99");
    expect(desk.at("AT+CPSI?")).toContain(",-19,-130,-101,");
  });

  test("network: no cell, and back on another technology", () => {
    const desk = quiet();
    wish(desk, { do: "network", access: "none" });
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
    wish(desk, { do: "network", access: "home", rats: ["NB-IoT"], cellId: 7, tac: 1 });
    desk.pass(60_000);
    desk.at("AT+CEREG=2");
    expect(desk.at("AT+CEREG?")).toContain('+CEREG: 2,1,"1","7",9');
  });

  test("sim: out and in again", () => {
    const desk = quiet().online();
    wish(desk, { do: "sim", in: false });
    desk.pass(2000);
    expect(desk.said()).toMatch(/\+APP PDP: 0,DEACTIVE.*\+CPIN: NOT INSERTED/s);
    wish(desk, { do: "sim", in: true });
    desk.pass(60_000);
    expect(desk.at("AT+CPIN?")).toContain("+CPIN: READY");
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
  });

  test("power: dead at once, booting when it is back", () => {
    const desk = quiet();
    wish(desk, { do: "power", on: false });
    expect(desk.at("AT", 1000)).toBe("");
    wish(desk, { do: "power", on: true });
    desk.pass(10_000);
    expect(desk.said()).toContain("RDY");
  });

  test("drop, mishap, urc, sky, position, fault, clear", () => {
    const desk = quiet().online();
    wish(desk, { do: "drop" });
    expect(desk.said()).toContain("+APP PDP: 0,DEACTIVE");
    wish(desk, { do: "urc", text: "+FOO: 1" });
    expect(desk.said()).toBe("\r\n+FOO: 1\r\n");
    wish(desk, { do: "position", latitude: 1, longitude: 2 });
    desk.at("AT+CGNSPWR=1");
    expect(desk.at("AT+CGNSINF")).toContain(",1.000000,2.000000,");
    wish(desk, { do: "sky", open: false });
    expect(desk.at("AT+CGNSINF")).toContain("+CGNSINF: 1,,,");
    wish(desk, { do: "fault", fault: "no-coverage" });
    expect(desk.at("AT+CEREG?")).toContain("0,2");
    wish(desk, { do: "clear", fault: "no-coverage" });
    desk.pass(60_000);
    expect(desk.at("AT+CEREG?")).toContain("0,5");
    wish(desk, { do: "mishap", name: "restart" });
    desk.pass(10_000);
    expect(desk.said()).toContain("RDY");
  });

  test("sms and state", () => {
    const desk = quiet();
    wish(desk, { do: "sms", from: "+49151", text: "hello" });
    expect(desk.said()).toContain('+CMTI: "SM",0');
    expect(wish(desk, { do: "state" })).toMatchObject({ power: "running", registered: true, simReady: true });
  });

  test.each([
    [undefined],
    [{}],
    [{ do: "constructor" }],
    [{ do: "signal" }],
    [{ do: "signal", dbm: "-70" }],
    [{ do: "signal", dbm: 7 }],
    [{ do: "network", rats: ["LTE-M", 5] }],
    [{ do: "network", access: "maybe" }],
    [{ do: "sms", from: "me", text: "x" }],
    [{ do: "fault", fault: "no-such-fault" }],
    [{ do: "mishap", name: "toString" }],
  ])("%p is refused in one line", (what) => {
    const desk = quiet();
    expect(() => wish(desk, what)).toThrow(ControlError);
    expect(desk.at("AT")).toContain("OK");
  });

  test("every example in the help is understood", () => {
    for (const help of CONTROL_HELP) {
      const example = JSON.parse(help.slice(0, help.indexOf("}:") + 1));
      expect(() => control(new Desk().modem, example, 0)).not.toThrow();
    }
  });
});

describe("a scenario", () => {
  test("is sorted by time, seconds become milliseconds", () => {
    const steps = parseScenario('[{"at":90,"do":"drop"},{"at":0.5,"do":"signal","dbm":-70}]');
    expect(steps.map(({ atMs }) => atMs)).toEqual([500, 90_000]);
  });

  test.each(["", "{}", "[{}]", '[{"at":-1}]', "[null]"])("%p is refused", (text) => {
    expect(() => parseScenario(text)).toThrow(ControlError);
  });
});
