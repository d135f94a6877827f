// What hosts other than our firmware send, and found wrong. Oracle: SIM7080 AT V1.07 by section.

import { describe, expect, test } from "@jest/globals";
import { Desk } from "./desk.js";

describe("a host that ends its lines CR LF (§1.4)", () => {
  test.each([
    ["before the prompt", "\r\n", ""],
    ["behind the prompt", "\r", "\n"],
  ])("the LF of CASEND that comes %s is no part of the body", (_, before, after) => {
    const desk = new Desk().connected();
    desk.type("AT\r\n");
    desk.type(`AT+CASEND=0,5${before}`);
    desk.type(`${after}hello`);
    desk.type("AT\r\n");
    expect(desk.wanted()).toEqual(["send 0 hello"]);
    expect(desk.said()).toBe("\r\nOK\r\n\r\n> \r\nOK\r\n\r\nOK\r\n");
  });

  test("with real delays too, whole lines at a time", () => {
    const desk = new Desk({ delayScale: 1 }).connected();
    desk.pass(20_000);
    desk.network({ event: "connected", cid: 0 });
    desk.wanted();
    desk.type("AT+CASEND=0,5\r\n");
    desk.pass(100);
    desk.type("hello");
    desk.pass(100);
    expect(desk.wanted()).toEqual(["send 0 hello"]);
  });

  test("a body that begins with LF stays whole from a host that ends its lines CR", () => {
    const desk = new Desk().connected();
    desk.type("AT+CASEND=0,5\r");
    desk.type("\nhell");
    expect(desk.wanted()).toEqual(["send 0 \nhell"]);
  });
});

describe("AT+CGATT (§6.2.1)", () => {
  test("0 detaches and takes the PDP context along, 1 attaches and answers once it is done", () => {
    const desk = new Desk({ delayScale: 1 });
    desk.at("ATE0", 100);
    desk.at("AT+CNACT=0,1", 5000);
    desk.at("AT+CEREG=1", 100);
    expect(desk.at("AT+CGATT=0", 2000)).toBe("\r\n+APP PDP: 0,DEACTIVE\r\n\r\n+CEREG: 0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CGATT?", 100)).toBe("\r\n+CGATT: 0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CNACT?", 100)).toContain('+CNACT: 0,0,"0.0.0.0"');
    desk.pass(60_000);
    expect(desk.at("AT+CEREG?", 100)).toContain("+CEREG: 1,0");
    expect(desk.at("AT+CGATT=1", 100)).not.toContain("OK");
    desk.pass(10_000);
    expect(desk.said()).toMatch(/^\r\n\+CEREG: 5\r\n.*\r\nOK\r\n$/s);
    expect(desk.at("AT+CGATT?", 100)).toContain("+CGATT: 1");
  });

  test("1 fails after 75 s where there is no network", () => {
    const desk = new Desk({ network: { access: "none" } });
    desk.at("ATE0+CMEE=1");
    expect(desk.at("AT+CGATT=1", 74_000)).toBe("");
    desk.pass(1000);
    expect(desk.said()).toBe("\r\n+CME ERROR: 30\r\n");
  });
});

