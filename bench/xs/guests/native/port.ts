// The native UART port, see firmware/platform/native/uart/serial.ts.

import type { UartPort, UartPortOptions } from "../../../../firmware/platform/native/uart/serial.js";

const FROM_MODEM = 0;
const TO_MODEM = 1;
const ARRIVED = 1;
/** Bytes that the driver's transmit ring holds. */
const RING = 4096;

export class Port implements UartPort {
  constructor({ baud, onEvent }: UartPortOptions) {
    host.setBaud(baud);
    host.onArrival(() => onEvent(ARRIVED));
  }
  get readable(): number {
    return host.size(FROM_MODEM);
  }
  read(most: number): ArrayBuffer | undefined {
    return host.take(FROM_MODEM, most);
  }
  get writable(): number {
    return RING;
  }
  write(bytes: Uint8Array): void {
    host.put(TO_MODEM, bytes);
  }
  setBaud(baud: number): void {
    host.setBaud(baud);
  }
  close(): void {}
}
