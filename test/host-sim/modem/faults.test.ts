// Each switch of the fault table, by what it does at the UART. The record's type makes a fault without a test an error.

import { describe, expect, test } from "@jest/globals";
import { FAULTS, FaultError, type FaultName, Faults, parseFault } from "../../../host-sim/modem/faults.js";
import { bytes, Desk } from "./desk.js";

const OPEN = 'AT+CAOPEN=0,0,"TCP","h",80';

function data(desk: Desk, text: string, cid = 0): void {
  desk.network({ event: "data", cid, bytes: bytes(text) });
}

/** How many of so many bytes that come one by one are told of. */
function toldOf(desk: Desk, count: number): number {
  desk.connected();
  let told = 0;
  for (let i = 0; i < count; i++) {
    data(desk, "x");
    if (desk.said() === "\r\n+CADATAIND: 0\r\n") told++;
    desk.at("AT+CARECV=0,9");
  }
  return told;
}

/** For each fault: options as on the command line, and what then is to be seen. */
const SEEN: Record<FaultName, [fault: string, (desk: Desk) => void]> = {
  "no-sim": ["no-sim", (desk) => expect(desk.at("AT+CMEE=1;+CPIN?")).toContain("+CME ERROR: 10")],
  "sim-busy": [
    "sim-busy=3",
    (desk) => {
      expect(desk.at("AT+CMEE=1;+CPIN?")).toContain("+CME ERROR: 14");
      expect(desk.at("AT+CCID", 3000)).toContain("+CME ERROR: 14");
      expect(desk.at("AT+CPIN?")).toContain("+CPIN: READY");
    },
  ],
  "sim-failure": ["sim-failure", (desk) => expect(desk.at("AT+CMEE=1;+CPIN?")).toContain("+CME ERROR: 13")],
  "sim-pin": [
    "sim-pin=4711",
    (desk) => {
      expect(desk.at("AT+CPIN?")).toContain("+CPIN: SIM PIN\r\n");
      expect(desk.at("AT+CPIN=4711", 60_000)).toContain("OK");
      expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
    },
  ],
  "sim-puk": ["sim-puk", (desk) => expect(desk.at("AT+CPIN?")).toContain("+CPIN: SIM PUK\r\n")],
  "iccid-f": ["iccid-f", (desk) => expect(desk.at("AT+CCID")).toContain("\r\n8988280666000000015F\r\n")],
  "iccid-prefix": [
    "iccid-prefix",
    (desk) => expect(desk.at("AT+CCID")).toContain("\r\n+CCID: 8988280666000000015\r\n"),
  ],
  "identity-odd": [
    "identity-odd",
    (desk) => {
      expect(desk.at("AT+CGMM")).toContain("\r\nSIMCOM_SIM7080G-HP-S\r\n");
      expect(desk.at("AT+CGMR")).toContain("\r\n1951B16SIM7080\r\n");
    },
  ],
  unreadable: [
    "unreadable",
    (desk) => {
      expect(desk.at("ATE0")).toContain("OK");
      expect(desk.at("AT+CGSN;+CSQ;+CCLK?")).toBe("\r\n?\r\n\r\n+CSQ: ?\r\n\r\n+CCLK: ?\r\n\r\nOK\r\n");
      expect(desk.at("AT+CPIN?;+CEREG?")).toContain("+CPIN: READY\r\n\r\n+CEREG: 0,5");
    },
  ],
  "no-blank": [
    "no-blank",
    (desk) => {
      desk.connected();
      data(desk, "a: b");
      expect(desk.said()).toBe("\r\n+CADATAIND:0\r\n");
      expect(desk.at("AT+CARECV=0,9")).toBe("\r\n+CARECV:4,a: b\r\nOK\r\n");
      expect(desk.at("AT+CARECV=0,9")).toBe("\r\n+CARECV:0\r\n\r\nOK\r\n");
      expect(desk.at("AT+CMEE=1;+CPIN=1")).toContain("+CME ERROR:3");
    },
  ],
  "registration-denied": ["registration-denied", (desk) => expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,3")],
  "registration-slow": [
    "registration-slow=90",
    (desk) => {
      desk.at("AT+CFUN=4");
      desk.at("AT+CFUN=1", 89_000);
      expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
      desk.pass(1000);
      expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
    },
  ],
  "no-coverage": [
    "no-coverage",
    (desk) => expect(desk.at("AT+CEREG?;+CSQ")).toContain("+CEREG: 0,2\r\n\r\n+CSQ: 99,99\r\n\r\nOK"),
  ],
  "pdp-refused": [
    "pdp-refused",
    (desk) => {
      expect(desk.at("AT+CNACT=0,1")).toContain("OK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
      expect(desk.at("AT+CNACT=0,1")).toContain("+APP PDP: 0,ACTIVE");
    },
  ],
  "pdp-silent": [
    "pdp-silent",
    (desk) => {
      expect(desk.at("AT+CNACT=0,1", 100_000)).toBe("\r\nOK\r\n");
      expect(desk.at("AT+CNACT?")).toContain('+CNACT: 0,0,"0.0.0.0"');
    },
  ],
  "pdp-drop": [
    "pdp-drop=8",
    (desk) => {
      desk.connected();
      data(desk, "1234567");
      expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n");
      data(desk, "8");
      expect(desk.said()).toBe("\r\n+APP PDP: 0,DEACTIVE\r\n");
      expect(desk.wanted()).toEqual(["close 0 silent"]);
    },
  ],
  "caopen-result": [
    "caopen-result=27",
    (desk) => {
      desk.online();
      expect(desk.at(OPEN)).toBe("\r\n+CAOPEN: 0,27\r\n\r\nOK\r\n");
      expect(desk.wanted()).toEqual(["close 0"]);
      desk.at(OPEN);
      expect(desk.wanted()).toEqual(["connect 0 h:80"]);
    },
  ],
  "caopen-stall": [
    "caopen-stall",
    (desk) => {
      desk.online();
      desk.at(OPEN);
      desk.pass(74_000);
      expect(desk.said()).toBe("");
      desk.pass(1000);
      expect(desk.said()).toBe("\r\n+CAOPEN: 0,2\r\n\r\nOK\r\n");
    },
  ],
  "caopen-freeze": [
    "caopen-freeze",
    (desk) => {
      desk.online();
      desk.at('AT+CACFG="ASYNCOPEN",1');
      expect(desk.at(OPEN)).toBe("\r\nOK\r\n");
      expect(desk.at("AT", 1000)).toBe("\r\nOK\r\n");
      expect(desk.at("AT", 60_000)).toBe("");
    },
  ],
  "caopen-close": [
    "caopen-close",
    (desk) => {
      desk.online();
      desk.at(OPEN);
      desk.network({ event: "connected", cid: 0 });
      expect(desk.said()).toBe("\r\n+CAOPEN: 0,0\r\n\r\nOK\r\n\r\n+CASTATE: 0,0\r\n");
    },
  ],
  "casend-error": [
    "casend-error",
    (desk) => {
      desk.connected();
      desk.at("AT+CASEND=0,3");
      expect(desk.at("ab")).toBe("\r\nERROR\r\n");
      expect(desk.wanted()).toEqual([]);
      desk.at("AT+CASEND=0,3");
      expect(desk.at("ab")).toBe("\r\nOK\r\n");
    },
  ],
  "casend-refused": [
    "casend-refused",
    (desk) => {
      desk.connected();
      desk.at("AT+CMEE=2");
      expect(desk.at("AT+CASEND=0,3")).toBe("\r\n+CME ERROR: Invalid input value\r\n");
      desk.at("AT+CASEND=0,3");
      expect(desk.at("abc")).toBe("\r\nOK\r\n");
    },
  ],
  "casend-room": [
    "casend-room=512",
    (desk) => expect(desk.connected().at("AT+CASEND=0")).toContain("+CASEND: 512\r\n"),
  ],
  unacked: [
    "unacked",
    (desk) => {
      desk.connected();
      for (let i = 0; i < 6; i++) {
        desk.at("AT+CASEND=0,1460");
        expect(desk.at("x".repeat(1459))).toBe("\r\nOK\r\n");
        desk.network({ event: "acked", cid: 0, count: 1460 });
      }
      desk.at("AT+CASEND=0,1");
      desk.type("x");
      expect(desk.said()).toBe("\r\nERROR\r\n");
      expect(desk.at("AT+CAACK=0")).toContain("+CAACK: 8760,8760");
    },
  ],
  "peer-close": [
    "peer-close=5",
    (desk) => {
      desk.connected();
      data(desk, "12345678");
      expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n\r\n+CASTATE: 0,0\r\n");
      expect(desk.at("AT+CARECV=0,100")).toBe("\r\n+CARECV: 8,12345678\r\nOK\r\n");
    },
  ],
  "lost-cadataind": [
    "lost-cadataind",
    (desk) => {
      const told = toldOf(desk, 400);
      expect(told).toBeGreaterThan(160);
      expect(told).toBeLessThan(240);
    },
  ],
  "lost-urc": [
    "lost-urc=100",
    (desk) => {
      desk.online();
      expect(desk.at("AT+CNACT?")).toContain("+CNACT: 0,1");
      desk.at(OPEN);
      desk.network({ event: "connected", cid: 0 });
      expect(desk.said()).toBe("\r\n+CAOPEN: 0,0\r\n\r\nOK\r\n");
      desk.network({ event: "closed", cid: 0 });
      expect(desk.said()).toBe("");
      expect(desk.at("AT+CASTATE?")).toContain("+CASTATE: 0,0");
    },
  ],
  "carecv-max": [
    "carecv-max",
    (desk) => {
      desk.connected();
      data(desk, "y".repeat(2000));
      desk.said();
      expect(desk.at("AT+CARECV=0,1460")).toMatch(/^\r\n\+CARECV: 1459,y{1459}\r\nOK\r\n$/);
    },
  ],
  "carecv-empty-ok": ["carecv-empty-ok", (desk) => expect(desk.connected().at("AT+CARECV=0,9")).toBe("\r\nOK\r\n")],
  "carecv-two-crlf": [
    "carecv-two-crlf",
    (desk) => {
      desk.connected();
      data(desk, "abc");
      desk.said();
      expect(desk.at("AT+CARECV=0,9")).toBe("\r\n+CARECV: 3,abc\r\n\r\nOK\r\n");
    },
  ],
  "buffer-small": [
    "buffer-small=100",
    (desk) => {
      desk.connected();
      expect(desk.window.get(0)).toBe(100);
      data(desk, "z".repeat(100));
      expect(desk.said()).toBe('\r\n+CADATAIND: 0\r\n\r\n+CAURC: "buffer full"\r\n');
    },
  ],
  "cdnsgip-first": [
    "cdnsgip-first",
    (desk) =>
      expect(desk.online().at('AT+CDNSGIP="h"')).toMatch(/^\r\n\+CDNSGIP: 1,"h","192\.0\.2\.\d+"\r\n\r\nOK\r\n$/),
  ],
  "dns-fails": [
    "dns-fails*2",
    (desk) => {
      desk.online();
      expect(desk.at('AT+CDNSGIP="h"')).toBe("\r\nOK\r\n\r\n+CDNSGIP: 0,3\r\n");
      expect(desk.at(OPEN)).toBe("\r\n+CAOPEN: 0,20\r\n\r\nOK\r\n");
    },
  ],
  "no-network-time": ["no-network-time", (desk) => expect(desk.at("AT+CCLK?")).toContain('"80/01/06')],
  "ntp-fails": [
    "ntp-fails",
    (desk) => {
      desk.online();
      desk.at('AT+CNTP="pool.ntp.org",0,0,0');
      expect(desk.at("AT+CNTP")).toBe("\r\nOK\r\n\r\n+CNTP: 65\r\n");
    },
  ],
  "urc-storm": [
    "urc-storm",
    (desk) => {
      desk.connected();
      const storm = '\r\n*PSUTTZ: 23/08/17,11:35:17","+08",1\r\n\r\nDST: 1\r\n';
      expect(desk.at("AT+CSQ")).toBe(`${storm}\r\n+CSQ: 20,99\r\n\r\nOK\r\n`);
      expect(desk.at("AT+CASEND=0,1")).toBe(`${storm}\r\n> ${storm}`);
      desk.type("x");
      expect(desk.said()).toBe("\r\nOK\r\n");
    },
  ],
  late: [
    "late=4000",
    (desk) => {
      expect(desk.at("AT", 3999)).toBe("");
      desk.pass(1);
      expect(desk.said()).toBe("\r\nOK\r\n");
    },
  ],
  error: [
    "error",
    (desk) => {
      expect(desk.at("AT+CFUN=4")).toBe("\r\nERROR\r\n");
      expect(desk.at("AT+CFUN?")).toContain("+CFUN: 1");
    },
  ],
  silence: [
    "silence*2",
    (desk) => {
      expect([desk.at("AT", 60_000), desk.at("AT", 60_000), desk.at("AT")]).toEqual(["", "", "\r\nOK\r\n"]);
    },
  ],
  "first-at-lost": [
    "first-at-lost=2",
    (desk) => {
      expect(desk.at("AT")).toBe("\r\nOK\r\n");
      desk.at("AT+CREBOOT", 60_000);
      expect([desk.at("AT"), desk.at("AT"), desk.at("AT")]).toEqual(["", "", "AT\r\r\nOK\r\n"]);
    },
  ],
  echo: ["echo", (desk) => expect(desk.at("AT")).toBe("AT\r\r\nOK\r\n")],
  garble: [
    "garble=3*1",
    (desk) => {
      expect(desk.at("AT")).not.toBe("\r\nOK\r\n");
      expect(desk.at("AT")).toBe("\r\nOK\r\n");
    },
  ],
  drop: ["drop=1*3", (desk) => expect([desk.at("AT"), desk.at("AT")]).toEqual(["K\r\n", "\r\nOK\r\n"])],
  "garble-input": ["garble-input=2", (desk) => expect([desk.at("AT"), desk.at("AT")]).toEqual(["", "\r\nOK\r\n"])],
  "data-mode": ["data-mode", (desk) => expect(desk.at("AT", 500)).toBe("")],
  "boot-slow": [
    "boot-slow=20",
    (desk) => {
      desk.at("AT+CREBOOT", 19_000);
      expect(desk.at("AT")).toBe("");
      desk.pass(1000);
      expect(desk.said()).toContain("RDY");
    },
  ],
  restart: [
    "restart=30",
    (desk) => {
      desk.connected();
      desk.pass(30_000);
      expect(desk.said()).toMatch(/^\r\nRDY\r\n[\s\S]*SMS Ready\r\n/);
      expect(desk.wanted()).toContain("close 0 silent");
      desk.pass(100_000);
      expect(desk.said()).toBe("");
    },
  ],
  freeze: [
    "freeze=30",
    (desk) => {
      desk.pass(30_000);
      expect(desk.at("AT", 60_000)).toBe("");
      desk.press(1300);
      desk.pass(3000);
      desk.press(1200);
      expect(desk.said()).toContain("RDY");
    },
  ],
  zombie: [
    "zombie=30",
    (desk) => {
      desk.pass(30_000);
      desk.press(1300);
      desk.pass(3000);
      desk.press(1200);
      expect(desk.said()).toBe("");
      desk.do(desk.modem.supply(0, desk.now));
      desk.do(desk.modem.supply(1, desk.now));
      desk.press(1200);
      expect(desk.said()).toContain("RDY");
    },
  ],
  "under-voltage": [
    "under-voltage=30",
    (desk) => {
      desk.pass(33_000);
      expect(desk.said()).toBe("\r\nUNDER-VOLTAGE POWER DOWN\r\n");
      expect(desk.modem.powerState).toBe("off");
    },
  ],
  "no-power-down-text": [
    "no-power-down-text",
    (desk) => {
      expect(desk.at("AT+CPOWD=1", 5000)).toBe("");
      expect(desk.modem.powerState).toBe("off");
    },
  ],
  "sms-fails": [
    "sms-fails",
    (desk) => {
      desk.at("AT+CMGF=1");
      desk.at('AT+CMGS="+4915112345"');
      desk.type("hello\x1a");
      expect(desk.said()).toContain("+CMS ERROR: 500");
      desk.at('AT+CMGS="+4915112345"');
      desk.type("hello\x1a");
      expect(desk.said()).toContain("+CMGS: 1");
    },
  ],
  "gnss-no-fix": [
    "gnss-no-fix",
    (desk) => {
      desk.at("AT+CGNSPWR=1", 60_000);
      expect(desk.at("AT+CGNSINF")).toContain("+CGNSINF: 1,,,");
    },
  ],
  "gnss-slow": [
    "gnss-slow=90",
    (desk) => {
      desk.at("AT+CGNSPWR=1", 80_000);
      expect(desk.at("AT+CGNSINF")).toContain("+CGNSINF: 1,,,");
      desk.pass(11_000);
      expect(desk.at("AT+CGNSINF")).toContain("+CGNSINF: 1,1,");
    },
  ],
  "gnss-refused": [
    "gnss-refused",
    (desk) => {
      desk.at("AT+CFUN=4", 5000);
      expect(desk.at("AT+CGNSPWR=1")).toContain("ERROR");
      expect(desk.at("AT+CGNSPWR?")).toContain("+CGNSPWR: 0");
    },
  ],
  "gnss-radio": [
    "gnss-radio",
    (desk) => {
      expect(desk.at("AT+CGNSPWR=1")).toContain("ERROR");
      desk.at("AT+CFUN=4", 5000);
      expect(desk.at("AT+CGNSPWR=1")).toContain("OK");
    },
  ],
  "gnss-garbled": [
    "gnss-garbled=100",
    (desk) => {
      desk.at("AT+CGNSPWR=1", 60_000);
      const right = /^1,1,\d{14}\.\d{3},52\.520008,13\.404954,34\.000,0\.00,,0,,1\.0,1\.3,0\.9,,9,,8\.4,12\.0$/;
      for (let i = 0; i < 6; i++) {
        expect(/\+CGNSINF: (.*)\r\n/.exec(desk.at("AT+CGNSINF"))?.[1]).not.toMatch(right);
        desk.pass(1000);
      }
    },
  ],
  "gnss-restart": [
    "gnss-restart=5",
    (desk) => {
      desk.at("AT+CGNSPWR=1");
      desk.said();
      desk.pass(8000);
      expect(desk.said()).toContain("RDY");
      expect(desk.at("AT+CGNSPWR?")).toContain("+CGNSPWR: 0");
    },
  ],
  "psm-refused": [
    "psm-refused",
    (desk) => {
      desk.at('AT+CPSMS=1,,,"01000111","00000001"', 100_000);
      expect(desk.at("AT+CPSMRDP")).toContain("+CPSMRDP: 1,2,252000,0,0,3240");
      expect(desk.modem.powerState).toBe("running");
    },
  ],
};

/** Faults that would spoil the ATE0 before the test: they are set after it. */
const LINE_FAULTS = new Set(["error", "silence", "first-at-lost", "garble", "drop", "garble-input"]);

describe("each fault", () => {
  test.each(Object.entries(SEEN))("%s", (name, [fault, seen]) => {
    const strikesTheLine = LINE_FAULTS.has(name);
    const desk = new Desk({ fault: strikesTheLine ? [] : [fault] });
    desk.at("ATE0");
    const { name: parsed, value, times } = parseFault(fault);
    if (strikesTheLine) desk.modem.setFault(parsed, value, times);
    seen(desk);
  });

  test("is described in one sentence for the command line", () => {
    expect(FAULTS.map(({ name }) => name)).toEqual(Object.keys(SEEN));
    for (const { help, name, value } of FAULTS) {
      expect(name).toMatch(/^[a-z][a-z-]+$/);
      expect(help).toMatch(/^\S.*\.$/);
      if (value !== undefined) expect(value).toMatch(/^[A-Z]+$/);
    }
  });
});

describe("parseFault", () => {
  test("reads a name, a value, and how often", () => {
    expect(parseFault("no-sim")).toEqual({ name: "no-sim" });
    expect(parseFault("late=500")).toEqual({ name: "late", value: 500 });
    expect(parseFault("sim-pin=0007")).toEqual({ name: "sim-pin", value: "0007" });
    expect(parseFault("caopen-result=2*3")).toEqual({ name: "caopen-result", value: 2, times: 3 });
    expect(parseFault("silence*2")).toEqual({ name: "silence", times: 2 });
  });

  test("an unknown name is an error that lists the known ones", () => {
    for (const name of ["no-sym", "toString", "", "LATE", "no-sim\n"]) {
      expect(() => parseFault(name)).toThrow(FaultError);
      expect(() => parseFault(name)).toThrow(/no-sim, sim-busy/);
    }
  });

  test.each(["no-sim=1", "late=soon", "late=", "caopen-result=99", "carecv-max=1461"])("%s is refused", (text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: "fault-value" }));
  });

  test.each(["no-sim*1", "sim-pin=0007*2", "late=500*3"])("%s is refused: a state has no number of times", (text) => {
    expect(() => parseFault(text)).toThrow(/^fault [a-z-]+ lasts while it is set: no \*TIMES$/);
  });

  test("faults can be set and cleared while the modem runs", () => {
    const faults = new Faults();
    const desk = new Desk({ faults });
    desk.at("ATE0");
    desk.modem.setFault("silence", undefined, 1);
    expect([desk.at("AT"), desk.at("AT")]).toEqual(["", "\r\nOK\r\n"]);
    desk.modem.setFault("late", 100);
    expect(desk.at("AT", 99)).toBe("");
    desk.modem.clearFault("late");
    desk.pass(1);
    desk.said();
    expect(desk.at("AT")).toBe("\r\nOK\r\n");
  });
});
