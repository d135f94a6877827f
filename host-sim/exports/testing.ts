// `simkey-firmware/testing`: what an app's own tests import. It knows no test runner: jest, vitest and node:test all do.

export { Bme280 } from "../board/bme280.js";
export { type BoardCore, standardParts } from "../board/board.js";
export { I2CPart, Part } from "../board/part.js";
export { PinPart } from "../board/pin-board.js";
export { Battery, Button, Led } from "../board/pin-parts.js";
export { Quantity } from "../board/quantity.js";
export { ByteRegisters, WordRegisters } from "../board/registers.js";
export { Sht3x } from "../board/sht3x.js";
export { Tmp102 } from "../board/tmp102.js";
export { Tmp117 } from "../board/tmp117.js";
export {
  type AppDesk,
  type CloudRecord,
  DeskError,
  type DeskFault,
  type StartDeskOptions,
  startDesk,
} from "../testing/app-desk.js";
export { defineWorld, type Pins, type Place, type World } from "../testing/world.js";
