// What is sent, and what is taken for a reply, to the character. Oracle: the manual (SIM7080 AT V1.07) and 3GPP TS 27.007.

import { describe, expect, test } from "@jest/globals";
import { CME, cmeAdvice, cmeNumber } from "../../../../firmware/modem/at/cme.js";
import { action, bare, type Command, fields, isReply, together } from "../../../../firmware/modem/at/command.js";
import { urcOf } from "../../../../firmware/modem/at/urc.js";
import * as basic from "../../../../firmware/modem/sim7080/commands/basic.js";
import * as identity from "../../../../firmware/modem/sim7080/commands/identity.js";
import * as network from "../../../../firmware/modem/sim7080/commands/network.js";
import * as signal from "../../../../firmware/modem/sim7080/commands/signal.js";
import * as sleep from "../../../../firmware/modem/sim7080/commands/sleep.js";
import * as socket from "../../../../firmware/modem/sim7080/commands/socket.js";
import * as time from "../../../../firmware/modem/sim7080/commands/time.js";
import { URCS, type UrcTarget } from "../../../../firmware/modem/sim7080/urcs.js";
import { errorLine, CME as SIMULATED_CME } from "../../../../host-sim/modem/errors.js";
import { said } from "./said.js";

function parse<T>(command: Command<T>, ...lines: string[]): T {
  return command.parse({ lines: lines.filter((line) => isReply(command, line)), body: undefined });
}

describe("commands", () => {
  test.each<[string, Command<unknown>]>([
    ["AT", basic.probe(500)],
    ["+++", basic.leaveDataMode],
    ["ATH", basic.hangUp],
    ["ATE0", basic.echoOff],
    ["AT+CMEE=2", basic.verboseErrors],
    ["AT+IFC=2,2", basic.hardwareFlowControl],
    ["AT+IPR?", basic.readLineSpeed],
    ["AT+IPR=115200", basic.setLineSpeed(115_200)],
    ["AT+CFUN?", basic.readFunctionality],
    ["AT+CFUN=0", basic.setFunctionality(0)],
    ["AT+CFUN=1,1", basic.restart],
    ["AT+CPOWD=1", basic.powerDown],
    ["AT+CPIN?", identity.readPinState],
    ["AT+CPIN=1234", identity.enterPin("1234")],
    ["AT+CCID", identity.readIccid],
    ["AT+CGSN", identity.readImei],
    ["AT+CGMM", identity.readModel],
    ["AT+CGMR", identity.readFirmware],
    ["AT+CEREG=1", network.reportRegistration],
    ["AT+CEREG?", network.readRegistration],
    ["AT+CGDCONT?", network.readContext],
    ['AT+CGDCONT=1,"IP","iot.1nce.net"', network.setContext("iot.1nce.net")],
    ["AT+CNMP?", network.readMode],
    ["AT+CNMP=38", network.setMode(network.MODE.lte)],
    ["AT+CMNB?", network.readRat],
    ["AT+CMNB=3", network.setRat(3)],
    ["AT+CBANDCFG?", network.readBands],
    ['AT+CBANDCFG="CAT-M",3,8,20', network.setBands("CAT-M", [3, 8, 20])],
    ["AT+CNACT=0,1", network.setPdp(1)],
    ["AT+CNACT?", network.readPdp],
    ["AT+CSQ", signal.readStrength],
    ["AT+CPSI?", signal.readCell],
    ["AT+CPSMS?", sleep.readPsm],
    ['AT+CPSMS=1,,,"01000111","00100100"', sleep.setPsm({ period: "01000111", active: "00100100" })],
    ["AT+CPSMS=0", sleep.setPsm(undefined)],
    ["AT+CPSMSTATUS=1", sleep.reportPsm],
    ["AT+CPSMRDP", sleep.readGrantedPsm],
    ["AT+CEDRXS?", sleep.readEdrx],
    ['AT+CEDRXS=1,4,"0010"', sleep.setEdrx(4, "0010")],
    ["AT+CEDRXS=0", sleep.edrxOff],
    ['AT+CACFG="ASYNCOPEN",1', socket.asyncOpen],
    ['AT+CAOPEN=3,0,"TCP","a.example",8883', socket.open(3, "a.example", 8883)],
    ["AT+CASEND=3,5,2000", socket.send(3, new Uint8Array(5))],
    ["AT+CAACK=3", socket.readAcknowledged(3)],
    ["AT+CARECV=3,1460", socket.receive(3, 1460)],
    ["AT+CACLOSE=3", socket.close(3)],
    ["AT+CASTATE?", socket.readStates],
    ["AT+CCLK?", time.readClock],
    ["AT+CNTPCID=0", time.ntpContext],
    ['AT+CNTP="time.google.com",0,0,2', time.ntpServer("time.google.com")],
    ["AT+CNTP", time.ntpQuery],
  ])("%s", (text, command) => {
    expect(command.text).toBe(text);
  });

  test("those that find out whether the line works go first; only `+++` has no CR", () => {
    const probes = [basic.probe(500), basic.leaveDataMode];
    expect(probes.map(({ probe, raw }) => [probe, raw ?? false])).toEqual([
      [true, false],
      [true, true],
    ]);
    expect(action("AT+CFUN=1,1", 1).probe).toBeUndefined();
  });

  test("a PIN is sent and never shown", () => {
    expect(identity.enterPin("1234").shown).toBe("AT+CPIN=[…]");
    expect(together([identity.enterPin("1234"), network.readRat]).shown).toBe("AT+CPIN=[…];+CMNB?");
  });

  test("several in one line give the lines that answer one of them", () => {
    const line = together([network.readMode, network.readRat]);
    expect(line.text).toBe("AT+CNMP?;+CMNB?");
    expect(parse(line, "+CMNB: 3", "+CNMP: 38", "+CSQ: 20,99")).toEqual(["+CMNB: 3", "+CNMP: 38"]);
    expect(isReply(line, "+CEREG: 5")).toBe(false);
  });
});

