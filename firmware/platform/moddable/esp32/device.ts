// The chip's ports: Moddable's own ECMA-419 classes, with which its drivers run unchanged. One bus for all: its I2C class gives
// those that name the same pins the same bus, so the power chip and an app's sensors share it.

import ModdableAnalog from "embedded:io/analog";
import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import PWM from "embedded:io/pwm";
import SMBus from "embedded:io/smbus";
import type { I2CPins } from "../../bus.js";
import type { AnalogClass, Analog as AnalogPin, DigitalOut } from "../../pins.js";
import type { IoProvider } from "../../provider.js";
import { quietly } from "../random.js";

/** As ECMA-419 has it: the SDK's typings leave out `close`. */
const ConverterPin = ModdableAnalog as unknown as AnalogClass;

/**
 * A pin of the converter. The converter's noise is what the random generator lives on, so it pauses while a reading is made; both
 * happen on one task, so nobody asks for random bytes meanwhile.
 */
class Analog implements AnalogPin {
  readonly #pin: AnalogPin;

  constructor(options: { readonly pin: number }) {
    this.#pin = quietly(() => new ConverterPin(options));
  }
  get format(): string {
    return this.#pin.format;
  }
  set format(value: string) {
    this.#pin.format = value;
  }
  get resolution(): number {
    return this.#pin.resolution;
  }
  read(): number {
    return quietly(() => this.#pin.read());
  }
  close(): void {
    quietly(() => this.#pin.close());
  }
}

const io = { Analog, Digital, I2C, PWM, SMBus } as unknown as IoProvider["io"];

/** A board's ports. @param board its row in the table of boards */
export function ioProvider({ i2c, pins }: { i2c: I2CPins; pins: Readonly<Record<string, number>> }): IoProvider {
  return { io, I2C: { default: { ...i2c, io: io.I2C } }, pin: pins };
}

/** A pin as output, at level 0 to begin with. */
export function outputPin(pin: number): DigitalOut {
  return new Digital({ pin, mode: Digital.Output, initialValue: 0 });
}
