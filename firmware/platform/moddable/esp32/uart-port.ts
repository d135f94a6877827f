// The native UART port (native/uart/uart-xs.c) as a class. What its methods do is told in native/uart/serial.ts.

import type { UartPort, UartPortOptions } from "../../native/uart/serial.js";

export class Port extends Native("xs_simkey_uart_destructor") implements UartPort {
  /** The native side calls it. */
  readonly onEvent: (events: number) => void;

  constructor(options: UartPortOptions) {
    super();
    this.onEvent = options.onEvent;
    native("xs_simkey_uart_constructor").call(this, options);
  }
  get readable(): number {
    return native("xs_simkey_uart_get_readable").call(this);
  }
  read(most: number): ArrayBuffer | undefined {
    return native("xs_simkey_uart_read").call(this, most);
  }
  get writable(): number {
    return native("xs_simkey_uart_get_writable").call(this);
  }
  write(bytes: Uint8Array): void {
    native("xs_simkey_uart_write").call(this, bytes);
  }
  setBaud(baud: number): void {
    native("xs_simkey_uart_setBaud").call(this, baud);
  }
  close(): void {
    native("xs_simkey_uart_close").call(this);
  }
}
