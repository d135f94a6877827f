// Oracle: lines from logs of real modules and the manual's examples (facts on the SIM7080), and the 3GPP coding tables.

import { describe, expect, test } from "@jest/globals";
import { cmeAdvice, cmeNumber } from "../../../../firmware/modem/at/cme.js";
import { type Command, fields, isReply } from "../../../../firmware/modem/at/command.js";
import {
  isBadFirmware,
  readFirmware,
  readIccid,
  readImei,
  readModel,
  readPinState,
} from "../../../../firmware/modem/sim7080/commands/identity.js";
import {
  readBands,
  readContext,
  readPdp,
  readRegistration,
} from "../../../../firmware/modem/sim7080/commands/network.js";
import { readCell, readStrength } from "../../../../firmware/modem/sim7080/commands/signal.js";
import {
  encodeActive,
  encodeCycle,
  encodePeriod,
  readEdrx,
  readGrantedPsm,
  readPsm,
} from "../../../../firmware/modem/sim7080/commands/sleep.js";
import { readAcknowledged, readStates, receive } from "../../../../firmware/modem/sim7080/commands/socket.js";
import { parseClock, readClock } from "../../../../firmware/modem/sim7080/commands/time.js";
import { openError } from "../../../../firmware/modem/sim7080/socket-error.js";
import { isApn, isHost, isPin } from "../../../../firmware/settings/rules.js";
import { activeSeconds, EDRX_CYCLES_S, tauSeconds } from "../../../../host-sim/modem/psm-timers.js";
import { said } from "./said.js";

/** What a command makes of reply lines, those that are no reply of it left out. */
function parse<T>(command: Command<T>, ...lines: string[]): T {
  return command.parse({ lines: lines.filter((line) => isReply(command, line)), body: undefined });
}

test("fields: quotes keep commas together, blanks and quotes come off, empty ones count", () => {
  expect(fields('1,"IP","a,b", 7 ,,')).toEqual(["1", "IP", "a,b", "7", "", ""]);
  expect(fields("")).toEqual([""]);
});

describe("identity", () => {
  test.each([
    "8988280666000000015",
    "89882806660000000158",
    "8988280666000000015F",
    "+CCID: 8988280666000000015",
    '+ICCID: "8988280666000000015f"',
  ])("the ICCID in the form %s", (line) => {
    expect(parse(readIccid, line)).toMatch(/^89882806660000000158?$/);
  });

  test("a line that is no ICCID is malformed", () => {
    for (const line of ["", "12345", "ERROR-ish", "869016040000001"])
      expect(() => parse(readIccid, line)).toThrow("AT+CCID");
  });

  test("IMEI, model and firmware", () => {
    expect(parse(readImei, "869016040000001")).toBe("869016040000001");
    expect(parse(readModel, "SIMCOM_SIM7080G")).toBe("SIMCOM_SIM7080G");
    expect(parse(readModel, "SIMCOM_SIM7080")).toBe("SIMCOM_SIM7080");
    expect(parse(readFirmware, "Revision:1951B16SIM7080")).toBe("1951B16SIM7080");
    expect(parse(readFirmware, "Revision: 2117B02SIM7080")).toBe("2117B02SIM7080");
  });

  test("builds before B08 of the 1951 baseline are known to be bad", () => {
    expect(["1951B03SIM7080", "1951B05SIM7080"].every(isBadFirmware)).toBe(true);
    expect(["1951B08SIM7080", "1951B17SIM7080", "2117B01SIM7080", "what"].some(isBadFirmware)).toBe(false);
  });

  test("states of the SIM", () => {
    expect(parse(readPinState, "+CPIN: SIM PIN")).toBe("SIM PIN");
    expect(said("+CPIN: PH_SIM PIN")).toBe("PH_SIM PIN");
    expect(said("+CPIN: PH-SIM PIN")).toBe("PH-SIM PIN");
    expect(said("+CPIN: NOT INSERTED")).toBe("NOT INSERTED");
    expect(said("+CPIN: SIM PUK2")).toBe("SIM PUK2");
    expect(said("+CFUN: 1")).toBeUndefined();
  });

  test("a state with a byte turned over is malformed, and no reason to give up", () => {
    expect(() => parse(readPinState, "+CPIN: REQDY")).toThrow(
      expect.objectContaining({ code: "at-malformed", advice: "retry" }),
    );
  });

  test("a PIN has 4 to 8 digits", () => {
    expect(["0000", "12345678"].every(isPin)).toBe(true);
    expect(["", "123", "123456789", "12a4", '1234"'].some(isPin)).toBe(false);
  });
});

