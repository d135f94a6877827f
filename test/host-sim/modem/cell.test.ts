// Search, contexts and place. Oracle: SIM7080 AT V1.07 §5.2, §6.2, §14, §20 and their examples.

import { describe, expect, test } from "@jest/globals";
import { COMMANDS } from "../../../host-sim/modem/commands/index.js";
import { EFFECTS } from "../../../host-sim/modem/effects.js";
import { MANUAL } from "../../../host-sim/modem/manual.js";
import { Desk } from "./desk.js";

function quiet(options = {}): Desk {
  const desk = new Desk(options);
  desk.at("ATE0");
  return desk;
}

test("every command has a sentence on what it changes, and none is promised that is not there", () => {
  expect(Object.keys(EFFECTS).sort()).toEqual(Object.keys(COMMANDS).sort());
  const known = new Set(MANUAL.map(([, name]) => name));
  const beyond = Object.keys(EFFECTS).filter((name) => !known.has(name));
  expect(beyond.sort()).toEqual(["", "&F", "&W", "+SIMCOMATI", "Z"].sort());
});

describe("AT+CRATPRI", () => {
  test("NB-IoT first is what is found", () => {
    const desk = quiet();
    expect(desk.at("AT+CRATPRI?")).toContain('+CRATPRI: "121303",0');
    expect(desk.at("AT+CRATPRI=131203,0")).toBe("\r\nOK\r\n");
    desk.at("AT+CFUN=0");
    desk.at("AT+CFUN=1", 60_000);
    expect(desk.at("AT+CNSMOD?")).toContain("+CNSMOD: 0,9");
    expect(desk.at("AT+CRATPRI=1212,0")).toContain("ERROR");
  });

  test("with mode 1 it is forgotten at the next boot", () => {
    const desk = quiet();
    desk.at("AT+CRATPRI=131203,1");
    expect(desk.at("AT+CRATPRI?")).toContain('"131203",1');
    desk.at("AT+CREBOOT", 20_000);
    expect(desk.at("AT+CRATPRI?")).toContain('"121303",0');
  });
});

test("AT+CNBS: a faint cell of NB-IoT is found by the slow search only", () => {
  const desk = quiet({ network: { rats: ["NB-IoT"], rsrp: -128 } });
  expect(desk.at("AT+CEREG?")).toContain("0,5");
  desk.at("AT+CNBS=1", 1000);
  expect(desk.at("AT+CEREG?")).toContain("0,2");
  desk.at("AT+CNBS=5", 1000);
  expect(desk.at("AT+CEREG?")).toContain("0,5");
});

test("AT+CLRNET asks for the radio off, and makes the next search a long one", () => {
  const desk = new Desk({ delayScale: 1 });
  desk.at("ATE0", 50);
  expect(desk.at("AT+CLRNET=0,0", 50)).toBe("\r\nERROR\r\n");
  desk.at("AT+CFUN=4", 2000);
  expect(desk.at("AT+CLRNET=0,0", 50)).toBe("\r\nOK\r\n");
  desk.at("AT+CFUN=1", 20_000);
  expect(desk.at("AT+CEREG?", 50)).toContain("0,2");
  desk.pass(90_000);
  expect(desk.at("AT+CEREG?", 50)).toContain("0,5");
});

test("AT+CMCFG: a configuration chosen by hand holds from the next boot on", () => {
  const desk = quiet();
  expect(desk.at('AT+CMCFG=2,"SBM"')).toContain("ERROR");
  desk.at("AT+CMCFG=0");
  expect(desk.at('AT+CMCFG=2,"SBM"')).toBe("\r\nOK\r\n");
  expect(desk.at("AT+CMCFG=4")).toContain('+CMCFG: 4,0,"Default"');
  desk.at("AT+CFUN=1,1", 20_000);
  expect(desk.at("AT+CMCFG=4")).toContain('+CMCFG: 4,0,"SBM"');
});

