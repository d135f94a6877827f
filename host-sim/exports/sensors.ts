// `simkey-firmware/sensors`: drivers of sensors, the same on the chip and in Node.

export { type Climate, SHT3X_ADDRESS, SHT3x } from "../../firmware/sensors/sht3x.js";