describe("network", () => {
  test("registration as reply and as URC differ by the number of fields", () => {
    expect(parse(readRegistration, "+CEREG: 0,5")).toBe(5);
    expect(parse(readRegistration, '+CEREG: 2,5,"AAB4","832AC1",7')).toBe(5);
    expect(parse(readRegistration, '+CEREG: 4,1,"5B57","195071B",9,,,"00000000","01100000"')).toBe(1);
    expect(isReply(readRegistration, "+CEREG: 5")).toBe(false);
    expect(said("+CEREG: 5")).toBe(5);
    expect(said('+CEREG: 1,"5B57","195071B",9,,,"00000001","01011111"')).toBe(1);
    expect(said("+CEREG: 0,5")).toBeUndefined();
  });

  test("PDP context 1 among others", () => {
    expect(parse(readContext, '+CGDCONT: 2,"IPV4V6","x"', '+CGDCONT: 1,"IP","iot.1nce.net","0.0.0.0",0,0,0,0')).toEqual(
      {
        type: "IP",
        apn: "iot.1nce.net",
      },
    );
    expect(parse(readContext)).toBeUndefined();
  });

  test("the state of context 0, with or without an IPv6 address", () => {
    expect(parse(readPdp, '+CNACT: 0,1,"10.94.36.44"', '+CNACT: 1,0,"0.0.0.0"')).toBe(1);
    expect(parse(readPdp, '+CNACT: 0,2,"0.0.0.0","::"')).toBe(2);
    expect(() => parse(readPdp, '+CNACT: 1,0,"0.0.0.0"')).toThrow("CNACT");
  });

  test("PDP URCs of this and of older firmware", () => {
    expect(said("+APP PDP: 0,ACTIVE")).toBe("active");
    expect(said("+APP PDP: 0,DEACTIVE")).toBe("deactive");
    expect(said("+APP PDP: DEACTIVE")).toBe("deactive");
    expect(said("+PDP: DEACT")).toBe("deactive");
    expect(said("+APP PDP: 1,ACTIVE")).toBeUndefined();
  });

  test("bands by technology", () => {
    expect(parse(readBands, '+CBANDCFG: "CAT-M",3,8,20', '+CBANDCFG: "NB-IOT",8')).toEqual(
      new Map([
        ["CAT-M", [3, 8, 20]],
        ["NB-IOT", [8]],
      ]),
    );
  });

  test("an APN is labels, so that nothing can end the command early", () => {
    expect(["iot.1nce.net", "a", "em-1"].every(isApn)).toBe(true);
    expect(["", ".", "a..b", 'x"', "a\r", "a;b", "a".repeat(101)].some(isApn)).toBe(false);
  });
});

describe("signal", () => {
  test.each([
    [0, -115],
    [1, -111],
    [2, -110],
    [20, -74],
    [30, -54],
    [31, -52],
    [99, undefined],
  ])("CSQ %d is %s dBm", (rssi, dbm) => {
    expect(parse(readStrength, `+CSQ: ${rssi},99`)).toEqual({ rssiDbm: dbm });
  });

  test("a cell of LTE-M from a log in Germany", () => {
    const line = "+CPSI: LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7";
    expect(parse(readCell, line).cell).toEqual({
      rat: "LTE-M",
      plmn: "262-02",
      band: "B20",
      cellId: 8596225,
      rsrqDb: -16,
      rsrpDbm: -103,
      sinrDb: -6,
    });
  });

  test("a cell of NB-IoT from the manual", () => {
    const line = "+CPSI: LTE NB-IOT,Online,460-11,0x5AE1,187212754,82,EUTRAN-BAND5,2506,0,0,-7,-115,-110,13";
    expect(parse(readCell, line).cell).toMatchObject({ rat: "NB-IoT", plmn: "460-11", band: "B5", sinrDb: 6 });
  });

  test.each([
    "NO SERVICE,Online",
    "LTE CAT-M1,Online,262-02",
    "LTE CAT-M1,Online,x,0xAAB4,z,1,B,1,3,3,a,b,c,d",
    "",
    ",,,,,,,,,,,,,",
    // Garbled on the line: no number at all, or one that no cell has.
    "LTE CAT-M1,Online,262-02,0xAAB4,,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7",
    "LTE CAT-M1,Online,262-02,0xAAB4,0x10,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7",
    "LTE CAT-M1,Online,262-02,0xAAB4,268435456,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7",
    "LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-461,-74,7",
    "LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,103,-74,7",
    "LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-160,-103,-74,7",
    "LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7e9",
  ])("no cell in `%s`", (rest) => {
    expect(parse(readCell, `+CPSI: ${rest}`)).toEqual({ cell: undefined });
  });
});

