// Oracle: SIMCom's Low Power Mode note, and 3GPP TS 24.008's timer codes as the manual's examples give them.

import { describe, expect, test } from "@jest/globals";
import { activeSeconds, tauSeconds } from "../../../host-sim/modem/psm-timers.js";
import { bytes, Desk } from "./desk.js";

/** T3324 of 20 s, T3412 of 1 h. */
const PSM = 'AT+CPSMS=1,,,"00100001","00001010"';
const ASLEEP_AFTER_MS = 10_000 + 20_000;

describe("PSM", () => {
  test("timer codes read as in the manual's examples", () => {
    expect(tauSeconds("01000111")).toBe(70 * 3600);
    expect(activeSeconds("00100100")).toBe(4 * 60);
    expect(activeSeconds("11100000")).toBeUndefined();
    expect(tauSeconds("10011111")).toBe(31 * 30);
  });

  test("what was asked for and what the network granted can be read", () => {
    const desk = new Desk({ network: { grantedActiveS: 16, grantedTauS: 3000 } });
    desk.at("ATE0");
    desk.at('AT+CPSMS=1,,,"01000111","00100100"');
    expect(desk.at("AT+CPSMS?")).toBe('\r\n+CPSMS: 1,,,"01000111","00100100"\r\n\r\nOK\r\n');
    expect(desk.at("AT+CPSMRDP")).toBe("\r\n+CPSMRDP: 1,240,252000,16,3000,3240\r\n\r\nOK\r\n");
  });

  test("after its last traffic it stays for the active time, then falls asleep and hears nothing", () => {
    const desk = new Desk();
    desk.at("ATE0+CPSMSTATUS=1");
    desk.at(PSM);
    desk.pass(ASLEEP_AFTER_MS - 1000);
    expect(desk.at("AT")).toBe("\r\nOK\r\n");
    desk.pass(ASLEEP_AFTER_MS - 1000);
    expect(desk.said()).toBe("");
    desk.pass(1000);
    expect(desk.said()).toBe('\r\n+CPSMSTATUS: "ENTER PSM"\r\n');
    expect(desk.at("AT", 5000)).toBe("");
    expect(desk.modem.powerState).toBe("asleep");
  });

  test("its sockets die without a word to the peer", () => {
    const desk = new Desk().connected();
    desk.at(PSM, ASLEEP_AFTER_MS);
    expect(desk.wanted()).toEqual(["close 0 silent"]);
  });

  test("PWRKEY wakes it; the first AT is lost, the session is new, the settings are not", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at(PSM, ASLEEP_AFTER_MS);
    desk.press(1000);
    expect(desk.modem.powerState).toBe("running");
    expect(desk.at("AT")).toBe("");
    expect(desk.at("AT")).toBe("AT\r\r\nOK\r\n");
    expect(desk.at("AT+CNACT?")).toContain('+CNACT: 0,0,"0.0.0.0"');
    expect(desk.at("AT+CPSMS?")).toContain('+CPSMS: 1,,,"00100001","00001010"');
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
  });

  test("the periodic update wakes it, and it falls asleep again", () => {
    const desk = new Desk();
    desk.at(PSM, ASLEEP_AFTER_MS);
    desk.pass(3600_000 - 1);
    expect(desk.modem.powerState).toBe("asleep");
    desk.pass(1);
    expect(desk.modem.powerState).toBe("running");
    desk.pass(ASLEEP_AFTER_MS);
    expect(desk.modem.powerState).toBe("asleep");
  });

  test("switched off it stays awake", () => {
    const desk = new Desk();
    desk.at(PSM);
    desk.at("AT+CPSMS=0", 10 * ASLEEP_AFTER_MS);
    expect(desk.modem.powerState).toBe("running");
    expect(desk.modem.nextDeadline()).toBeUndefined();
  });

  test("does not sleep over a command in flight", () => {
    const desk = new Desk().online();
    desk.at(PSM);
    desk.at('AT+CAOPEN=0,0,"TCP","h",80', 60_000);
    expect(desk.modem.powerState).toBe("running");
    desk.pass(50_000);
    expect(desk.said()).toContain("+CAOPEN: 0,18");
  });
});

describe("eDRX", () => {
  test("can be asked for, read and switched off", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+CEDRXS?")).toBe("\r\nERROR\r\n");
    expect(desk.at('AT+CEDRXS=2,4,"0010"')).toBe('\r\nOK\r\n\r\n+CEDRXP: 4,"0010","0010","0100"\r\n');
    expect(desk.at("AT+CEDRXS?")).toBe('\r\n+CEDRXS: 4,"0010"\r\n\r\nOK\r\n');
    expect(desk.at("AT+CEDRXRDP")).toBe('\r\n+CEDRXRDP: 4,"0010","0010","0100"\r\n\r\nOK\r\n');
    desk.at("AT+CEDRXS=0");
    expect(desk.at("AT+CEDRXRDP")).toBe("\r\n+CEDRXRDP: 0\r\n\r\nOK\r\n");
  });

  test("a network may not grant it", () => {
    const desk = new Desk({ network: { edrx: false } });
    desk.at("ATE0");
    desk.at('AT+CEDRXS=1,4,"0010"');
    expect(desk.at("AT+CEDRXRDP")).toBe("\r\n+CEDRXRDP: 0\r\n\r\nOK\r\n");
  });

  test("data for an idle module waits for its cycle, in order; traffic of its own fetches it at once", () => {
    const desk = new Desk().connected();
    desk.at('AT+CEDRXS=1,4,"0010"');
    desk.pass(15_000);
    desk.network({ event: "data", cid: 0, bytes: bytes("late") });
    desk.network({ event: "closed", cid: 0 });
    expect(desk.said()).toBe("");
    desk.pass(20_480);
    expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n\r\n+CASTATE: 0,0\r\n");

    const other = new Desk().connected();
    other.at('AT+CEDRXS=1,4,"1111"');
    other.pass(15_000);
    other.network({ event: "data", cid: 0, bytes: bytes("now") });
    expect(other.said()).toBe("");
    expect(other.at("AT")).toContain("+CADATAIND: 0");
  });
});
