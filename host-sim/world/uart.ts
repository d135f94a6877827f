// The wire between a host and a modem in virtual time: bytes are paced by the line speed and arrive in chunks, as a UART's
// receive FIFO hands them over. A receiver at another speed sees noise.

import type { UartEnd } from "./core.js";
import type { Prng } from "./prng.js";
import type { Scheduler } from "./scheduler.js";
import type { Trace } from "./trace.js";

/** Bytes after which the receiving driver is woken: ESP-IDF's default for its 128-byte FIFO. */
const CHUNK = 120;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** Speed at which an autobauding modem with nothing heard yet talks. */
const DEFAULT_BAUD = 115_200;

/** One direction of the wire. */
class Line {
  readonly #scheduler: Scheduler;
  readonly #pure: boolean;
  #busyUntil = 0;

  constructor(scheduler: Scheduler, pure: boolean) {
    this.#scheduler = scheduler;
    this.#pure = pure;
  }

  /** Sends `bytes` at `baud`; `arrive` gets them chunk by chunk. */
  send(bytes: Uint8Array, baud: number, arrive: (chunk: Uint8Array) => void): void {
    const perByteMs = (BITS_PER_BYTE * 1000) / baud;
    this.#busyUntil = Math.max(this.#busyUntil, this.#scheduler.now);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const chunk = bytes.subarray(at, at + CHUNK);
      this.#busyUntil += chunk.length * perByteMs;
      this.afterwards(() => arrive(chunk));
    }
  }

  /** Calls `run` once all that was sent has left. */
  afterwards(run: () => void): void {
    const time = Math.max(this.#busyUntil, this.#scheduler.now);
    if (this.#pure) this.#scheduler.pure(time, run);
    else this.#scheduler.at(time, run);
  }
}

/** What the wire's modem end does with the host's bytes. */
export interface UartModemEnd {
  fromHost(bytes: Uint8Array): void;
}

/** Both ends of the wire. The host's is a UartEnd; the modem's is `toHost` and `setModemBaud`. */
export class VirtualUart implements UartEnd {
  onData: ((bytes: Uint8Array) => void) | undefined;
  onClosed: ((reason: Error) => void) | undefined;
  readonly #trace: Trace;
  readonly #scheduler: Scheduler;
  readonly #name: string;
  readonly #noise: Prng;
  readonly #modem: UartModemEnd;
  readonly #up: Line;
  readonly #down: Line;
  /** Speed at which each end sends what it is given now; it listens at it once what it sent before has left. */
  readonly #host = { sends: DEFAULT_BAUD, hears: DEFAULT_BAUD };
  /** 0: the modem follows the host. */
  readonly #modemSpeed = { sends: 0, hears: 0 };

  constructor(scheduler: Scheduler, trace: Trace, noise: Prng, name: string, modem: UartModemEnd) {
    this.#scheduler = scheduler;
    this.#trace = trace;
    this.#noise = noise;
    this.#name = name;
    this.#modem = modem;
    this.#up = new Line(scheduler, true);
    this.#down = new Line(scheduler, false);
  }

  write(bytes: Uint8Array): void {
    const baud = this.#host.sends;
    this.#up.send(bytes, baud, (chunk) => {
      const heard = this.#heard(chunk, baud, this.#modemSpeed.hears || baud);
      this.#trace.note(this.#scheduler.now, this.#name, "uart-up", 0, heard);
      this.#modem.fromHost(heard);
    });
  }

  /** Bytes from the modem to the host. */
  toHost(bytes: Uint8Array): void {
    const baud = this.#modemSpeed.sends || this.#host.sends;
    this.#down.send(bytes, baud, (chunk) => {
      const heard = this.#heard(chunk, baud, this.#host.hears);
      this.#trace.note(this.#scheduler.now, this.#name, "uart-down", 0, heard);
      this.onData?.(heard);
    });
  }

  setBaud(baud: number): void {
    this.#host.sends = baud;
    this.#up.afterwards(() => {
      this.#host.hears = baud;
    });
  }

  /** The modem's line speed, in bits per second, once all that it sent has left; 0: it follows the host. */
  setModemBaud(baud: number): void {
    this.#modemSpeed.sends = baud;
    this.#down.afterwards(() => {
      this.#modemSpeed.hears = baud;
    });
  }

  close(): void {
    this.onData = undefined;
    this.onClosed = undefined;
  }

  #heard(bytes: Uint8Array, sent: number, received: number): Uint8Array {
    if (sent === received) return bytes;
    const noise = new Uint8Array(bytes.length);
    this.#noise.fill(noise);
    return noise;
  }
}
