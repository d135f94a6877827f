// Oracle: the worked example of BST-BMP280-DS001 §3.12, whose coefficients the part has, and the integer formulas of
// BST-BME280-DS002 §4.2.3 (drivers.ts), while the part reckons in floating point.

import { describe, expect, test } from "@jest/globals";
import { Bme280 } from "../../../host-sim/board/bme280.js";
import { EXAMPLE, fineTemperature, pressure, rawOf } from "../../../host-sim/board/bme280-formula.js";
import { makeBoard } from "../../../host-sim/board/board.js";
import { BmeDriver, portOn } from "./drivers.js";

function desk(chip: "bme280" | "bmp280" = "bme280") {
  const time = { ms: 0 };
  const board = makeBoard({ parts: { bme280: new Bme280(0x76, chip) }, now: () => time.ms });
  return { board, time, driver: new BmeDriver(portOn(board)) };
}

describe("the formulas", () => {
  test("give the datasheet's 25.08 °C and 100653.27 Pa for its raw readings", () => {
    const fine = fineTemperature(EXAMPLE, 519888);
    expect(fine / 5120).toBeCloseTo(25.0825, 3);
    expect(pressure(EXAMPLE, 415148, fine)).toBeCloseTo(100653.27, 1);
  });

  test("lead back to the datasheet's raw readings", () => {
    const raw = rawOf(EXAMPLE, { temperature: 25.0825, pressure: 100653.27, humidity: 50 });
    expect(Math.abs(raw.temperature - 519888)).toBeLessThanOrEqual(1);
    expect(Math.abs(raw.pressure - 415148)).toBeLessThanOrEqual(1);
  });
});

describe("a BME280", () => {
  const airs = [-40, -10.01, 0, 25.08, 85].flatMap((temperature) =>
    [0.5, 45, 99].flatMap((humidity) =>
      [30_000, 101_325, 110_000].map((at) => ({ temperature, humidity, pressure: at })),
    ),
  );

  test("read by a driver that reckons in integers has the world's values again", () => {
    const { board, time, driver } = desk();
    driver.configure();
    for (const air of airs) {
      time.ms += 1000;
      board.bme280.temperature = air.temperature;
      board.bme280.humidity = air.humidity;
      board.bme280.pressure = air.pressure;
      const sample = driver.sample();
      // The integer formulas round: to 0.01 °C, and more coarsely than the part on the way to Pa and %.
      expect(Math.abs(sample.temperature - air.temperature)).toBeLessThanOrEqual(0.0051);
      expect(Math.abs(sample.pressure - air.pressure)).toBeLessThanOrEqual(0.6);
      expect(Math.abs(sample.humidity - air.humidity)).toBeLessThanOrEqual(0.02);
    }
  });

  test("has its id, and a reset makes it as from the factory", () => {
    const { driver } = desk();
    driver.configure();
    expect(driver.io.readUint8(0xd0)).toBe(0x60);
    driver.io.writeUint8(0xe0, 0xb6);
    expect([0xf2, 0xf4, 0xf5].map((register) => driver.io.readUint8(register))).toEqual([0, 0, 0]);
  });

  test("asleep it has the readings of none: 0x80000 and 0x8000", () => {
    const { time, driver } = desk();
    time.ms = 1000;
    expect([...new Uint8Array(driver.io.readBuffer(0xf7, 8))]).toEqual([0x80, 0, 0, 0x80, 0, 0, 0x80, 0]);
  });

  test("forced it measures once, says so meanwhile, and sleeps again with the result", () => {
    const { board, time, driver } = desk();
    driver.configure({ control: 0x25 });
    expect(driver.io.readUint8(0xf3)).toBe(8);
    // 1.25 + 2.3 + 2.3 + 0.575 + 2.3 + 0.575 ms (appendix 9.1).
    time.ms = 9.3;
    expect(driver.io.readUint8(0xf3)).toBe(0);
    expect(driver.io.readUint8(0xf4)).toBe(0x24);
    board.bme280.temperature = 50;
    time.ms = 1000;
    expect(driver.sample().temperature).toBeCloseTo(21, 1);
  });

  test("leaves out what is not sampled; humidity counts from the next write to ctrl_meas on", () => {
    const { time, driver } = desk();
    driver.io.writeUint8(0xf4, 0x23);
    driver.io.writeUint8(0xf2, 1);
    time.ms = 100;
    const bytes = [...new Uint8Array(driver.io.readBuffer(0xf7, 8))];
    expect(bytes.slice(0, 3)).toEqual([0x80, 0, 0]);
    expect(bytes.slice(3, 6)).not.toEqual([0x80, 0, 0]);
    expect(bytes.slice(6)).toEqual([0x80, 0]);
  });

  test("as a BMP280 has another id and no humidity", () => {
    const { driver } = desk("bmp280");
    expect(driver.io.readUint8(0xd0)).toBe(0x58);
    driver.io.writeUint8(0xf2, 1);
    expect(driver.io.readUint8(0xf2)).toBe(0);
  });
});
