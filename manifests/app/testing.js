// What a world imports as `simkey-firmware/testing`, on platform lin.

export { Bme280 } from "host-sim/board/bme280";
export { standardParts } from "host-sim/board/board";
export { I2CPart, Part } from "host-sim/board/part";
export { PinPart } from "host-sim/board/pin-board";
export { Battery, Button, Led } from "host-sim/board/pin-parts";
export { Quantity } from "host-sim/board/quantity";
export { ByteRegisters, WordRegisters } from "host-sim/board/registers";
export { Sht3x } from "host-sim/board/sht3x";
export { Tmp102 } from "host-sim/board/tmp102";
export { Tmp117 } from "host-sim/board/tmp117";
export { defineWorld } from "host-sim/testing/world";
