// The driver of the SHT3x against the simulated part, whose oracle is the datasheet (test/host-sim/board/sht3x.test.ts).

import { describe, expect, test } from "@jest/globals";
import { SHT3x } from "../../firmware/sensors/sht3x.js";
import { makeBoard } from "../../host-sim/board/board.js";
import type { Fault } from "../../host-sim/board/part.js";
import { Sht3x } from "../../host-sim/board/sht3x.js";
import { rawPortOn } from "../host-sim/board/drivers.js";

function desk() {
  const board = makeBoard({ parts: { sht3x: new Sht3x() } });
  return { board, sensor: new SHT3x(rawPortOn(board)) };
}

describe("the driver of the SHT3x", () => {
  test.each([
    [-40, 0],
    [21.37, 45],
    [125, 100],
  ])("reads %d °C and %d %%, in 15 ms, to the sensor's own step", (temperature, humidity) => {
    const { board, sensor } = desk();
    Object.assign(board.sht3x, { temperature, humidity });
    const sample = sensor.sample();
    expect(Math.abs(sample.temperature - temperature)).toBeLessThan(175 / 65_535);
    expect(Math.abs(sample.humidity - humidity)).toBeLessThan(100 / 65_535);
    expect(board.now()).toBe(15);
  });

  test.each<[fault: Fault, says: string | RegExp]>([
    ["bad-crc", "SHT3x: wrong checksum"],
    ["noise", "SHT3x: wrong checksum"],
    ["lies", "SHT3x: 130 °C is out of range"],
    ["absent", /./],
    ["hangs", /./],
  ])("gives no value but an error from a part with the fault %s, and the value once it is mended", (fault, says) => {
    const { board, sensor } = desk();
    board.sht3x.fault = fault;
    expect(() => sensor.sample()).toThrow(says);
    board.sht3x.fault = "none";
    expect(sensor.sample().temperature).toBeCloseTo(21, 2);
  });

  test("gives its address back", () => {
    const { board, sensor } = desk();
    expect(() => new SHT3x(rawPortOn(board))).toThrow(RangeError);
    sensor.close();
    new SHT3x(rawPortOn(board)).close();
  });
});
