// Oracle: the tables of temperatures and register maps of TI's datasheets, TMP102 (SBOS397, tables 5 and 6) and TMP117 (SNOSD82,
// 7-1).

import { describe, expect, test } from "@jest/globals";
import { makeBoard } from "../../../host-sim/board/board.js";
import { Tmp102 } from "../../../host-sim/board/tmp102.js";
import { Tmp117 } from "../../../host-sim/board/tmp117.js";

function desk() {
  const time = { ms: 0 };
  const board = makeBoard({ parts: { tmp102: new Tmp102(), tmp117: new Tmp117(0x49) }, now: () => time.ms });
  const open = (address: number) => new board.device.io.SMBus({ ...board.device.I2C.default, address, hz: 400_000 });
  return { board, time, tmp102: open(0x48), tmp117: open(0x49) };
}

describe("a TMP102", () => {
  test.each([
    [128, 0x7ff],
    [127.9375, 0x7ff],
    [100, 0x640],
    [80, 0x500],
    [75, 0x4b0],
    [50, 0x320],
    [25, 0x190],
    [0.25, 0x004],
    [0, 0x000],
    [-0.25, 0xffc],
    [-25, 0xe70],
    [-55, 0xc90],
  ])("%d °C reads as the datasheet's 12 bits", (temperature, code) => {
    const { board, time, tmp102 } = desk();
    board.tmp102.temperature = temperature;
    time.ms = 26;
    expect(tmp102.readUint16(0, true)).toBe(code << 4);
  });

  test.each([
    [150, 0x0960],
    [128, 0x0800],
    [127.9375, 0x07ff],
    [25, 0x0190],
    [-0.25, 0x1ffc],
    [-55, 0x1c90],
  ])("%d °C in extended mode reads as the datasheet's 13 bits, and D0 says so", (temperature, code) => {
    const { board, time, tmp102 } = desk();
    board.tmp102.temperature = temperature;
    tmp102.writeUint16(1, 0x60b0, true);
    time.ms = 26;
    expect(tmp102.readUint16(0, true)).toBe((code << 3) | 1);
  });

  test("reads 0 °C until its first conversion is over", () => {
    const { time, tmp102 } = desk();
    time.ms = 25;
    expect(tmp102.readUint16(0, true)).toBe(0);
    time.ms = 26;
    expect(tmp102.readUint16(0, true)).toBe(21 * 256);
  });

  test("begins with the datasheet's configuration and limits", () => {
    const { tmp102 } = desk();
    expect([1, 2, 3].map((register) => tmp102.readUint16(register, true))).toEqual([0x60a0, 0x4b00, 0x5000]);
  });

  test("keeps its value in shutdown until a single conversion is asked for, and tells when that is over", () => {
    const { board, time, tmp102 } = desk();
    time.ms = 100;
    tmp102.writeUint16(1, 0x61a0, true);
    board.tmp102.temperature = 30;
    time.ms = 1000;
    expect(tmp102.readUint16(0, true)).toBe(21 * 256);
    tmp102.writeUint16(1, 0xe1a0, true);
    expect(tmp102.readUint16(1, true) & 0x8000).toBe(0);
    time.ms = 1026;
    expect(tmp102.readUint16(1, true) & 0x8000).toBe(0x8000);
    expect(tmp102.readUint16(0, true)).toBe(30 * 256);
  });

  test("raises its alert from T(HIGH) on until below T(LOW)", () => {
    const { board, time, tmp102 } = desk();
    time.ms = 100;
    const alert = (temperature: number) => {
      board.tmp102.temperature = temperature;
      return (tmp102.readUint16(1, true) & 0x20) === 0;
    };
    expect([79, 80, 76, 75, 74.9, 79].map(alert)).toEqual([false, true, true, true, false, false]);
  });

  test("a write of one byte changes the high half alone", () => {
    const { tmp102 } = desk();
    tmp102.writeUint8(2, 0x12);
    expect(tmp102.readUint16(2, true)).toBe(0x1200);
    tmp102.writeUint16(2, 0x3456, true);
    tmp102.writeUint8(2, 0x12);
    expect(tmp102.readUint16(2, true)).toBe(0x1256);
  });
});

describe("a TMP117", () => {
  test.each([
    [-25, 0xf380],
    [-0.125, 0xfff0],
    [-0.0078125, 0xffff],
    [0, 0x0000],
    [0.0078125, 0x0001],
    [0.125, 0x0010],
    [1, 0x0080],
    [25, 0x0c80],
    [100, 0x3200],
  ])("%d °C reads as the datasheet has it", (temperature, code) => {
    const { board, time, tmp117 } = desk();
    board.tmp117.temperature = temperature;
    time.ms = 200;
    expect(tmp117.readUint16(0, true)).toBe(code);
  });

  test("reads -256 °C until its first conversion is over, also after a reset", () => {
    const { time, tmp117 } = desk();
    time.ms = 123;
    expect(tmp117.readUint16(0, true)).toBe(0x8000);
    time.ms = 124;
    expect(tmp117.readUint16(0, true)).toBe(21 * 128);
    tmp117.writeUint16(1, 0x0222, true);
    expect(tmp117.readUint16(0, true)).toBe(0x8000);
  });

  test("tells its id, and once of each result that it is ready", () => {
    const { time, tmp117 } = desk();
    expect(tmp117.readUint16(15, true)).toBe(0x0117);
    expect(tmp117.readUint16(1, true)).toBe(0x0220);
    time.ms = 124;
    expect(tmp117.readUint16(1, true)).toBe(0x2220);
    expect(tmp117.readUint16(1, true)).toBe(0x0220);
    time.ms = 1124;
    expect(tmp117.readUint16(1, true)).toBe(0x2220);
  });

  test("one shot measures once and falls back into shutdown", () => {
    const { board, time, tmp117 } = desk();
    time.ms = 200;
    tmp117.writeUint16(1, 0x0620, true);
    board.tmp117.temperature = 30;
    time.ms = 5000;
    expect(tmp117.readUint16(0, true)).not.toBe(30 * 128);
    tmp117.writeUint16(1, 0x0e20, true);
    time.ms = 5124;
    expect(tmp117.readUint16(0, true)).toBe(30 * 128);
    expect(tmp117.readUint16(1, true) & 0x0c00).toBe(0x0400);
  });

  test("has flags for its limits, cleared by reading, and an offset that is added", () => {
    const { board, time, tmp117 } = desk();
    tmp117.writeUint16(2, 30 * 128, true);
    tmp117.writeUint16(3, 10 * 128, true);
    board.tmp117.temperature = 31;
    time.ms = 200;
    expect(tmp117.readUint16(1, true) & 0xc000).toBe(0x8000);
    board.tmp117.temperature = 9;
    time.ms = 1200;
    expect(tmp117.readUint16(1, true) & 0xc000).toBe(0x4000);
    tmp117.writeUint16(7, 128, true);
    expect(tmp117.readUint16(0, true)).toBe(10 * 128);
  });
});
