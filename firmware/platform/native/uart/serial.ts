// The firmware's Serial class around the native UART port (uart-port.h), which has the rings and tells what arrived.

import type { Timer, TimerId } from "../../clock.js";
import { Failure } from "../../failure.js";
import { type BufferLike, bytesOf, type SerialClass, type SerialOptions, type SerialPort } from "../../io.js";

/** Events of a port, as bits. */
export const UART_EVENT = { arrived: 1, overrun: 2 } as const;

/** A chip's UART and its pins. */
export interface UartWiring {
  /** Number of the UART; 0 is the console. */
  port: number;
  /** GPIO numbers; `tx` leads to the modem's RXD, `rx` to its TXD. */
  tx: number;
  rx: number;
  rts?: number | undefined;
  cts?: number | undefined;
}

export interface UartPortOptions extends UartWiring {
  baud: number;
  /** Called with UART_EVENT bits, from outside of all methods; must not throw. */
  onEvent: (events: number) => void;
}

/** What the native port offers. Its constructor throws when the driver refuses. */
export interface UartPort {
  readonly readable: number;
  /** At most `most` bytes; undefined when there are none. */
  read(most: number): ArrayBuffer | undefined;
  readonly writable: number;
  /** Takes over at most `writable` bytes. */
  write(bytes: Uint8Array): void;
  /** Waits until what was written has left, then changes the speed. */
  setBaud(baud: number): void;
  close(): void;
}
export type UartPortClass = new (options: UartPortOptions) => UartPort;

/** The driver does not tell when there is room in its transmit ring; while a writer waits, it is asked this often (ms). */
const ASK_MS = 10;

/** What all instances of one class have in common. */
interface Shared {
  readonly Port: UartPortClass;
  readonly wiring: UartWiring;
  readonly timer: Timer;
  readonly onFault: (error: unknown) => void;
}

/**
 * The Serial class of one port.
 * @param onFault called with what a callback threw: past the native port it would end XS
 * Its errors: `serial-overrun` when bytes were not read in time.
 */
export function nativeSerial(
  Port: UartPortClass,
  wiring: UartWiring,
  timer: Timer,
  onFault: (error: unknown) => void,
): SerialClass {
  const shared: Shared = { Port, wiring, timer, onFault };
  return class extends NativeSerial {
    constructor(options: SerialOptions) {
      super(options, shared);
    }
  };
}

// At module level, so that it lies in flash.
class NativeSerial implements SerialPort {
  readonly #options: SerialOptions;
  readonly #shared: Shared;
  readonly #port: UartPort;
  /** Room in the transmit ring at which a writer is called again: half of it. */
  readonly #enough: number;
  #closed = false;
  #asking: TimerId;

  constructor(options: SerialOptions, shared: Shared) {
    this.#options = options;
    this.#shared = shared;
    const { rts, cts, ...lines } = shared.wiring;
    this.#port = new shared.Port({
      ...lines,
      ...(options.flowControl === "hardware" && { rts, cts }),
      baud: options.baud,
      onEvent: (events) => this.event(events),
    });
    this.#enough = this.#port.writable / 2;
    this.askAgain(0);
  }

  get format(): string {
    return "buffer";
  }

  set format(format: string) {
    if (format !== "buffer") throw new RangeError(`format "${format}" is not supported, only "buffer"`);
  }

  read(byteLength = Number.MAX_SAFE_INTEGER): ArrayBuffer | undefined {
    return this.#closed ? undefined : this.#port.read(byteLength);
  }

  write(buffer: BufferLike): number {
    if (this.#closed) throw new Failure("closed", "write on a port that is closed", "back-off");
    const bytes = bytesOf(buffer);
    const room = this.#port.writable;
    if (bytes.length > room) {
      throw new Failure("output-full", `write of ${bytes.length} bytes where ${room} fit`, "retry");
    }
    if (bytes.length > 0) this.#port.write(bytes);
    // Asked anew: the driver's ring takes some of itself for each write.
    const left = this.#port.writable;
    if (left < this.#enough) this.askAgain(ASK_MS);
    return left;
  }

  setBaud(baud: number): void {
    if (!this.#closed) this.#port.setBaud(baud);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#shared.timer.clear(this.#asking);
    this.#port.close();
  }

  private event(events: number): void {
    if (this.#closed) return;
    try {
      this.tell(events);
    } catch (error) {
      this.#shared.onFault(error);
    }
  }

  private tell(events: number): void {
    const count = this.#port.readable;
    if (count > 0) this.#options.onReadable?.(count);
    if (this.#closed || (events & UART_EVENT.overrun) === 0) return;
    this.#options.onError?.(
      new Failure("serial-overrun", "bytes from the modem were lost: they were not read in time", "reset-modem"),
    );
  }

  /** Tells of room once there is enough. */
  private askAgain(ms: number): void {
    const { timer } = this.#shared;
    timer.clear(this.#asking);
    this.#asking = timer.set(() => {
      const room = this.#port.writable;
      if (room < this.#enough) this.askAgain(ASK_MS);
      else this.guard(() => this.#options.onWritable?.(room));
    }, ms);
  }

  private guard(work: () => void): void {
    if (this.#closed) return;
    try {
      work();
    } catch (error) {
      this.#shared.onFault(error);
    }
  }
}
