// Boards as data: where the modem's lines are, how its key is pressed, what switches its supply.
// The composition root makes the pins of its platform from a row; nothing else in the firmware knows a board.

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
  /** The chip's pins: `tx` leads to the modem's RXD, `rx` to its TXD; `rts` and `cts` to its CTS and RTS, where they are wired. */
  readonly uart: { readonly tx: number; readonly rx: number; readonly rts?: number; readonly cts?: number };
  /** `hardware` where RTS and CTS are wired. */
  readonly flowControl: "none" | "hardware";
  /** Left out: no power-key line, and with no supply switch either the power-cycle rung is skipped. */
  readonly powerKey?: KeyLine & KeyPulses;
  /** Power management chip on I2C that feeds the modem. */
  readonly pmu?: { readonly kind: "axp2101"; readonly sda: number; readonly scl: number; readonly address: number };
  readonly dtr?: number;
  readonly ri?: number;
}

/** Pulse times with a margin to what the hardware design asks for. */
export const DEFAULT_PULSES: KeyPulses = { onMs: 1200, offMs: 1300 };

/** I2C address of the AXP2101. */
const AXP2101_ADDRESS = 0x34;

/** The boards that are supported, by the name used in configuration and manifests. */
export const BOARDS = {
  "lilygo-t-sim7080g-s3": {
    name: "LilyGO T-SIM7080G-S3 (ESP32-S3, AXP2101)",
    uart: { tx: 5, rx: 4 },
    flowControl: "none",
    powerKey: { pin: 41, pressed: 1, ...DEFAULT_PULSES },
    pmu: { kind: "axp2101", sda: 15, scl: 7, address: AXP2101_ADDRESS },
    dtr: 42,
    ri: 3,
  },
  // RX and TX are swapped against the board with the PMU; one owner reports the other order on his: try both.
  "lilygo-t-sim7080g-s3-standard": {
    name: "LilyGO T-SIM7080G-S3-Standard (ESP32-S3, no PMU)",
    uart: { tx: 4, rx: 5 },
    flowControl: "none",
    powerKey: { pin: 46, pressed: 1, ...DEFAULT_PULSES },
    dtr: 7,
    ri: 6,
  },
  // Grove cable with power and UART only: the unit boots with the supply and cannot be switched.
  "m5stack-unit-catm": {
    name: "M5Stack Unit CatM (U128) on Core Port C",
    uart: { tx: 17, rx: 16 },
    flowControl: "none",
  },
  // 1.8 V level shifter on the UART, NPN transistor on PWRKEY. The pins are a proposal: wire as you like and change them here.
  "esp32-breakout": {
    name: "SIM7080G breakout on an ESP32-WROOM",
    uart: { tx: 17, rx: 16 },
    flowControl: "none",
    powerKey: { pin: 4, pressed: 1, ...DEFAULT_PULSES },
  },
  // GPIO 2, 8 and 9 are strapping pins, 18 and 19 USB, 20 and 21 the console.
  "esp32c3-breakout": {
    name: "SIM7080G breakout on an ESP32-C3",
    uart: { tx: 7, rx: 6 },
    flowControl: "none",
    powerKey: { pin: 5, pressed: 1, ...DEFAULT_PULSES },
  },
} as const satisfies Record<string, Board>;

/** The power key over the chip's output: level 1 presses, whatever the board's transistor does. Begins released. */
export function keyOver(output: DigitalOut, { pressed }: Pick<KeyLine, "pressed">): DigitalOut {
  const key: DigitalOut = { write: (level) => output.write(level === 1 ? pressed : pressed === 1 ? 0 : 1) };
  key.write(0);
  return key;
}
