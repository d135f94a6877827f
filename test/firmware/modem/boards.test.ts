// Oracle: the simulated AXP2101, whose registers and codes are the datasheet's.

import { describe, expect, test } from "@jest/globals";
import { AXP2101_ADDRESS, AXP2101_HZ, axp2101Supply } from "../../../firmware/modem/axp2101.js";
import { BOARDS, type Board, keyOver } from "../../../firmware/modem/boards.js";
import { Axp2101 } from "../../../host-sim/board/axp2101.js";
import { makeBoard } from "../../../host-sim/board/board.js";

describe("the table of boards", () => {
  const boards: [string, Board][] = Object.entries(BOARDS);

  test.each(boards)("%s: pins differ, and its pulses are within the hardware design's limits", (_, board) => {
    const pins = [
      board.uart.tx,
      board.uart.rx,
      ...(board.powerKey ? [board.powerKey.pin] : []),
      board.i2c.data,
      board.i2c.clock,
      ...Object.values(board.pins),
    ];
    expect(new Set(pins).size).toBe(pins.length);
    expect(pins.every((pin) => pin >= 0 && pin <= 48)).toBe(true);
    if (!board.powerKey) return;
    expect(board.powerKey.onMs).toBeGreaterThan(1000);
    expect(board.powerKey.offMs).toBeGreaterThan(1200);
    expect(Math.max(board.powerKey.onMs, board.powerKey.offMs)).toBeLessThan(12_000);
  });

  test("names the boards that are supported", () => {
    expect(Object.keys(BOARDS)).toEqual([
      "lilygo-t-sim7080g-s3",
      "lilygo-t-sim7080g-s3-standard",
      "m5stack-unit-catm",
      "esp32-breakout",
      "esp32c3-breakout",
    ]);
  });
});

test.each([
  [1, [0, 1, 0]],
  [0, [1, 0, 1]],
] as const)("a key that is pressed by level %d is released at first, whatever level that is", (pressed, levels) => {
  const seen: number[] = [];
  const key = keyOver({ write: (level) => seen.push(level) }, { pressed });
  key.write(1);
  key.write(0);
  expect(seen).toEqual(levels);
});

/** The LilyGO with its power chip, and a supply that switches it. */
function withPmu(pmu = new Axp2101()) {
  const board = makeBoard({ row: BOARDS["lilygo-t-sim7080g-s3"], parts: { pmu } });
  const { device } = board;
  const open = () => new device.io.SMBus({ ...device.I2C.default, address: AXP2101_ADDRESS, hz: AXP2101_HZ });
  return { board, pmu, open, supply: axp2101Supply(open) };
}

describe("the AXP2101", () => {
  test("feeds the modem 3.0 V, the level shifter and the antenna 3.3 V, and lets the battery charge", () => {
    const { pmu, supply } = withPmu();
    expect(pmu.modemSupplied).toBe(false);
    supply.on();
    expect(pmu.millivolts("DC3")).toBe(3000);
    expect(pmu.millivolts("BLDO1")).toBe(3300);
    expect(pmu.millivolts("BLDO2")).toBe(3300);
    expect(pmu.charges).toBe(true);
  });

  test("never has the chip's own rail off, nor the modem's on at a wrong voltage", () => {
    const seen: string[] = [];
    const { supply } = withPmu(new Axp2101((rail, millivolts) => seen.push(`${rail} ${millivolts}`)));
    supply.on();
    supply.off();
    supply.on();
    expect(seen.filter((change) => change.startsWith("DC1"))).toEqual(["DC1 3300"]);
    expect(seen.filter((change) => change.startsWith("DC3"))).toEqual(["DC3 0", "DC3 3000", "DC3 0", "DC3 3000"]);
  });

  test("off takes the modem's rail alone: the level shifter stays on", () => {
    const { pmu, supply } = withPmu();
    supply.on();
    supply.off();
    expect(pmu.modemSupplied).toBe(false);
    expect(pmu.uartConnected).toBe(true);
  });

  test("switched on twice it is written to once", () => {
    const { pmu, supply } = withPmu();
    supply.on();
    const writes = pmu.writes.length;
    supply.on();
    expect(pmu.writes.length).toBe(writes);
  });

  test("bits of other rails and functions are kept", () => {
    const { open, supply, board } = withPmu();
    const registers = [0x80, 0x84, 0x90, 0x96, 0x97, 0x50, 0x30];
    const before = open();
    for (const register of registers) before.writeUint8(register, before.readUint8(register) | 0x80);
    before.close();
    supply.on();
    board.restart();
    const after = open();
    for (const register of registers) expect(after.readUint8(register) & 0x80).toBe(0x80);
  });

  test("is known by its id before a register is written", () => {
    const { pmu, supply } = withPmu();
    pmu.fault = "lies";
    expect(() => supply.on()).toThrow(expect.objectContaining({ code: "modem-supply" }));
    expect(pmu.writes).toEqual([]);
  });

  test.each(["absent", "hangs"] as const)("a chip that %s is a failure of the supply, for both switches", (fault) => {
    const { pmu, supply } = withPmu();
    pmu.fault = fault;
    const failure = expect.objectContaining({ code: "modem-supply", advice: "back-off" });
    expect(() => supply.on()).toThrow(failure);
    expect(() => supply.off()).toThrow(failure);
    pmu.fault = "none";
    supply.on();
    expect(pmu.modemSupplied).toBe(true);
  });

  test("an address that somebody else has open is such a failure too, until it is free", () => {
    const { pmu, open, supply } = withPmu();
    const other = open();
    expect(() => supply.on()).toThrow(expect.objectContaining({ code: "modem-supply" }));
    other.close();
    supply.on();
    expect(pmu.modemSupplied).toBe(true);
  });

  test("a supply that is made twice opens the chip once: the second try to compose a device finds it free", () => {
    const { open, supply, pmu } = withPmu();
    axp2101Supply(open);
    supply.on();
    expect(pmu.modemSupplied).toBe(true);
  });
});
