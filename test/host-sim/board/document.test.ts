// The part that docs/board.md shows is the one that is tested here.

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { makeBoard } from "../../../host-sim/board/board.js";
import { HalfDegree } from "./half-degree.js";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the document has it as it is tested", () => {
  const source = read("half-degree.ts").replaceAll("../../../host-sim/board/", "./");
  const indented = source.replace(/^(?=.)/gm, "    ");
  expect(read("../../../docs/board.md")).toContain(indented);
});

test("it answers on a board", () => {
  const board = makeBoard({ parts: { part: new HalfDegree(0x20) } });
  const port = new board.device.io.SMBus({ ...board.device.I2C.default, address: 0x20, hz: 1e5 });
  board.part.set("temperature", 30.5);
  expect(port.readUint8(0)).toBe(61);
  expect(() => board.part.set("temperature", 101)).toThrow("101 is not within 0 to 100 °C");
  board.part.fault = "lies";
  expect(port.readUint8(0)).toBe(255);
});
