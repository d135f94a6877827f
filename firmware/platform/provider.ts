// ECMA-419's IO provider (§14): what the board has, by the names under which Moddable's drivers and examples look for it.

import type { I2CClass, I2CPins, SMBusClass } from "./bus.js";
import type { AnalogClass, DigitalClass, PWMClass } from "./pins.js";

/**
 * A board's ports. A sensor is opened with them as ECMA-419's Sensor Class Pattern has it (§13):
 *
 *     const sensor = new SHT3x({ sensor: { ...device.I2C.default, io: device.io.I2C } });
 *     const led = new device.io.Digital({ pin: device.pin.led, mode: device.io.Digital.Output });
 */
export interface IoProvider {
  readonly io: {
    readonly Analog: AnalogClass;
    readonly Digital: DigitalClass;
    readonly I2C: I2CClass;
    readonly PWM: PWMClass;
    readonly SMBus: SMBusClass;
  };
  readonly I2C: { readonly default: I2CPins & { readonly io: I2CClass } };
  /** The board's pins by name: `led`, `button`, `battery`, as far as it has them. */
  readonly pin: Readonly<Record<string, number>>;
}
