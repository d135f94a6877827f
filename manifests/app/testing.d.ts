// The types of it, for the compiler that mcconfig calls.
export { Bme280 } from "../../dist/host-sim/board/bme280.js";
export { standardParts } from "../../dist/host-sim/board/board.js";
export { I2CPart, Part } from "../../dist/host-sim/board/part.js";
export { PinPart } from "../../dist/host-sim/board/pin-board.js";
export { Battery, Button, Led } from "../../dist/host-sim/board/pin-parts.js";
export { Quantity } from "../../dist/host-sim/board/quantity.js";
export { ByteRegisters, WordRegisters } from "../../dist/host-sim/board/registers.js";
export { Sht3x } from "../../dist/host-sim/board/sht3x.js";
export { Tmp102 } from "../../dist/host-sim/board/tmp102.js";
export { Tmp117 } from "../../dist/host-sim/board/tmp117.js";
export { defineWorld } from "../../dist/host-sim/testing/world.js";
