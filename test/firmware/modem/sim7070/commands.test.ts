import { describe, expect, test } from "@jest/globals";
import { urcOf } from "../../../../firmware/modem/at/urc.js";
import { ALL_URCS } from "../../../../firmware/modem/models.js";
import { GPRS_REGISTRATION, readAnyCell } from "../../../../firmware/modem/sim7070/commands.js";
import { readRegistration } from "../../../../firmware/modem/sim7080/commands/network.js";

const { read } = GPRS_REGISTRATION;
const cell = (line: string) => readAnyCell.parse({ lines: [line], body: undefined }).cell;

describe("the serving cell", () => {
  // From a log of a SIM7000C, and from those of other modems of the maker, which write the line alike.
  test.each([
    ["+CPSI: GSM,Online,502-12,0x1054,62168,512 DCS 1800,-71,0,32-32", "502-12", "DCS 1800", 62168],
    ["+CPSI: GSM,Online,262-01,0x011f,14822,4 EGSM 900,-67,0,40-40", "262-01", "EGSM 900", 14822],
    ["+CPSI: GSM,Online,230-02,0x0726,4285,69", "230-02", "", 4285],
  ])("of 2G: %s", (line, plmn, band, cellId) => {
    expect(cell(line)).toEqual({ rat: "GSM", plmn, band, cellId });
  });

  test.each([
    "+CPSI: GSM,Online",
    "+CPSI: GSM,Online,502-12,0x1054,70000,512 DCS 1800,-71",
    "+CPSI: GSM,Online,50212,0x1054,62168,512 DCS 1800,-71",
    "+CPSI: NO SERVICE,Online",
  ])("of none: %s", (line) => {
    expect(cell(line)).toBeUndefined();
  });

  test("of LTE, as on the SIM7080", () => {
    const line = "+CPSI: LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7";
    expect(cell(line)).toMatchObject({ rat: "LTE-M", rsrpDbm: -103, sinrDb: -6 });
  });
});

test("registration with 2G is told apart from that with LTE, as a reply and as a URC", () => {
  expect(read.text).toBe("AT+CGREG?");
  expect(read.parse({ lines: ["+CGREG: 1,5"], body: undefined })).toBe(5);
  expect(() => read.parse({ lines: ["+CEREG: 1,5"], body: undefined })).toThrow("CGREG");
  expect(() => readRegistration.parse({ lines: ["+CGREG: 1,5"], body: undefined })).toThrow("CEREG");
  const said = (line: string) => urcOf(ALL_URCS, line)?.parse?.(line);
  expect([said("+CGREG: 5"), said('+CGREG: 1,"00C3","1A2B",0'), said("+CGREG: 1,5")]).toEqual([5, 1, undefined]);
});
