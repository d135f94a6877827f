// Oracle: AXP2101 datasheet V1.4 and XPowersLib's codes.

import { describe, expect, test } from "@jest/globals";
import {
  AXP2101_ADDRESS,
  Axp2101,
  CHIP_ID,
  dc3Millivolts,
  pmuFeeding,
  type Rail,
} from "../../../host-sim/board/axp2101.js";
import { makeBoard } from "../../../host-sim/board/board.js";
import { Desk } from "../modem/desk.js";

/** The chip's port on a board's bus. */
function portOf(pmu: Axp2101) {
  const { device } = makeBoard({ parts: { pmu } });
  return new device.io.SMBus({ ...device.I2C.default, address: AXP2101_ADDRESS, hz: 100_000 });
}

/** The board's minimal start sequence. */
function enableModem(chip: Axp2101): void {
  const pmu = portOf(chip);
  pmu.writeUint8(0x84, 0x66);
  pmu.writeUint8(0x80, pmu.readUint8(0x80) | 0x04);
  pmu.writeUint8(0x96, 0x1c);
  pmu.writeUint8(0x97, 0x1c);
  pmu.writeUint8(0x90, pmu.readUint8(0x90) | 0x30);
  pmu.writeUint8(0x50, (pmu.readUint8(0x50) & 0xf0) | 0x10);
  pmu.writeUint8(0x30, pmu.readUint8(0x30) & ~0x02);
}

describe("the AXP2101", () => {
  test("tells its chip id, which cannot be written", () => {
    const pmu = portOf(new Axp2101());
    pmu.writeUint8(0x03, 0);
    expect(pmu.readUint8(0x03)).toBe(CHIP_ID);
  });

  test("DC3 codes give the library's voltages", () => {
    expect([0, 70, 71, 87, 88, 102, 106, 107].map(dc3Millivolts)).toEqual([
      500,
      1200,
      1220,
      1540,
      1600,
      3000,
      3400,
      undefined,
    ]);
  });

  test("comes up with the chip's rail on and the modem's off", () => {
    const pmu = new Axp2101();
    expect(pmu.millivolts("DC1")).toBe(3300);
    expect(pmu.modemSupplied).toBe(false);
    expect(pmu.uartConnected).toBe(false);
    expect(pmu.charges).toBe(false);
  });

  test("the board's start sequence brings up modem, level shifter and charging, and leaves DC1 alone", () => {
    const changes: [Rail, number][] = [];
    const pmu = new Axp2101((rail, millivolts) => changes.push([rail, millivolts]));
    changes.length = 0;
    enableModem(pmu);
    expect(changes).toEqual([
      ["DC3", 3000],
      ["BLDO1", 3300],
      ["BLDO2", 3300],
    ]);
    expect([pmu.modemSupplied, pmu.uartConnected, pmu.charges]).toEqual([true, true, true]);
    expect(pmu.millivolts("DC1")).toBe(3300);
  });

  test("a DC3 voltage that the modem cannot run on supplies nothing", () => {
    const levels: number[] = [];
    const pmu = portOf(pmuFeeding((level) => levels.push(level)));
    pmu.writeUint8(0x80, 0x05);
    expect(levels).toEqual([0]);
    pmu.writeUint8(0x84, 0x66);
    pmu.writeUint8(0x84, 0x58);
    expect(levels).toEqual([0, 1, 0]);
  });

  test("a soft power-off takes every rail", () => {
    const pmu = new Axp2101();
    enableModem(pmu);
    portOf(pmu).writeUint8(0x10, 1);
    for (const rail of ["DC1", "DC3", "BLDO1", "BLDO2"] as const) expect(pmu.millivolts(rail)).toBe(0);
  });

  test("the modem lives by its rail: off for 200 ms it is cold, and back it waits for PWRKEY", () => {
    const desk = new Desk({ poweredOn: false });
    const pmu = pmuFeeding((level) => desk.do(desk.modem.supply(level, desk.now)));
    desk.press(1200);
    expect(desk.modem.powerState).toBe("unsupplied");
    enableModem(pmu);
    desk.press(1200);
    expect(desk.modem.powerState).toBe("running");
    const port = portOf(pmu);
    enableModem(pmu);
    port.writeUint8(0x80, port.readUint8(0x80) & ~0x04);
    desk.pass(200);
    expect(desk.modem.powerState).toBe("unsupplied");
    port.writeUint8(0x80, port.readUint8(0x80) | 0x04);
    expect(desk.modem.powerState).toBe("off");
    pmu.powerOn();
    expect(desk.modem.powerState).toBe("unsupplied");
  });
});