describe("a reply that is not quite one is refused:", () => {
  const strict: [string, Command<unknown>][] = [
    ["8988280666000000015", identity.readIccid],
    ["869016040000001", identity.readImei],
    ["+CGSN: 869016040000001", identity.readImei],
    ["SIMCOM_SIM7080G", identity.readModel],
    ["+CGMM: SIM7080", identity.readModel],
    ["Revision:1951B16SIM7080", identity.readFirmware],
    ["+CGMR: Revision: 1951B16SIM7080", identity.readFirmware],
    ["+CPIN: READY", identity.readPinState],
    ["+CEREG: 0,5", network.readRegistration],
    ["+CNMP: 38", network.readMode],
    ["+CMNB: 3", network.readRat],
    ['+CNACT: 0,1,"10.94.36.44"', network.readPdp],
    ["+CSQ: 20,99", signal.readStrength],
    ["+CAACK: 16068,8760", socket.readAcknowledged(0)],
    ["+IPR: 115200", basic.readLineSpeed],
    ["+CFUN: 1", basic.readFunctionality],
  ];

  test.each(strict)("%s", (line, command) => {
    expect(parse(command, line)).toBeDefined();
    const refused = (bad: string) => expect(() => parse(command, bad)).toThrow(/^AT/);
    refused(`#${line}`);
    refused(line.replace(/(\d|READY|SIM|Revision)/, "#$1"));
    if (!line.includes('"')) refused(`${line}#`);
  });

  test.each<[string, number, number, (length: number) => unknown]>([
    ["an ICCID", 18, 20, (length) => parse(identity.readIccid, "8".repeat(length))],
    ["an IMEI", 15, 15, (length) => parse(identity.readImei, "8".repeat(length))],
    ["a line speed", 1, 7, (length) => parse(basic.readLineSpeed, `+IPR: ${"8".repeat(length)}`)],
    ["a mode", 1, 3, (length) => parse(network.readMode, `+CNMP: ${"8".repeat(length)}`)],
    ["a signal strength", 1, 3, (length) => parse(signal.readStrength, `+CSQ: ${"9".repeat(length)},9`)],
    ["a bit error rate", 1, 2, (length) => parse(signal.readStrength, `+CSQ: 9,${"9".repeat(length)}`)],
    ["bytes sent", 1, 12, (length) => parse(socket.readAcknowledged(0), `+CAACK: ${"9".repeat(length)},0`)],
    ["bytes unacknowledged", 1, 12, (length) => parse(socket.readAcknowledged(0), `+CAACK: 0,${"9".repeat(length)}`)],
    ["a firmware", 1, 40, (length) => parse(identity.readFirmware, `Revision:${"B".repeat(length)}`)],
    ["a model", 2, 24, (length) => parse(identity.readModel, `SIM7${"0".repeat(length)}`)],
  ])("%s has %d to %d characters", (_, least, most, read) => {
    expect(read(least)).toBeDefined();
    expect(read(most)).toBeDefined();
    expect(() => read(least - 1)).toThrow();
    expect(() => read(most + 1)).toThrow();
  });

  test.each([
    "+CPIN: NOT READY",
    "+CPIN: SIM PUK",
    "+CEREG: 5",
    "+APP PDP: 0,ACTIVE",
    "+CAOPEN: 0,27",
    "+CADATAIND: 3",
    "+CASTATE: 3,0",
    "+CACLOSE: 3",
  ])("the URC %s with a character in front or behind", (line) => {
    expect(said(line)).toBeDefined();
    expect(said(line.replace(": ", ":"))).toEqual(said(line));
    expect([said(`#${line}`), said(`${line}#`)]).toEqual([undefined, undefined]);
  });

  test.each([
    "026/01/01,00:00:00+00",
    "26/01/01,00:00:00+000",
    "26/1/01,00:00:00+00",
    "26/00/01,00:00:00+00",
    "26/01/00,00:00:00+00",
    "26/01/32,00:00:00+00",
    "26/01/01,00:60:00+00",
    "26/01/01,00:00:61+00",
    "26/01/01,00:00:00+97",
    "26/01/01,00:00:00-97",
    "2019/12/31,23:59:59+00",
    "#26/01/01,00:00:00+00",
    "26/01/01,00:00:00+00#",
    '"26/01/01,02:00:00+0"',
    '"26/01/01,02:00:00+8"',
  ])("the time %s", (text) => {
    expect(time.parseClock(text)).toBeUndefined();
  });

  test("times at their bounds are times", () => {
    expect(time.parseClock("2020/01/01,00:00:00+00")).toBe(Date.UTC(2020, 0, 1));
    expect(time.parseClock("26/12/31,23:59:60+00")).toBe(Date.UTC(2027, 0, 1));
    expect(time.parseClock("69/01/01,00:00:00+96")).toBe(Date.UTC(2068, 11, 31));
    expect(time.parseClock("26/01/01,00:00:00-96")).toBe(Date.UTC(2026, 0, 2));
  });
});

