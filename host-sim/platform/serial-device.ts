// A modem on a serial port of this machine, USB adapters included: `--modem serial:PATH[@BAUD]`.

import { existsSync } from "node:fs";
import type { SerialPort } from "serialport";
import type { UartEnd } from "../world/core.js";
import { LineEnd } from "./line-end.js";

/** How often to see whether the port is still there, in milliseconds. */
const PRESENCE_MS = 1_000;

/** Operating systems' words for why a port cannot be opened, and what helps. */
const HINTS: readonly { when: RegExp; hint: string }[] = [
  { when: /permission denied|access denied/i, hint: "on Linux, add yourself to the group dialout" },
  { when: /no such file|file not found/i, hint: "see which ports there are: ls /dev/tty*, or the device manager" },
  { when: /lock|busy|temporarily unavailable/i, hint: "another program has it open" },
];

/**
 * Opens a serial port: 8 data bits, no parity, 1 stop bit, no flow control.
 * @param path `/dev/ttyUSB0`, `COM3`
 * @param baud bits per second to begin with
 * @returns the host's end, once open
 * @throws Error (as a rejection) when it cannot be opened
 */
export async function uartOnDevice(path: string, baud: number): Promise<UartEnd> {
  // Loaded on demand: a native module that a simulated run does not need.
  const { SerialPort } = await import("serialport").catch((error) => {
    throw new Error("serial: needs the package serialport: npm install serialport", { cause: error });
  });
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: baud }, (error) => {
      if (error === null) resolve(new DeviceEnd(port, path));
      else reject(new Error(cannotOpen(path, error.message), { cause: error }));
    });
  });
}

function cannotOpen(path: string, reason: string): string {
  const hint = HINTS.find(({ when }) => when.test(reason))?.hint;
  return `cannot open the serial port ${path}: ${reason.replace(/^Error: /, "")}${hint ? ` (${hint})` : ""}`;
}

class DeviceEnd extends LineEnd {
  readonly #port: SerialPort;
  readonly #presence: NodeJS.Timeout | undefined;
  /** What was asked for and has not been done: a change of speed must keep its place between the bytes. */
  #queue: Promise<void> = Promise.resolve();

  constructor(port: SerialPort, path: string) {
    super();
    this.#port = port;
    port.on("data", (bytes: Uint8Array) => this.onData?.(bytes));
    port.on("error", (error) =>
      this.lose(new Error(`the serial port ${path} failed: ${error.message}`, { cause: error })),
    );
    const gone = () => {
      clearInterval(this.#presence);
      this.lose(new Error(`the serial port ${path} is gone`));
    };
    port.on("close", gone);
    // A port that is unplugged while the library reads from it makes that read return nothing for ever, without an event.
    // (Windows has no such files.)
    if (existsSync(path)) {
      this.#presence = setInterval(() => {
        if (existsSync(path)) return;
        gone();
        this.close();
      }, PRESENCE_MS).unref();
    }
  }

  write(bytes: Uint8Array): void {
    this.#then((done) => this.#port.write(bytes, done));
  }

  setBaud(baud: number): void {
    if (baud === this.#port.baudRate) return;
    this.#then((done) => this.#port.drain(done));
    this.#then((done) => this.#port.update({ baudRate: baud }, done));
  }

  close(): void {
    clearInterval(this.#presence);
    this.#then((done) => this.#port.close(done));
  }

  /** Does `act` after all before it. Its failure is told by the port's own events. */
  #then(act: (done: () => void) => void): void {
    this.#queue = this.#queue.then(() =>
      this.#port.isOpen ? new Promise<void>((done) => act(() => done())) : undefined,
    );
  }
}
