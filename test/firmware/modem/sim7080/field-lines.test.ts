// Lines that real modules of the family printed, or that the drivers of others are made for, and what is understood of them.

import { describe, expect, test } from "@jest/globals";
import { type Command, isReply } from "../../../../firmware/modem/at/command.js";
import { readFirmware, readIccid, readImei, readModel } from "../../../../firmware/modem/sim7080/commands/identity.js";
import { readPdp, readRegistration } from "../../../../firmware/modem/sim7080/commands/network.js";
import { readCell, readStrength } from "../../../../firmware/modem/sim7080/commands/signal.js";
import { open, readStates } from "../../../../firmware/modem/sim7080/commands/socket.js";
import { readClock } from "../../../../firmware/modem/sim7080/commands/time.js";
import { said } from "./said.js";

function read<T>(command: Command<T>, ...lines: string[]): T {
  return command.parse({ lines: lines.filter((line) => isReply(command, line)), body: undefined });
}

describe("who the module is", () => {
  test.each([
    // nRF52 gateways with B16, RTT logs; LilyGO's list; the lwm2m and Android bridges on B16 and B17.
    ["Revision:1951B16SIM7080", "1951B16SIM7080"],
    ["Revision: 1951B17SIM7080", "1951B17SIM7080"],
    ["Revision:1951B16SIM7070", "1951B16SIM7070"],
    ["Revision:1529B10SIM7000G", "1529B10SIM7000G"],
    // Without the word in front.
    ["1951B08SIM7080", "1951B08SIM7080"],
    ["2117B03SIM7080G", "2117B03SIM7080G"],
    ["+CGMR: 1951B16SIM7080", "1951B16SIM7080"],
  ])("CGMR %s", (line, firmware) => {
    expect(read(readFirmware, line)).toBe(firmware);
    expect(isReply(readModel, line)).toBe(false);
  });

  test.each([
    // The manual, the Zephyr driver, an M5 Stamp's record, LilyGO's T-SIM7000G.
    ["SIMCOM_SIM7080G", "SIMCOM_SIM7080G"],
    ["SIMCOM_SIM7080", "SIMCOM_SIM7080"],
    ["SIMCOM_SIM7000G", "SIMCOM_SIM7000G"],
    ["SIMCOM_SIM7070G-HP-S", "SIMCOM_SIM7070G-HP-S"],
    ["+CGMM: SIM7070G", "SIM7070G"],
    ["SIM7070_GNSS", "SIM7070_GNSS"],
  ])("CGMM %s", (line, model) => {
    expect(read(readModel, line)).toBe(model);
    expect(isReply(readFirmware, line)).toBe(false);
  });

  test.each([
    ["+CCID: 8914900010144783119f", "8914900010144783119"],
    ["89861118231006965031", "89861118231006965031"],
    ["+ICCID: 8949012345678901234", "8949012345678901234"],
    ["+CCID:8988280666000000015", "8988280666000000015"],
  ])("CCID %s", (line, iccid) => {
    expect(read(readIccid, line)).toBe(iccid);
    expect(isReply(readImei, line)).toBe(false);
  });

  test.each(["869777028421538", '+CGSN: "869777028421538"', "+CGSN:869777028421538", "+GSN: 869777028421538"])(
    "CGSN %s",
    (line) => {
      expect(read(readImei, line)).toBe("869777028421538");
    },
  );
});