test("AT+CNACT=0,0 on an inactive context answers OK and confirms it", () => {
  const desk = new Desk();
  desk.at("ATE0");
  expect(desk.at("AT+CNACT=0,0")).toBe("\r\nOK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
});

test("AT+CNSMOD=1 tells the technology at each change (§5.2.6)", () => {
  const desk = new Desk();
  desk.at("ATE0");
  expect(desk.at("AT+CNSMOD=1")).toBe("\r\nOK\r\n");
  expect(desk.at("AT+CNSMOD?")).toBe("\r\n+CNSMOD: 1,7\r\n\r\nOK\r\n");
  desk.do(desk.modem.setNetwork({ access: "none" }, desk.now));
  expect(desk.said()).toBe("\r\n+CNSMOD: 0\r\n");
  desk.do(desk.modem.setNetwork({ access: "home", rats: ["NB-IoT"] }, desk.now));
  desk.pass(60_000);
  expect(desk.said()).toMatch(/^\r\n\+CNSMOD: 9\r\n/);
});

describe("AT+CNCFG (§7.2.2)", () => {
  test("is told back, four contexts", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at('AT+CNCFG=0,1,"iot.1nce.net","u","p",3')).toBe("\r\nOK\r\n");
    expect(desk.at("AT+CNCFG?")).toBe(
      '\r\n+CNCFG: 0,1,"iot.1nce.net","u","p",3\r\n\r\n+CNCFG: 1,0,"","","",0\r\n' +
        '\r\n+CNCFG: 2,0,"","","",0\r\n\r\n+CNCFG: 3,0,"","","",0\r\n\r\nOK\r\n',
    );
  });

  test("an APN that the subscription has not got is refused by the network", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at('AT+CNCFG=0,1,"wrong.example"');
    expect(desk.at("AT+CNACT=0,1")).toBe("\r\nOK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
  });
});

test("AT+CDNSCFG? tells four addresses, zero while none is set (§19.2.2)", () => {
  const desk = new Desk();
  desk.at("ATE0");
  const none = "0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0";
  const told = (first: string, second: string) =>
    `\r\nIpv4PrimaryDns: ${first}\r\nIpv4SecondaryDns: ${second}\r\n` +
    `Ipv6PrimaryDns: ${none}\r\nIpv6SecondaryDns: ${none}\r\n\r\nOK\r\n`;
  expect(desk.at("AT+CDNSCFG?")).toBe(told("0.0.0.0", "0.0.0.0"));
  expect(desk.at('AT+CDNSCFG="8.8.8.8","8.8.4.4"')).toBe("\r\nOK\r\n");
  expect(desk.at("AT+CDNSCFG?")).toBe(told("8.8.8.8", "8.8.4.4"));
  expect(desk.at('AT+CDNSCFG="dns.example"')).toBe("\r\nERROR\r\n");
});

describe("AT+COPS (§3.2.9)", () => {
  test.each([
    [0, '+COPS: 0,0,"Vodafone.de",7'],
    [1, '+COPS: 0,1,"Vodafone",7'],
    [2, '+COPS: 0,2,"26202",7'],
  ])("3,%i sets only the form of the name", (format, line) => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at(`AT+COPS=3,${format}`)).toBe("\r\nOK\r\n");
    expect(desk.at("AT+COPS?")).toBe(`\r\n${line}\r\n\r\nOK\r\n`);
    expect(desk.at("AT+CEREG?")).toContain(",5");
  });

  test("1 chooses an operator by hand: another one is left alone", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at('AT+COPS=1,2,"310260"', 60_000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
    desk.at('AT+COPS=1,2,"26202"', 60_000);
    expect(desk.at("AT+COPS?")).toBe('\r\n+COPS: 1,2,"26202",7\r\n\r\nOK\r\n');
  });

  test("2 leaves the network", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at("AT+COPS=2");
    expect(desk.at("AT+COPS?")).toBe("\r\n+COPS: 2\r\n\r\nOK\r\n");
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,0");
  });
});

test("AT+CFUN=? lists what is taken, and nothing else is", () => {
  const desk = new Desk();
  desk.at("ATE0");
  expect(desk.at("AT+CFUN=?")).toContain("+CFUN: (0-1,4,6-7),(0-1)");
  for (const level of [2, 3, 5]) expect(desk.at(`AT+CFUN=${level}`)).toBe("\r\nERROR\r\n");
  expect(desk.at("AT+CFUN=7")).toBe("\r\nOK\r\n");
  expect(desk.at("AT+CFUN=1")).toBe("\r\nERROR\r\n");
  expect(desk.at("AT+CFUN=6", 10_000)).toContain("+CFUN: 1");
});