test("AT+CRAI: sleep comes nine seconds earlier", () => {
  const asleepAfter = (line: string) => {
    const desk = quiet();
    desk.at(line);
    desk.at('AT+CPSMS=1,,,"01000111","00000001"');
    const begin = desk.now;
    while (desk.modem.powerState !== "asleep" && desk.now - begin < 60_000) desk.pass(100);
    return desk.now - begin;
  };
  expect(asleepAfter("AT+CRAI=0") - asleepAfter("AT+CRAI=1,1")).toBeGreaterThan(8000);
});

test("AT+CENG tells the serving cell once it is on", () => {
  const desk = quiet();
  expect(desk.at("AT+CENG?")).toBe("\r\n+CENG: 0,1,0,LTE CAT-M1\r\n\r\nOK\r\n");
  desk.at("AT+CENG=1,1");
  expect(desk.at("AT+CENG?")).toContain('+CENG: 0,"6300,147,-103,-74,-16,7,43700,8596225,262,02,255"');
});

describe("contexts", () => {
  test("AT+CGACT raises one beside the first, which stays", () => {
    const desk = quiet();
    desk.at('AT+CGDCONT=2,"IP","iot.1nce.net"');
    expect(desk.at("AT+CGACT?")).toBe("\r\n+CGACT: 1,1\r\n\r\n+CGACT: 2,0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CGPADDR=2")).toContain("+CGPADDR: 2,0.0.0.0");
    desk.at("AT+CGACT=1,2");
    expect(desk.at("AT+CGACT?")).toContain("+CGACT: 2,1");
    expect(desk.at("AT+CGPADDR=2")).toMatch(/\+CGPADDR: 2,10\./);
    expect(desk.at("AT+CGACT=0,1")).toContain("ERROR");
    expect(desk.at("AT+CGACT=1,9")).toContain("ERROR");
  });

  test("AT+CNII counts what goes and comes", () => {
    const desk = new Desk().connected();
    desk.at("AT+CASEND=0,5");
    desk.type("hello");
    desk.network({ event: "data", cid: 0, bytes: new Uint8Array(2000) });
    expect(desk.at("AT+CNII=0")).toContain("+CNII: 0,1500,2000,5,2,1,0,0");
    expect(desk.at("AT+CNII=1")).toContain("ERROR");
    expect(desk.at("AT+CNII?").split("+CNII: ")).toHaveLength(5);
  });

  test("AT+SNPING6 answers where a context asked for IPv6", () => {
    const desk = quiet();
    desk.at("AT+CNACT=0,1");
    expect(desk.at('AT+SNPING6="h",1,16,1000')).toContain("+SNPING6: Bind failed");
    desk.at("AT+CNACT=0,0");
    desk.at('AT+CNCFG=0,2,"iot.1nce.net"');
    desk.at("AT+CNACT=0,1");
    expect(desk.at('AT+SNPING6="h",1,16,1000', 5000)).toMatch(/\+SNPING6: 1,2001:db8::\d+,\d+\r\n\r\nOK/);
  });
});

test("AT+CLBS tells the place roughly, and where there is no context a network error", () => {
  const desk = quiet();
  expect(desk.at("AT+CLBS=1,0", 5000)).toContain("+CLBS: 3\r\n");
  desk.at("AT+CNACT=0,1");
  expect(desk.at("AT+CLBS=1,0", 5000)).toContain("+CLBS: 0,13.405000,52.520000,550");
  expect(desk.at("AT+CLBS=4,0", 5000)).toContain("550,2026/01/02,03:04:");
});

test("AT+CRSM reads ICCID, IMSI and home operator", () => {
  const desk = quiet();
  expect(desk.at("AT+CRSM=176,12258,0,0,10")).toContain('+CRSM: 144,0,"988882606600000010F5"');
  expect(desk.at("AT+CRSM=176,28423,0,0,9")).toContain('+CRSM: 144,0,"089910040000000010"');
  expect(desk.at("AT+CRSM=176,28514,0,0,0")).toMatch(/\+CRSM: 144,0,"09F1044000/);
  expect(desk.at("AT+CRSM=176,1,0,0,0")).toContain("+CRSM: 106,130");
  expect(desk.at('AT+CRSM=214,12258,0,0,1,"00"')).toContain("ERROR");
});
