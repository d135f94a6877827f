// The bus as Moddable's I2C and SMBus classes for the ESP32 show it (SDK 8.2.3, modules/io/i2c), and what goes wrong on it.

import { describe, expect, test } from "@jest/globals";
import { AXP2101_ADDRESS, axp2101Supply } from "../../../firmware/modem/axp2101.js";
import { BOARDS } from "../../../firmware/modem/boards.js";
import { Axp2101 } from "../../../host-sim/board/axp2101.js";
import { makeBoard, standardParts } from "../../../host-sim/board/board.js";
import { Sht3x } from "../../../host-sim/board/sht3x.js";
import { Tmp102 } from "../../../host-sim/board/tmp102.js";
import { rawPortOn, ShtDriver } from "./drivers.js";

const desk = () => {
  const board = makeBoard({ parts: standardParts() });
  const { device } = board;
  const open = (address: number, more: object = {}) =>
    new device.io.SMBus({ ...device.I2C.default, address, hz: 100_000, ...more });
  return { board, device, open };
};

describe("an I2C port", () => {
  test.each([
    [{ address: 128 }, "invalid address"],
    [{ address: undefined }, "address required"],
    [{ hz: 0 }, "invalid hz"],
    [{ hz: undefined }, "invalid hz"],
    [{ data: undefined }, "data required"],
    [{ clock: undefined }, "clock required"],
    [{ data: 5 }, "the board's bus is on data 21, clock 22"],
    [{ timeout: -1 }, "invalid timeout"],
  ])("refuses %j", (more, message) => {
    const { open } = desk();
    expect(() => open(0x48, more)).toThrow(new RangeError(message));
  });

  test("has an address to itself until it is closed", () => {
    const { open } = desk();
    const first = open(0x48);
    expect(() => open(0x48)).toThrow(RangeError);
    open(0x49);
    first.close();
    first.close();
    expect(() => first.readUint8(0)).toThrow(TypeError);
    expect(open(0x48).readUint16(1, true)).toBe(0x60a0);
  });

  test("says of nobody at an address that the transfer failed; a write of nothing asks", () => {
    const { open } = desk();
    const nobody = open(0x20);
    expect(nobody.write(new ArrayBuffer(0))).toBe(1);
    expect(open(0x48).write(new ArrayBuffer(0))).toBeUndefined();
    expect(() => nobody.write(Uint8Array.of(1))).toThrow("write failed");
    expect(() => nobody.read(1)).toThrow("read failed");
    expect(() => nobody.readUint8(1)).toThrow("writeRead failed");
  });

  test("moves bytes, words of either order, and buffers of the caller's", () => {
    const { open } = desk();
    const port = open(0x48);
    port.writeUint16(2, 0x1234, true);
    expect(port.readUint16(2)).toBe(0x3412);
    port.writeUint16(2, 0x1234);
    expect(port.readUint16(2, true)).toBe(0x3412);
    port.writeBuffer(3, Uint8Array.of(0x56, 0x78));
    const into = new Uint8Array(2);
    expect(port.readBuffer(3, into)).toBe(2);
    expect([...into]).toEqual([0x56, 0x78]);
    expect(port.read(into.subarray(1))).toBe(1);
    expect([...into]).toEqual([0x56, 0x56]);
    port.sendByte(2);
    expect(port.receiveByte()).toBe(0x34);
    expect(() => {
      port.format = "number";
    }).toThrow(RangeError);
  });
});

describe("a bus", () => {
  test("is shared by the power chip and an app's sensor", () => {
    const pmu = new Axp2101();
    const board = makeBoard({ row: BOARDS["lilygo-t-sim7080g-s3"], parts: { pmu, sht3x: new Sht3x() } });
    const { device } = board;
    const sensor = new ShtDriver(rawPortOn(board));
    const supply = axp2101Supply(
      () => new device.io.SMBus({ ...device.I2C.default, address: AXP2101_ADDRESS, hz: 100_000 }),
    );
    supply.on();
    board.sht3x.temperature = 31;
    expect(sensor.sample().temperature).toBeCloseTo(31, 2);
    supply.off();
    expect(pmu.modemSupplied).toBe(false);
    expect(sensor.sample().temperature).toBeCloseTo(31, 2);
  });

  test("with a line held low reaches nobody, and costs each transfer its time", () => {
    const { board, open } = desk();
    const port = open(0x48, { timeout: 25 });
    board.bus.stuck = true;
    expect(() => port.readUint8(1)).toThrow("writeRead failed");
    expect(board.now()).toBe(25);
    board.bus.stuck = false;
    expect(port.readUint8(1)).toBe(0x60);
  });

  test("takes no two parts at one address, nor one where the bus has its own", () => {
    expect(() => makeBoard({ parts: { one: new Tmp102(), two: new Tmp102() } })).toThrow(
      "two parts at I2C address 0x48",
    );
    expect(() => new Tmp102(0x78)).toThrow(RangeError);
  });
});

describe("a part's fault", () => {
  test("absent: nobody there, and back again", () => {
    const { board, open } = desk();
    const port = open(0x48);
    board.tmp102.fault = "absent";
    expect(port.write(new ArrayBuffer(0))).toBe(1);
    expect(() => port.readUint8(1)).toThrow("writeRead failed");
    board.tmp102.fault = "none";
    expect(port.readUint8(1)).toBe(0x60);
  });

  test("hangs: the transfer ends after its 400 ms, and others are reached", () => {
    const { board, open } = desk();
    board.tmp102.fault = "hangs";
    expect(() => open(0x48).readUint8(1)).toThrow("writeRead failed");
    expect(board.now()).toBe(400);
    expect(open(0x76).readUint8(0xd0)).toBe(0x60);
  });

  test("a clock held longer than the port waits is a failed transfer", () => {
    const board = makeBoard({ parts: { sht3x: new Sht3x() } });
    const { device } = board;
    const port = new device.io.I2C({ ...device.I2C.default, address: 0x44, hz: 100_000, timeout: 10 });
    port.write(Uint8Array.of(0x2c, 0x06));
    expect(() => port.read(6)).toThrow("read failed");
    expect(port.read(6)).toBeInstanceOf(ArrayBuffer);
  });

  test("noise: the same bytes for the same seed, and none of the part's", () => {
    const bytes = (seed: string) => {
      const board = makeBoard({ parts: { tmp102: new Tmp102() }, seed });
      board.tmp102.fault = "noise";
      const { device } = board;
      const port = new device.io.SMBus({ ...device.I2C.default, address: 0x48, hz: 100_000 });
      return [...new Uint8Array(port.readBuffer(1, 16))];
    };
    expect(bytes("a")).toEqual(bytes("a"));
    expect(bytes("a")).not.toEqual(bytes("b"));
  });

  test.each([
    ["tmp102", 0x48, 0, 0x7ff0],
    ["tmp117", 0x49, 0, 0x7fff],
    ["bme280", 0x76, 0xf7, 0xffff],
  ] as const)("lies: %s is at its end and answers as ever", (name, address, register, value) => {
    const { board, open } = desk();
    board[name].fault = "lies";
    expect(open(address).readUint16(register, true)).toBe(value);
  });

  test("that a part cannot have is refused by name", () => {
    const { board } = desk();
    expect(() => {
      board.tmp102.fault = "bad-crc";
    }).toThrow('no fault "bad-crc" here; known: none, absent, hangs, noise, lies');
  });
});
