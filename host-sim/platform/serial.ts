// The firmware's Serial class over the host's end of a modem's UART, whatever carries that: a simulated modem in this process,
// a TCP connection, a real port.

import { Failure } from "../../firmware/platform/failure.js";
import type { SerialClass, SerialOptions, SerialPort } from "../../firmware/platform/io.js";
import type { UartEnd } from "../world/core.js";
import { StreamBase } from "../world/stream.js";

/** Bytes one write may have: what the chip's transmit ring holds. */
const SERIAL_OUTPUT_LIMIT = 4096;
/** Bytes that may lie unread: the chip's receive ring. */
const SERIAL_INPUT_LIMIT = 8192;

/**
 * The Serial class over the end that `open` gives. Closing an instance only lets go of the end: the line stays, for the next
 * instance after a restart, until its owner closes it.
 * Its errors: `serial-overrun` (bytes were not read in time), `serial-lost` (the port is gone).
 */
export function serialOver(open: () => UartEnd): SerialClass {
  return class UartSerial extends StreamBase implements SerialPort {
    readonly #end: UartEnd;

    constructor(options: SerialOptions) {
      super(options);
      this.#end = open();
      this.#end.setBaud(options.baud);
      this.#end.onData = (bytes) => this.#arrived(bytes);
      this.#end.onClosed = (reason) => this.fail(new Failure("serial-lost", reason.message, "give-up", reason));
      queueMicrotask(() => this.grant(SERIAL_OUTPUT_LIMIT));
    }

    setBaud(baud: number): void {
      this.#end.setBaud(baud);
    }

    #arrived(bytes: Uint8Array): void {
      if (this.unread + bytes.length <= SERIAL_INPUT_LIMIT) this.deliver(bytes);
      else this.fail(new Failure("serial-overrun", `more than ${SERIAL_INPUT_LIMIT} bytes unread`, "reset-modem"));
    }

    protected override transmit(bytes: Uint8Array): number {
      this.#end.write(bytes);
      return SERIAL_OUTPUT_LIMIT;
    }

    protected override shut(): void {
      this.#end.onData = undefined;
      this.#end.onClosed = undefined;
    }
  };
}
