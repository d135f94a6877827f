// A modem at this computer's USB port, by WebSerial: the end of a line as a desk has it (world/core.ts).

import type { UartEnd } from "../../world/core.js";

/** As much of the browser's SerialPort as is used here. */
export interface WebPort {
  open(options: { baudRate: number; bufferSize: number }): Promise<void>;
  close(): Promise<void>;
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
}

/** The browser's way to ask for one. */
export const ports = (): { requestPort(): Promise<WebPort> } =>
  (navigator as unknown as { serial: { requestPort(): Promise<WebPort> } }).serial;

const BUFFER_BYTES = 16_384;

/** An open port. Its speed is that of its opening: a modem at USB takes any. */
export class WebUart implements UartEnd {
  onData: ((bytes: Uint8Array) => void) | undefined;
  onClosed: ((reason: Error) => void) | undefined;
  readonly #port: WebPort;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Hears both ways, whoever has the line. */
  readonly #heard: (direction: "up" | "down", bytes: Uint8Array) => void;
  #isClosed = false;

  private constructor(port: WebPort, heard: (direction: "up" | "down", bytes: Uint8Array) => void) {
    this.#port = port;
    this.#heard = heard;
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
    void this.#read();
  }

  /** Opens a port. @throws Error where the browser cannot, with its reason */
  static async open(
    port: WebPort,
    baudRate: number,
    heard: (direction: "up" | "down", bytes: Uint8Array) => void,
  ): Promise<WebUart> {
    await port.open({ baudRate, bufferSize: BUFFER_BYTES });
    return new WebUart(port, heard);
  }

  write(bytes: Uint8Array): void {
    this.#heard("up", bytes);
    void this.#writer.write(bytes.slice()).catch((error: Error) => this.#lost(error));
  }

  setBaud(): void {}

  close(): void {
    this.#isClosed = true;
    void this.#reader
      .cancel()
      .then(() => this.#writer.close())
      .then(() => this.#port.close())
      .catch(() => {});
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        this.#heard("down", value);
        this.onData?.(value);
      }
      this.#lost(new Error("the port has ended"));
    } catch (error) {
      this.#lost(error as Error);
    }
  }

  #lost(reason: Error): void {
    this.#reader.releaseLock();
    if (!this.#isClosed) this.onClosed?.(reason);
    this.#isClosed = true;
  }
}
