// Pins and the I2C bus of the chip.

import Digital from "embedded:io/digital";
import SMBus from "embedded:io/smbus";
import type { DigitalOut, RegisterDevice } from "../../pins.js";

/** I2C speed that every power management chip knows. */
const I2C_HZ = 100_000;

/** A pin as output, at level 0 to begin with. */
export function outputPin(pin: number): DigitalOut {
  const digital = new Digital({ pin, mode: Digital.Output, initialValue: 0 });
  return { write: (level) => digital.write(level) };
}

/** A device with 8-bit registers on a bus of its own. */
export function registerDevice(bus: { sda: number; scl: number; address: number }): RegisterDevice {
  const SMBusOf = SMBus as unknown as new (options: {
    data: number;
    clock: number;
    hz: number;
    address: number;
  }) => RegisterDevice;
  return new SMBusOf({ data: bus.sda, clock: bus.scl, hz: I2C_HZ, address: bus.address });
}