describe("unsolicited lines", () => {
  test.each<[line: string, what: string, ...with_: unknown[]]>([
    ["RDY", "onBoot", "RDY"],
    ["SMS Ready", "onBoot", "SMS Ready"],
    ["NORMAL POWER DOWN", "onPowerDown", "NORMAL POWER DOWN"],
    ["UNDER-VOLTAGE POWER DOWN", "onPowerDown", "UNDER-VOLTAGE POWER DOWN"],
    ["OVER-VOLTAGE POWER DOWN", "onPowerDown", "OVER-VOLTAGE POWER DOWN"],
    ["UNDER-VOLTAGE WARNNING", "onSupplyWarning", "UNDER-VOLTAGE WARNNING"],
    ["OVER-VOLTAGE WARNNING", "onSupplyWarning", "OVER-VOLTAGE WARNNING"],
    ["+CPIN: NOT INSERTED", "onPin", "NOT INSERTED"],
    ["+APP PDP: 0,DEACTIVE", "onPdp", "deactive"],
    ["+PDP: DEACT", "onPdp", "deactive"],
    ['+CPSMSTATUS: "ENTER PSM"', "onAsleep"],
    ["+CAOPEN: 3,27", "openEnded", 3, 27],
    ["+CADATAIND: 12", "dataWaits", 12],
    ["+CASTATE: 3,0", "peerEnded", 3],
    ["+CACLOSE: 3", "peerEnded", 3],
    ['+CAURC: "buffer full"', "bufferFull"],
  ])("%s is for the driver: %s", (line, what, ...with_) => {
    expect(handled(line)).toEqual([[what, ...with_]]);
    expect(handled(` ${line}`)).toEqual([]);
  });

  test.each(["+CEREG: 5", '+CNTP: 1,"2026/01/01,00:00:05"'])("%s is for who waits for it", (line) => {
    expect(said(line)).toBeDefined();
    expect(handled(line)).toEqual([]);
  });

  test.each([
    ...["", "OK", "ERROR", "+CSQ: 20,99", "+CME ERROR: 3", "8988280666000000015"],
    ...["+CFUN: 1", "+CASTATE: 3,1", "+CADATAIND: x", "+CAURC: 1", '+CPSMSTATUS: "EXIT PSM"'],
    ...['+CEDRXP: 4,"0010","0010","0100"', "*PSUTTZ: 26/01/01,00:00:00", "+CTZV: +4", "DST: 0"],
  ])("%j says nothing", (line) => {
    expect(said(line)).toBeUndefined();
  });
});

/** What the driver is told of a line: names and arguments. */
function handled(line: string): unknown[][] {
  const told: unknown[][] = [];
  const note =
    (what: string) =>
    (...with_: unknown[]) =>
      void told.push([what, ...with_]);
  const sockets = {
    openEnded: note("openEnded"),
    dataWaits: note("dataWaits"),
    peerEnded: note("peerEnded"),
    bufferFull: note("bufferFull"),
  };
  const driver: UrcTarget = {
    sockets,
    onBoot: note("onBoot"),
    onPowerDown: note("onPowerDown"),
    onSupplyWarning: note("onSupplyWarning"),
    onPdp: note("onPdp"),
    onPin: note("onPin"),
    onAsleep: note("onAsleep"),
  };
  const kind = urcOf(URCS, line);
  const what = kind?.parse?.(line);
  if (what !== undefined) kind?.handle?.(driver, what);
  return told;
}

