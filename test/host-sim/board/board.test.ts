// Parts by name, values of the world, pins, and what a restart of the chip leaves of it.

import { describe, expect, test } from "@jest/globals";
import { BOARDS } from "../../../firmware/modem/boards.js";
import { makeBoard, standardParts } from "../../../host-sim/board/board.js";
import { Battery, Button, Led } from "../../../host-sim/board/pin-parts.js";
import { Tmp102 } from "../../../host-sim/board/tmp102.js";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function desk() {
  const shown: string[] = [];
  const time = { ms: 0 };
  const board = makeBoard({
    parts: standardParts(),
    now: () => time.ms,
    onShown: (part, name, value) => shown.push(`${part} ${name} ${value}`),
  });
  const { Digital, Analog, PWM } = board.device.io;
  return { board, shown, time, Digital, Analog, PWM, pin: board.device.pin as Record<string, number> };
}

describe("a value of the world", () => {
  test.each([
    ["sht3x", "temperature", -45.1, 130.1],
    ["sht3x", "humidity", -0.1, 100.1],
    ["tmp102", "temperature", -55.1, 150.1],
    ["tmp117", "temperature", -55.1, 150.1],
    ["bme280", "temperature", -40.1, 85.1],
    ["bme280", "humidity", -0.1, 100.1],
    ["bme280", "pressure", 29_999, 110_001],
    ["battery", "millivolts", -1, 5001],
  ] as const)("%s %s is refused out of its range", (part, name, below, above) => {
    const { board } = desk();
    const before = board[part].get(name);
    for (const value of [below, above, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => board.parts[part]!.set(name, value)).toThrow(RangeError);
    expect(board[part].get(name)).toBe(before);
  });

  test("follows a curve over the board's time, and stays within its range", () => {
    const { board, time } = desk();
    board.sht3x.temperature = (ms) => 20 + ms / 1000;
    time.ms = 5000;
    expect(board.sht3x.temperature).toBe(25);
    time.ms = 1e9;
    expect(board.sht3x.temperature).toBe(130);
    board.sht3x.temperature = () => Number.NaN;
    expect(() => board.sht3x.temperature).toThrow("a curve gave no number");
  });

  test("is found by part and name, and by no name of an object's own", () => {
    const { board, shown } = desk();
    board.parts.tmp102!.set("temperature", 31);
    expect(board.tmp102.temperature).toBe(31);
    expect(shown).toEqual(["tmp102 temperature 31"]);
    for (const name of ["constructor", "toString", "humidity"])
      expect(() => board.tmp102.get(name)).toThrow(`there is no ${name} here`);
  });
});

describe("an LED", () => {
  test("is lit by its level, dark when its pin is closed", () => {
    const { board, shown, Digital, pin } = desk();
    const led = new Digital({ pin: pin.led!, mode: Digital.Output });
    led.write(1);
    expect(board.led.lit).toBe(true);
    led.close();
    expect(board.led.lit).toBe(false);
    expect(shown).toEqual(["led brightness 1", "led brightness 0"]);
    expect(() => led.write(1)).toThrow(TypeError);
  });

  test("wired to the supply it is lit by 0, and activeLow turns that", () => {
    const board = makeBoard({ parts: { led: new Led(2, 0) } });
    const { Digital } = board.device.io;
    const led = new Digital({ pin: 2, mode: Digital.Output, activeLow: true, initialValue: 1 });
    expect(board.led.lit).toBe(true);
    led.write(0);
    expect(board.led.lit).toBe(false);
  });

  test("is dimmed by PWM, whose values are checked", () => {
    const { board, PWM, pin } = desk();
    const led = new PWM({ pin: pin.led!, hz: 1000 });
    expect([led.resolution, led.hz, board.led.lit]).toEqual([10, 1000, false]);
    led.write(512);
    expect(board.led.brightness).toBeCloseTo(0.5, 2);
    led.write(1023);
    expect(board.led.brightness).toBe(1);
    for (const value of [-1, 1024, Number.NaN]) expect(() => led.write(value)).toThrow("invalid value");
  });
});

describe("a button", () => {
  test("is low while pressed, and an edge that was asked for is told once the code is through", async () => {
    const { board, Digital, pin } = desk();
    const heard: number[] = [];
    const button = new Digital({
      pin: pin.button!,
      mode: Digital.InputPullUp,
      edge: Digital.Falling,
      onReadable() {
        heard.push(this.read());
      },
    });
    expect(button.read()).toBe(1);
    board.button.pressed = true;
    expect(heard).toEqual([]);
    await settle();
    expect(heard).toEqual([0]);
    board.button.pressed = false;
    await settle();
    expect(heard).toEqual([0]);
    button.close();
    board.button.pressed = true;
    await settle();
    expect(heard).toEqual([0]);
  });

  test("pressed and released at once is told once, with the level of now", async () => {
    const { board, Digital, pin } = desk();
    const heard: number[] = [];
    const { Rising, Falling, Input } = Digital;
    const onReadable = function (this: { read(): number }) {
      heard.push(this.read());
    };
    new Digital({ pin: pin.button!, mode: Input, edge: Rising + Falling, activeLow: true, onReadable });
    board.button.pressed = true;
    board.button.pressed = false;
    await settle();
    expect(heard).toEqual([0]);
  });

  test("that is stuck is never told", async () => {
    const { board, Digital, pin } = desk();
    let heard = 0;
    const onReadable = () => void heard++;
    new Digital({ pin: pin.button!, mode: Digital.InputPullUp, edge: Digital.Falling, onReadable });
    board.button.fault = "stuck";
    board.button.pressed = true;
    await settle();
    expect(heard).toBe(0);
  });
});

describe("a battery behind a divider", () => {
  test("reads as the converter of an ESP32 has it: 2450 mV are all of 12 bits", () => {
    const { board, Analog, pin } = desk();
    const input = new Analog({ pin: pin.battery! });
    expect(input.resolution).toBe(12);
    board.battery.volts = 3.7;
    expect(Math.abs(((input.read() * 2450) / 4095) * 2 - 3700)).toBeLessThan(2);
    board.battery.volts = 5;
    expect(input.read()).toBe(4095);
    board.battery.fault = "open";
    expect(input.read()).toBe(0);
  });

  test("has a divider that there can be", () => {
    for (const share of [0, -1, 1.1, Number.NaN]) expect(() => new Battery(34, { share })).toThrow(RangeError);
  });
});

describe("a pin", () => {
  test("is opened once, is none of the modem's, and is a pin", () => {
    const { Digital, Analog } = desk();
    new Analog({ pin: 33 });
    expect(() => new Digital({ pin: 33, mode: Digital.Input })).toThrow("pin 33 is in use");
    for (const pin of [17, 16, 4]) expect(() => new Digital({ pin, mode: Digital.Input })).toThrow("is in use");
    for (const pin of [-1, 49, 1.5]) expect(() => new Digital({ pin, mode: Digital.Input })).toThrow("invalid pin");
  });

  test("refuses modes and edges that are none, and the wrong direction", () => {
    const { Digital } = desk();
    expect(() => new Digital({ pin: 5, mode: 7 })).toThrow("invalid mode");
    expect(() => new Digital({ pin: 5, mode: Digital.Input, onReadable: () => {} })).toThrow("invalid edges");
    const input = new Digital({ pin: 5, mode: Digital.InputPullDown });
    expect(input.read()).toBe(0);
    expect(() => input.write(1)).toThrow("can't write input");
    input.close();
    expect(new Digital({ pin: 5, mode: Digital.InputPullUp }).read()).toBe(1);
    expect(() => new Digital({ pin: 18, mode: Digital.Output }).read()).toThrow("can't read output");
  });
});

describe("a board", () => {
  test("has its row's pins and its parts' by name", () => {
    const { board } = desk();
    expect(board.device.pin).toMatchObject({ led: 2, button: 0, battery: 34 });
    const other = makeBoard({ row: BOARDS["m5stack-unit-catm"], parts: { lamp: new Led(25) } });
    expect(other.device.pin).toEqual({ button: 38, lamp: 25 });
  });

  test("takes no part under a name of its own, and no two on one pin", () => {
    expect(() => makeBoard({ parts: { bus: new Led(2) } })).toThrow('no part can be called "bus"');
    expect(() => makeBoard({ parts: { led: new Led(2), button: new Button(2) } })).toThrow("two parts on pin 2");
  });

  test("after a restart nothing is open, nothing is called back, and the parts keep what they have", async () => {
    const { board, Digital, pin } = desk();
    let heard = 0;
    const onReadable = () => void heard++;
    const tmp = () => new board.device.io.SMBus({ ...board.device.I2C.default, address: 0x48, hz: 1e5 });
    const before = tmp();
    before.writeUint16(2, 0x1230, true);
    new Digital({ pin: pin.button!, mode: Digital.Input, edge: Digital.Falling, onReadable });
    const led = new Digital({ pin: pin.led!, mode: Digital.Output, initialValue: 1 });
    board.button.pressed = true;
    board.restart();
    await settle();
    board.button.pressed = false;
    board.button.pressed = true;
    await settle();
    expect(heard).toBe(0);
    expect(board.led.lit).toBe(false);
    expect(() => led.write(1)).toThrow(TypeError);
    expect(() => before.readUint8(1)).toThrow(TypeError);
    expect(tmp().readUint16(2, true)).toBe(0x1230);
  });

  test("without power for a moment its parts are as from the factory, and the world is what it was", () => {
    const board = makeBoard({ parts: { tmp102: new Tmp102() } });
    const tmp = () => new board.device.io.SMBus({ ...board.device.I2C.default, address: 0x48, hz: 1e5 });
    board.tmp102.temperature = 30;
    tmp().writeUint16(2, 0x1230, true);
    board.powerCycle();
    expect(tmp().readUint16(2, true)).toBe(0x4b00);
    expect(board.tmp102.temperature).toBe(30);
  });
});
