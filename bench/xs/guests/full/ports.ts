// Ports as the chip has them, in C: an object each, and nothing behind it. A thermometer is on the bus.

import type { IoProvider } from "../../../../firmware/platform/provider.js";

/** 21.26 °C and 44.6 %, each with its checksum. */
const READING = Uint8Array.of(0x60, 0xed, 0x59, 0x72, 0x2b, 0x0f);

class Port {
  write(): void {}
  read(into: Uint8Array): number {
    into.set(READING);
    return READING.length;
  }
  close(): void {}
}

class Pin extends Port {
  static readonly Output = 1;
}

/** A board's. */
export const PORTS = {
  io: { I2C: Port, Digital: Pin },
  I2C: { default: { data: 21, clock: 22, io: Port } },
  pin: { led: 2 },
} as unknown as IoProvider;