describe("the network", () => {
  test.each([
    ["+CEREG: 0,5", 5],
    ["+CEREG:0,5", 5],
    ["+CEREG: 0, 1", 1],
    ['+CEREG: 2,5,"AAB4","832AC1",7', 5],
    ['+CEREG: 2,1,"122D","A","2845C10",7', 1],
    ['+CEREG: 4,1,"5B57","195071B",9,,,"00000000","01100000"', 1],
  ])("registration in %s", (line, stat) => {
    expect(read(readRegistration, line)).toBe(stat);
  });

  test("a change of registration among the answer's lines is not taken for the answer", () => {
    expect(read(readRegistration, "+CEREG: 0,5", "+CEREG: 1")).toBe(5);
    expect(said('+CEREG: 1,"122D","A","2845C10",7')).toBe(1);
    expect(said("+CEREG:5")).toBe(5);
  });

  test("PDP contexts, with an IPv6 address, blanks or none", () => {
    expect(read(readPdp, '+CNACT: 0,1,"10.32.116.31"', '+CNACT: 1,0,"0.0.0.0"')).toBe(1);
    expect(read(readPdp, '+CNACT: 0,1,"10.1.2.3","2001:db8::1"')).toBe(1);
    expect(read(readPdp, '+CNACT:0,1,"10.1.2.3"')).toBe(1);
    expect(read(readPdp, '+CNACT: 0, 1, "10.1.2.3"')).toBe(1);
    expect(said("+APP PDP:0,ACTIVE")).toBe("active");
    expect(said("+APP PDP: DEACTIVE")).toBe("deactive");
  });

  test.each([
    ["+CSQ: 30,99", -54],
    ["+CSQ:15,0", -84],
    ["+CSQ: 20, 99", -74],
    ["+CSQ: 99,99", undefined],
    ["+CSQ: 199,99", undefined],
    ["+CSQ: 20", -74],
  ])("signal in %s", (line, rssiDbm) => {
    expect(read(readStrength, line)).toEqual({ rssiDbm });
  });

  test.each([
    ["LTE CAT-M1,Online,440-52,0x6061,33815299,94,EUTRAN-BAND18,5900,3,3,-8,-84,-60,18", "440-52 B18 33815299 -84 16"],
    [
      "LTE NB-IOT,Online,248-01,0x2AFA,51716400,177,EUTRAN-BAND20,6254,0,0,-10,-63,-54,15",
      "248-01 B20 51716400 -63 10",
    ],
    ["LTE NB-IOT,Online,724-04,0xAF3C,75508013,260,EUTRAN-BAND28,9362,0,0,-3,-89,-87,19", "724-04 B28 75508013 -89 18"],
    // As the manual's example is wrapped.
    [
      "LTE NB-IOT,Online,460-11,0x5AE1,187212754,82, EUTRAN-BAND5,2506,0,0,-7,-115,-110,13",
      "460-11 B5 187212754 -115 6",
    ],
    [
      "LTE CAT-M1,Online,310-410,0x9709,111159055,393,EUTRAN-BAND12,5110,3,3,-16,-113,-83,10",
      "310-410 B12 111159055 -113 0",
    ],
  ])("cell in %s", (rest, told) => {
    for (const blank of [" ", ""]) {
      const cell = read(readCell, `+CPSI:${blank}${rest}`).cell!;
      expect(`${cell.plmn} ${cell.band} ${cell.cellId} ${cell.rsrpDbm} ${cell.sinrDb}`).toBe(told);
    }
  });

  test.each([
    "+CPSI: NO SERVICE,Online",
    "+CPSI: LTE CAT-M1,Online",
    "+CPSI: GSM,Online,460-00,0x182d,12401,27 EGSM 900,-64",
  ])("no cell in %s", (line) => {
    expect(read(readCell, line)).toEqual({ cell: undefined });
  });
});

describe("the time", () => {
  const time = Date.UTC(2023, 7, 17, 9, 35, 17);

  test.each(['"23/08/17,11:35:17+08"', '"2023/08/17,11:35:17+08"', "23/08/17,11:35:17+08", '"23/08/17, 11:35:17+8"'])(
    "CCLK %s",
    (text) => {
      expect(read(readClock, `+CCLK: ${text}`)).toEqual({ wallMs: time });
      expect(read(readClock, `+CCLK:${text}`)).toEqual({ wallMs: time });
    },
  );

  test("CNTP with and without the time", () => {
    expect(said('+CNTP: 1,"2023/08/17,09:35:17"')).toEqual({ code: 1, wallMs: time });
    expect(said('+CNTP:1, "2023/08/17,09:35:17"')).toEqual({ code: 1, wallMs: time });
    expect(said("+CNTP: 1")).toEqual({ code: 1, wallMs: undefined });
  });
});

describe("sockets", () => {
  test("URCs with and without blanks, and with what some firmware puts behind", () => {
    // The blankless form is in the notes on a driver for the Y7080, the length in those on the SIM7000 and A76xx.
    for (const line of ["+CADATAIND: 0", "+CADATAIND:0", "+CADATAIND: 0,132"]) {
      expect([line, said(line)]).toEqual([line, 0]);
    }
    for (const line of ["+CASTATE: 3,0", "+CASTATE:3,0", "+CASTATE: 3, 0"]) {
      expect([line, said(line)]).toEqual([line, 3]);
    }
    for (const line of ["+CAOPEN: 0,2", "+CAOPEN:0,2", "+CAOPEN: 0, 2"]) {
      expect([line, said(line)]).toEqual([line, { cid: 0, result: 2 }]);
      expect(isReply(open(0, "h", 80), line)).toBe(true);
      expect(isReply(open(1, "h", 80), line)).toBe(false);
    }
    expect(said('+CAURC:"buffer full"')).toBe(true);
  });

  test("states: each id once, and nothing made of a line that has none", () => {
    expect(read(readStates, "+CASTATE: 0,1", "+CASTATE:12, 0", "+CASTATE:", "+CASTATE: 13,1", "+CASTATE: ,1")).toEqual([
      { cid: 0, state: 1 },
      { cid: 12, state: 0 },
    ]);
  });
});
