// Boards as data: where the modem's lines are, how its key is pressed, what switches its supply.
// The composition root makes the pins of its platform from a row; nothing else in the firmware knows a board.

import type { I2CPins } from "../platform/bus.js";
import type { DigitalOut } from "../platform/pins.js";

/** An output that presses the power key. */
export interface KeyLine {
  readonly pin: number;
  /** Level at the chip's pin that presses: 1 where a transistor inverts, as on nearly every board. */
  readonly pressed: 0 | 1;
}

/** How long the key is pressed, in milliseconds. */
export interface KeyPulses {
  /** To switch on: more than 1000, less than 12 000. */
  readonly onMs: number;
  /** To switch off: more than 1200, less than 12 000. */
  readonly offMs: number;
}

/** The modem's own supply rail, where the board can switch it. Both are harmless when repeated. */
export interface Supply {
  on(): void;
  off(): void;
}

/** One board. */
export interface Board {
  /** For people. */
  readonly name: string;
  /**
   * The chip's pins: `tx` leads to the modem's RXD, `rx` to its TXD; `rts` and `cts` to its CTS and RTS, where they
   * are wired.
   */
  readonly uart: { readonly tx: number; readonly rx: number; readonly rts?: number; readonly cts?: number };
  /** `hardware` where RTS and CTS are wired. */
  readonly flowControl: "none" | "hardware";
  /** Left out: no power-key line, and with no supply switch either the power-cycle rung is skipped. */
  readonly powerKey?: KeyLine & KeyPulses;
  /** Power management chip on the board's I2C bus that feeds the modem. */
  readonly pmu?: "axp2101";
  /** The board's I2C bus, for the power chip and whatever sensors are put on it. */
  readonly i2c: I2CPins;
  /** Other pins by name, as an app finds them in `device.pin`: `led`, `button`, `battery`. */
  readonly pins: Readonly<Record<string, number>>;
}

/** Pulse times with a margin to what the hardware design asks for. */
export const DEFAULT_PULSES: KeyPulses = { onMs: 1200, offMs: 1300 };

/** The boards that are supported, by the name used in configuration and manifests. */
export const BOARDS = {
  "lilygo-t-sim7080g-s3": {
    name: "LilyGO T-SIM7080G-S3 (ESP32-S3, AXP2101)",
    uart: { tx: 5, rx: 4 },
    flowControl: "none",
    powerKey: { pin: 41, pressed: 1, ...DEFAULT_PULSES },
    pmu: "axp2101",
    i2c: { data: 15, clock: 7 },
    // BOOT; the battery hangs on the power chip.
    pins: { button: 0 },
  },
  // RX and TX are swapped against the board with the PMU; one owner reports the other order on his: try both.
  "lilygo-t-sim7080g-s3-standard": {
    name: "LilyGO T-SIM7080G-S3-Standard (ESP32-S3, no PMU)",
    uart: { tx: 4, rx: 5 },
    flowControl: "none",
    powerKey: { pin: 46, pressed: 1, ...DEFAULT_PULSES },
    // The bus is a proposal: any two free pins do.
    i2c: { data: 15, clock: 16 },
    pins: { button: 0 },
  },
  // Grove cable with power and UART only: the unit boots with the supply and cannot be switched.
  "m5stack-unit-catm": {
    name: "M5Stack Unit CatM (U128) on Core Port C",
    uart: { tx: 17, rx: 16 },
    flowControl: "none",
    // Port A of a Core; of a Core2 it is 32 and 33. The button is the middle one.
    i2c: { data: 21, clock: 22 },
    pins: { button: 38 },
  },
  // 1.8 V level shifter on the UART, NPN transistor on PWRKEY. The pins are a proposal: wire as you like and change them here.
  "esp32-breakout": {
    name: "SIM7080G breakout on an ESP32-WROOM",
    uart: { tx: 17, rx: 16 },
    flowControl: "none",
    powerKey: { pin: 4, pressed: 1, ...DEFAULT_PULSES },
    i2c: { data: 21, clock: 22 },
    // BOOT; 34 is an input of ADC1 and nothing else.
    pins: { led: 2, button: 0, battery: 34 },
  },
  // GPIO 2, 8 and 9 are strapping pins, 18 and 19 USB, 20 and 21 the console.
  "esp32c3-breakout": {
    name: "SIM7080G breakout on an ESP32-C3",
    uart: { tx: 7, rx: 6 },
    flowControl: "none",
    powerKey: { pin: 5, pressed: 1, ...DEFAULT_PULSES },
    i2c: { data: 4, clock: 10 },
    // BOOT; the converter has pins 0 to 4.
    pins: { led: 3, button: 9, battery: 1 },
  },
} as const satisfies Record<string, Board>;

/** The power key over the chip's output: level 1 presses, whatever the board's transistor does. Begins released. */
export function keyOver(output: DigitalOut, { pressed }: Pick<KeyLine, "pressed">): DigitalOut {
  const key: DigitalOut = { write: (level) => output.write(level === 1 ? pressed : pressed === 1 ? 0 : 1) };
  key.write(0);
  return key;
}
