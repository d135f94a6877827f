// A TCP class that connects, takes the first bytes and then fails, as a modem that refuses what it is to send.

import { Failure } from "../../firmware/platform/failure.js";
import type { ByteStream, TcpClass, TcpOptions } from "../../firmware/platform/io.js";

/** What the carrier fails with, and what is underneath that. */
export const REFUSED = new Failure("at-cme", "AT+CASEND=0,517,2000: +CME ERROR: Invalid input value", "back-off");
export const BROKEN = new Failure("socket-send", "the modem refused bytes", "reset-modem", REFUSED);

export const brokenCarrier: TcpClass = class implements ByteStream {
  readonly #options: TcpOptions;
  format = "buffer";
  constructor(options: TcpOptions) {
    this.#options = options;
    queueMicrotask(() => options.onWritable?.(4096));
  }
  read(): undefined {
    return undefined;
  }
  write(): number {
    setImmediate(() => this.#options.onError?.(BROKEN));
    return 0;
  }
  close(): void {}
};