describe("time", () => {
  test("quarter-hour zones, east and west", () => {
    expect(parseClock("26/01/01,02:00:13+08")).toBe(Date.UTC(2026, 0, 1, 0, 0, 13));
    expect(parseClock('"26/01/01,00:00:00-14"')).toBe(Date.UTC(2026, 0, 1, 3, 30, 0));
    expect(parseClock("2026/01/01,00:00:00+23")).toBe(Date.UTC(2025, 11, 31, 18, 15, 0));
    expect(parseClock("26/01/01,00:00:00")).toBe(Date.UTC(2026, 0, 1));
  });

  test("the never-set clock and nonsense are no time", () => {
    for (const text of [
      "80/01/06,00:00:12+00",
      "70/01/01,00:00:00+00",
      "26/13/01,00:00:00+00",
      "26/01/01,24:00:00+00",
      "26/01/01",
      "",
      "26/01/01,00:00:00+99",
    ]) {
      expect(parseClock(text)).toBeUndefined();
    }
    expect(parse(readClock, '+CCLK: "80/01/06,00:00:12+00"')).toEqual({ wallMs: undefined });
  });

  test("results of NTP", () => {
    expect(said('+CNTP: 1,"2026/01/01,00:00:05"')).toEqual({ code: 1, wallMs: Date.UTC(2026, 0, 1, 0, 0, 5) });
    expect(said("+CNTP: 61")).toEqual({ code: 61, wallMs: undefined });
    expect(said("+CNTPCID: 0")).toBeUndefined();
  });
});

describe("sockets", () => {
  test("URCs", () => {
    expect(said("+CADATAIND: 3")).toBe(3);
    expect(said("+CASTATE: 12,0")).toBe(12);
    expect(said("+CASTATE: 12,1")).toBeUndefined();
    expect(said("+CACLOSE: 1")).toBe(1);
    expect(said("+CAOPEN: 0,27")).toEqual({ cid: 0, result: 27 });
    expect(said('+CAURC: "buffer full"')).toBe(true);
    expect(said("+CADATAIND: x")).toBeUndefined();
  });

  test("both empty forms of CARECV are no bytes, and anything else is malformed", () => {
    expect(parse(receive(0, 100), "+CARECV: 0")).toBeUndefined();
    expect(parse(receive(0, 100))).toBeUndefined();
    expect(() => parse(receive(0, 100), "+CARECV: 5")).toThrow("CARECV");
  });

  test("acknowledgements, open results and states", () => {
    expect(parse(readAcknowledged(0), "+CAACK: 16068,8760")).toEqual({ sent: 16068, unacked: 8760 });
    expect(said("+CAOPEN: 0,2")).toEqual({ cid: 0, result: 2 });
    expect(parse(readStates, "+CASTATE: 0,1", "+CASTATE: 12,0", "+CASTATE: 99,0", "+CASTATE: x")).toEqual([
      { cid: 0, state: 1 },
      { cid: 12, state: 0 },
    ]);
  });

  test("every result of CAOPEN is a typed error with advice, unknown ones too", () => {
    const results = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 18, 20, 21, 23, 24, 25, 26, 27, 99];
    const errors = results.map((result) => openError(result, "h", 1));
    expect(
      errors.every(({ code, message, result }) => code.startsWith("socket-") && message.includes(`CAOPEN ${result}`)),
    ).toBe(true);
    expect(Object.fromEntries(errors.map(({ result, code, advice }) => [result, `${code} ${advice}`]))).toMatchObject({
      2: "socket-memory back-off",
      4: "socket-parameter give-up",
      9: "socket-state retry",
      10: "socket-state reset-modem",
      20: "socket-dns back-off",
      21: "socket-link reset-modem",
      23: "socket-refused back-off",
      27: "socket-connect back-off",
      99: "socket-error back-off",
    });
  });

  test("a host name is labels or an address that fits CAOPEN, so that nothing can end the command early", () => {
    expect(["a", "a1b2-ats.iot.eu-central-1.amazonaws.com", "127.0.0.1", "a".repeat(63)].every(isHost)).toBe(true);
    const bad = [
      "",
      ".",
      "a.",
      "a..b",
      "-a",
      "a-",
      'a",1',
      "a b",
      "a\r\nAT",
      "ü",
      "a;b",
      `${"a".repeat(63)}.b`,
      "a".repeat(65),
      "[::1]",
    ];
    expect(bad.filter(isHost)).toEqual([]);
  });
});

