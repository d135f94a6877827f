// The chip's ports over the SDK's classes. The random generator's noise comes from the analogue converter
// (native/system/random.c), so it must be off while a pin is read, and on again whatever comes of it.

import { beforeEach, expect, jest, test } from "@jest/globals";
import { BOARDS } from "../../../../../firmware/modem/boards.js";
import type { IoProvider } from "../../../../../firmware/platform/provider.js";

const seen: string[] = [];
/** Pin 99 is none of the converter's; pin 98 has one that breaks. */
class SdkAnalog {
  format = "number";
  readonly resolution = 12;
  readonly #pin: number;
  constructor({ pin }: { pin: number }) {
    seen.push("open");
    if (pin === 99) throw new RangeError("not analog pin");
    this.#pin = pin;
  }
  read(): number {
    seen.push("read");
    if (this.#pin === 98) throw new Error("broken");
    return 2047;
  }
  close(): void {
    seen.push("close");
  }
}

for (const [name, module] of Object.entries({
  analog: SdkAnalog,
  digital: class {},
  i2c: class {},
  pwm: class {},
  smbus: class {},
}))
  jest.unstable_mockModule(`embedded:io/${name}`, () => ({ default: module }), { virtual: true });
(globalThis as Record<string, unknown>).native = (name: string) => () =>
  seen.push(name.replace("xs_simkey_random_", "noise "));
// By a name that the compiler does not follow: the module belongs to a project that knows the SDK, and the tests do not.
const device: string = "../../../../../firmware/platform/moddable/esp32/device.js";
const { ioProvider } = (await import(device)) as { ioProvider(board: object): IoProvider };

beforeEach(() => {
  seen.length = 0;
});

test("noise is off while a pin of the converter is opened, read and closed, and on in between", () => {
  const pin = new (ioProvider(BOARDS["esp32-breakout"]).io.Analog)({ pin: 34 });
  expect(pin.read()).toBe(2047);
  pin.close();
  const each = ["open", "read", "close"].flatMap((what) => ["noise stop", what, "noise start"]);
  expect(seen).toEqual(each);
});

test("noise is on again when the pin is none or breaks", () => {
  const { Analog } = ioProvider(BOARDS["esp32-breakout"]).io;
  expect(() => new Analog({ pin: 99 })).toThrow(RangeError);
  expect(seen.at(-1)).toBe("noise start");
  const broken = new Analog({ pin: 98 });
  expect(() => broken.read()).toThrow("broken");
  expect(seen.at(-1)).toBe("noise start");
});

test("a board's bus and pins are its row's", () => {
  const { I2C, io, pin } = ioProvider(BOARDS["lilygo-t-sim7080g-s3"]);
  expect(I2C.default).toEqual({ data: 15, clock: 7, io: io.I2C });
  expect(pin).toEqual({ button: 0 });
});