describe("error numbers (SIM7080 AT V1.07 §22.1, 3GPP TS 27.007 §9.2)", () => {
  const prefix = "+CME ERROR: ";

  test("are found by number and by the simulated modem's texts alike", () => {
    // One that the driver has no use for, and takes for any other error.
    const { paramRange, ...known } = SIMULATED_CME;
    for (const code of Object.values(known)) {
      const [number, text] = [errorLine(code, 1), errorLine(code, 2)].map((line) => line.slice(prefix.length));
      expect([cmeNumber(number!), cmeNumber(text!)]).toEqual([code, code]);
    }
    expect(cmeNumber(errorLine(paramRange, 2).slice(prefix.length))).toBeUndefined();
  });

  test.each([
    [15, "SIM wrong"],
    [20, "memory full"],
    [22, "not found"],
    [31, "network timeout"],
    [32, "network not allowed - emergency call only"],
    [103, "Illegal MS"],
    [107, "GPRS services not allowed"],
    [111, "PLMN not allowed"],
    [113, "roaming not allowed"],
    [148, "unspecified GPRS error"],
    [149, "PDP authentication failure"],
    [160, "DNS resolve failed"],
    [161, "Socket open failed"],
    [604, "Unspecified Error"],
    [772, "SIM powered down"],
  ])("%d is %s", (number, text) => {
    expect(cmeNumber(text)).toBe(number);
  });

  test.each(["123456", "1x", "x1", ""])("%j is no number", (text) => {
    expect(cmeNumber(text)).toBeUndefined();
  });

  test("what no waiting mends asks for a person, what the modem is stuck in for its restart", () => {
    const { simNotInserted, simPinRequired, simPukRequired, simWrong, incorrectPassword, simFailure, simBusy } = CME;
    for (const number of [4, simNotInserted, simPinRequired, simPukRequired, simWrong, incorrectPassword]) {
      expect([number, cmeAdvice(number)]).toEqual([number, "give-up"]);
    }
    for (const number of [simFailure, 20, 772, 797])
      expect([number, cmeAdvice(number)]).toEqual([number, "reset-modem"]);
    expect(cmeAdvice(simBusy)).toBe("retry");
    // Networks change their mind: what they refuse is asked again later.
    for (const number of [
      3, 22, 30, 31, 32, 100, 103, 107, 111, 113, 148, 149, 160, 161, 601, 603, 604, 765, 767, 9999,
    ]) {
      expect([number, cmeAdvice(number)]).toEqual([number, "back-off"]);
    }
  });
});

describe("fields", () => {
  test("of a line with blanks and quotes", () => {
    expect(fields(' "a" ,b ')).toEqual(["a", "b"]);
    expect(fields('a"b,c"d')).toEqual(['a"b,c"d']);
  });

  test("a bare reply is its first line that has the form", () => {
    const command = bare("AT+X", 1, (line) => /^(\d)$/.exec(line));
    expect(parse(command, "x", "1", "2")).toBe("1");
    expect(() => parse(command, "x")).toThrow("no reply before OK");
  });
});

test("cells of every technology, and values at the bounds of what there can be", () => {
  const cell = (rest: string) => parse(signal.readCell, `+CPSI: ${rest}`).cell;
  const tail = "8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7";
  expect(cell(`LTE M1,Online,262-02,0xAAB4,${tail}`)?.rat).toBe("LTE-M");
  expect(cell(`LTE NB-IOT,Online,310-410,0xAAB4,${tail}`)?.plmn).toBe("310-410");
  expect(cell(`LTE CAT-M1,Online,262-02,0xAAB4,${tail.replace("EUTRAN-BAND20", "b d")}`)?.band).toBe("");
  expect(cell(`LTE CAT-M1,Online,26-02,0xAAB4,${tail}`)).toBeUndefined();
  expect(cell(`LTE CAT-M1,Online,262-0202,0xAAB4,${tail}`)).toBeUndefined();
  const bounds = "0,147,EUTRAN-BAND20,6300,3,3,-50,-200,-74,-20";
  expect(cell(`LTE CAT-M1,Online,262-02,0xAAB4,${bounds}`)).toMatchObject({ cellId: 0, rsrqDb: -50, sinrDb: -60 });
  const others = "268435455,147,EUTRAN-BAND20,6300,3,3,20,0,-74,60";
  expect(cell(`LTE CAT-M1,Online,262-02,0xAAB4,${others}`)).toMatchObject({ rsrpDbm: 0, sinrDb: 100 });
});