describe("power saving", () => {
  test("timers of the facts", () => {
    expect(encodePeriod(70 * 3600)).toBe("01000111");
    expect(encodeActive(4 * 60)).toBe("00100100");
    // A T3324 of 0 could not be told from a network that grants no PSM.
    expect(encodeActive(0)).toBe("00000001");
  });

  test("a timer asked for is never shorter than wanted, and less than one unit longer", () => {
    for (const seconds of [2, 61, 62, 63, 600, 1860, 1861, 3600, 86_400, 1_116_000, 35_712_000]) {
      const told = tauSeconds(encodePeriod(seconds))!;
      expect(told).toBeGreaterThanOrEqual(seconds);
      expect(told - seconds).toBeLessThan(Math.max(2, seconds));
    }
    for (const seconds of [0, 1, 2, 62, 63, 1860, 1861, 11_160]) {
      expect(activeSeconds(encodeActive(seconds))!).toBeGreaterThanOrEqual(seconds);
    }
  });

  test("the eDRX cycle asked for is the shortest that is not below the one wanted", () => {
    for (const [i, cycle] of EDRX_CYCLES_S.entries()) {
      expect(Number.parseInt(encodeCycle(cycle), 2)).toBe(i);
    }
    expect(encodeCycle(0)).toBe("0000");
    expect(encodeCycle(21)).toBe("0011");
    expect(encodeCycle(1e9)).toBe("1111");
  });

  test("what is saved", () => {
    expect(parse(readPsm, '+CPSMS: 1,,,"01000111","00100100"')).toEqual({
      request: { period: "01000111", active: "00100100" },
    });
    expect(parse(readPsm, '+CPSMS: 0,,,"01000111","00100100"')).toEqual({ request: undefined });
    expect([...parse(readEdrx, '+CEDRXS: 4,"0010"', '+CEDRXS: 1,5,"1001"')]).toEqual([
      [4, "0010"],
      [5, "1001"],
    ]);
  });

  test("what was granted; a T3324 of 0 is no PSM", () => {
    expect(parse(readGrantedPsm, "+CPSMRDP: 1,20,3600,20,3600,3240")).toEqual({ psm: { activeS: 20, periodS: 3600 } });
    expect(parse(readGrantedPsm, "+CPSMRDP: 1,20,3600,0,0,3240")).toEqual({ psm: undefined });
    expect(parse(readGrantedPsm, "+CPSMRDP: 0,0,0,0,0,0")).toEqual({ psm: undefined });
    expect(parse(readGrantedPsm, "+CPSMRDP: 1,20,3600,0,0,40003600")).toEqual({ psm: undefined });
    expect(parse(readGrantedPsm, "+CPSMRDP: 1,20,3600,11161,3600,0")).toEqual({ psm: undefined });
    expect(parse(readGrantedPsm, "+CPSMRDP: 1,20,3600,20,1e300,3240")).toEqual({ psm: { activeS: 20, periodS: 3240 } });
  });

  test("the URC of falling asleep", () => {
    expect(said('+CPSMSTATUS: "ENTER PSM"')).toBe(true);
    expect(said('+CPSMSTATUS: "EXIT PSM"')).toBeUndefined();
  });
});

test("error numbers and texts", () => {
  expect(cmeNumber("10")).toBe(10);
  expect(cmeNumber("sim NOT inserted")).toBe(10);
  expect(cmeNumber("never heard of")).toBeUndefined();
  expect(cmeAdvice(14)).toBe("retry");
  expect(cmeAdvice(undefined)).toBe("back-off");
});
