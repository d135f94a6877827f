// Oracle: boot logs of 1951B16 modules and the timing table of the hardware design.

import { describe, expect, test } from "@jest/globals";
import { Desk as AnyDesk } from "./desk.js";

/** Modems whose network sends no time, so that the boot URCs stand alone. */
class Desk extends AnyDesk {
  constructor(options: ConstructorParameters<typeof AnyDesk>[0] = {}) {
    super({ ...options, fault: [...(options.fault ?? []), "no-network-time"] });
  }
}

const BOOT = "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nSMS Ready\r\n";

describe("power and boot", () => {
  test("says nothing while it is off", () => {
    const desk = new Desk({ poweredOn: false });
    expect(desk.at("AT", 10_000)).toBe("");
    expect(desk.modem.powerState).toBe("off");
  });

  test("PWRKEY for a second switches it on, and it prints its boot URCs", () => {
    const desk = new Desk({ poweredOn: false, delayScale: 1 });
    desk.press(1000);
    desk.pass(1700);
    expect(desk.said()).toBe("");
    desk.pass(10_000);
    expect(desk.said()).toBe(BOOT);
  });

  test("a press shorter than a second does nothing", () => {
    const desk = new Desk({ poweredOn: false });
    desk.press(900);
    desk.pass(20_000);
    expect(desk.modem.powerState).toBe("off");
  });

  test("PWRKEY is a toggle: it switches a running module off", () => {
    const desk = new Desk();
    desk.press(1300);
    expect(desk.said()).toBe("\r\nNORMAL POWER DOWN\r\n");
    desk.pass(3000);
    expect(desk.modem.powerState).toBe("off");
    expect(desk.at("AT")).toBe("");
  });

  test("one long press switches on and not off again", () => {
    const desk = new Desk({ poweredOn: false });
    desk.press(5000);
    expect(desk.modem.powerState).toBe("running");
  });

  test("held for 12 s it resets, even a zombie", () => {
    const desk = new Desk({ fault: ["zombie=1"] });
    desk.pass(1000);
    expect(desk.at("AT", 5000)).toBe("");
    desk.press(1300);
    desk.pass(5000);
    expect(desk.modem.powerState).toBe("zombie");
    desk.press(12_000);
    expect(desk.said()).toBe(BOOT);
  });

  test("AT+CPOWD=1 answers NORMAL POWER DOWN and no OK", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+CPOWD=1", 5000)).toBe("\r\nNORMAL POWER DOWN\r\n");
    expect(desk.at("AT", 1000)).toBe("");
    desk.press(1000);
    expect(desk.said()).toBe(BOOT);
  });

  test("a press while it powers down is lost", () => {
    const desk = new Desk({ delayScale: 1 });
    desk.at("AT+CPOWD=1", 1000);
    desk.press(1000);
    desk.pass(20_000);
    expect(desk.modem.powerState).toBe("off");
  });

  test.each(["AT+CREBOOT", "AT+CFUN=1,1"])("%s answers OK, then boots", (command) => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at(command, 10_000)).toBe(`\r\nOK\r\n${BOOT}`);
    expect(desk.at("AT")).toBe("AT\r\r\nOK\r\n");
  });

  test("with autobaud it prints neither RDY nor +CFUN", () => {
    const desk = new Desk({ poweredOn: false, baud: 0 });
    desk.press(1000);
    expect(desk.said()).toBe("\r\n+CPIN: READY\r\n\r\nSMS Ready\r\n");
  });

  test("with autobaud it needs a first AT to learn the speed from, which gets no answer", () => {
    const desk = new Desk({ poweredOn: false, baud: 0 });
    desk.press(1000);
    desk.said();
    expect([desk.at("AT"), desk.at("AT")]).toEqual(["", "AT\r\r\nOK\r\n"]);
    // A speed that is set then holds, and RDY is printed from the next boot on.
    desk.at("AT+IPR=115200");
    expect(desk.at("AT+CREBOOT", 10_000)).toContain(BOOT);
    expect(desk.at("AT")).toBe("AT\r\r\nOK\r\n");
  });

  test("a module that ran with autobaud before its host was reset knows the speed", () => {
    expect(new Desk({ baud: 0 }).at("AT")).toBe("AT\r\r\nOK\r\n");
  });

  test("a brown-out says nothing at all", () => {
    const desk = new Desk().connected();
    desk.do(desk.modem.mishap("power-loss", desk.now));
    expect(desk.said()).toBe("");
    expect(desk.wanted()).toEqual(["close 0 silent"]);
    expect(desk.modem.powerState).toBe("off");
  });

  test("a card that loses contact takes the network with it, and comes back or stays away", () => {
    const desk = new Desk().connected();
    desk.at("ATE0");
    desk.do(desk.modem.mishap("sim-lost", desk.now));
    expect(desk.said()).toContain("+APP PDP: 0,DEACTIVE\r\n");
    desk.pass(10_000);
    expect(desk.said()).toContain("+CPIN: READY");
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
    desk.modem.setFault("no-sim");
    desk.do(desk.modem.mishap("sim-lost", desk.now));
    desk.pass(10_000);
    expect(desk.said()).toContain("+CPIN: NOT INSERTED");
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,0");
  });

  test("AT+CFUN=0 takes the SIM away before OK, 1 brings it back after", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at("AT+CEREG=1");
    expect(desk.at("AT+CFUN=0")).toBe("\r\n+CEREG: 0\r\n\r\n+CPIN: NOT READY\r\n\r\nOK\r\n");
    expect(desk.at("AT+CPIN?")).toBe("\r\nERROR\r\n");
    expect(desk.at("AT+CFUN=1")).toMatch(/^\r\nOK\r\n\r\n\+CPIN: READY\r\n[\s\S]*\r\nSMS Ready\r\n/);
  });

  test("what AUTO_SAVE covers outlives a power cycle, the rest does not", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at('AT+CGDCONT=1,"IP","iot.1nce.net"');
    desk.at("AT+CMNB=1");
    desk.at("AT+CMEE=2");
    desk.at("AT+IPR=921600");
    expect(desk.wanted()).toContain("baud 921600");
    desk.at("AT+CREBOOT", 10_000);
    desk.at("ATE0");
    expect(desk.at("AT+CMEE?")).toContain("+CMEE: 0");
    expect(desk.at("AT+CMNB?")).toContain("+CMNB: 1");
    expect(desk.at("AT+CGDCONT?")).toContain('+CGDCONT: 1,"IP","iot.1nce.net"');
    expect(desk.at("AT+IPR?")).toContain("+IPR: 921600");
  });

  test("without VBAT nothing works, and with it back it waits for PWRKEY", () => {
    const desk = new Desk().connected();
    desk.do(desk.modem.supply(0, desk.now));
    expect(desk.wanted()).toEqual(["close 0 silent"]);
    desk.press(2000);
    expect(desk.modem.powerState).toBe("unsupplied");
    desk.do(desk.modem.supply(1, desk.now));
    expect(desk.modem.powerState).toBe("off");
    desk.press(1000);
    expect(desk.said()).toBe(BOOT);
  });

  test("the same seed gives the same delays, another seed others", () => {
    const timeline = (seed: number) => {
      const desk = new Desk({ poweredOn: false, delayScale: 1, seed });
      const times: number[] = [];
      desk.press(1000);
      while (desk.modem.nextDeadline() !== undefined && times.length < 5) {
        desk.pass(desk.modem.nextDeadline()! - desk.now);
        times.push(desk.now);
      }
      return times;
    };
    expect(timeline(7)).toEqual(timeline(7));
    expect(timeline(7)).not.toEqual(timeline(8));
  });
});
