// Oracle: datasheet SHT3x-DIS, version 6: its CRC example (table 20), formulas (§4.13) and status bits (table 18).

import { describe, expect, test } from "@jest/globals";
import { makeBoard } from "../../../host-sim/board/board.js";
import { Sht3x, sensirionCrc } from "../../../host-sim/board/sht3x.js";
import { rawPortOn, ShtDriver } from "./drivers.js";

function desk() {
  const time = { ms: 0 };
  const board = makeBoard({ parts: { sht3x: new Sht3x() }, now: () => time.ms });
  return { board, time, driver: new ShtDriver(rawPortOn(board)) };
}

test("the checksum of 0xBEEF is 0x92", () => {
  expect(sensirionCrc(Uint8Array.of(0xbe, 0xef))).toBe(0x92);
});

describe("an SHT3x", () => {
  test.each([
    [-45, 0],
    [-40, 3.5],
    [0, 50],
    [21.37, 45],
    [125, 99.9],
    [130, 100],
  ])("read by a driver has %d °C and %d %% again, to half a step", (temperature, humidity) => {
    const { board, driver } = desk();
    board.sht3x.temperature = temperature;
    board.sht3x.humidity = humidity;
    const sample = driver.sample();
    expect(Math.abs(sample.temperature - temperature)).toBeLessThanOrEqual(175 / 65535 / 2 + 1e-9);
    expect(Math.abs(sample.humidity - humidity)).toBeLessThanOrEqual(100 / 65535 / 2 + 1e-9);
  });

  test("each word of an answer bears its checksum", () => {
    const { board, driver } = desk();
    driver.command(0x2c06);
    const bytes = driver.read(6);
    for (const at of [0, 3]) expect(sensirionCrc(Uint8Array.from(bytes.slice(at, at + 2)))).toBe(bytes[at + 2]);
    board.sht3x.fault = "bad-crc";
    driver.command(0x2c06);
    const wrong = driver.read(6);
    for (const at of [0, 3]) expect(sensirionCrc(Uint8Array.from(wrong.slice(at, at + 2)))).not.toBe(wrong[at + 2]);
  });

  test.each([
    [0x2400, 15],
    [0x240b, 6],
    [0x2416, 4],
  ])("command %d is not answered while it measures, and once after that", (command, ms) => {
    const { time, driver } = desk();
    driver.command(command);
    expect(() => driver.read(6)).toThrow("read failed");
    time.ms = ms - 1;
    expect(() => driver.read(6)).toThrow("read failed");
    time.ms = ms;
    expect(driver.read(6)).toHaveLength(6);
    expect(() => driver.read(6)).toThrow("read failed");
  });

  test("with clock stretching a read waits until it has measured", () => {
    const { board, driver } = desk();
    driver.command(0x2c06);
    driver.read(6);
    expect(board.now()).toBe(15);
  });

  test("in periodic mode there is one result a period, and Break ends it", () => {
    const { board, time, driver } = desk();
    driver.command(0x2130);
    time.ms = 15;
    driver.command(0xe000);
    expect(driver.read(6)).toHaveLength(6);
    time.ms = 1000;
    driver.command(0xe000);
    expect(() => driver.read(6)).toThrow("read failed");
    time.ms = 1015;
    board.sht3x.temperature = 30;
    driver.command(0xe000);
    expect(driver.read(6)[0]).toBe(Math.round((75 / 175) * 65535) >> 8);
    driver.command(0x3093);
    time.ms = 5000;
    driver.command(0xe000);
    expect(() => driver.read(6)).toThrow("read failed");
  });

  test("tells in its status of a reset, the heater and a command that it does not know", () => {
    const { board, driver } = desk();
    const status = () => {
      driver.command(0xf32d);
      const [high, low] = driver.read(3) as [number, number];
      return (high << 8) | low;
    };
    expect(status()).toBe(0x8010);
    driver.command(0x3041);
    expect(status()).toBe(0);
    driver.command(0x306d);
    expect(status()).toBe(0x2000);
    driver.command(0xbeef);
    // A command that was done clears the bit, and reading the status is one.
    expect(status()).toBe(0x2000);
    board.powerCycle();
    const again = new ShtDriver(rawPortOn(board));
    again.command(0xf32d);
    expect(again.read(2)).toEqual([0x80, 0x10]);
  });
});
