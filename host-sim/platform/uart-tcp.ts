// A modem's UART at the other end of a TCP connection: `--modem tcp:HOST:PORT`. The line speed is not carried.

import { connect, type Socket } from "node:net";
import type { UartEnd } from "../world/core.js";
import { LineEnd } from "./line-end.js";

/** How long to wait for the connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to a modem.
 * @param host name or address
 * @param port 1-65535
 * @returns the host's end, once connected
 * @throws Error (as a rejection) when nobody listens there
 */
export function uartOverTcp(host: string, port: number): Promise<UartEnd> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const place = `${host}:${port}`;
    const end = new TcpEnd(socket, place);
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
    socket.on("connect", () => {
      socket.setTimeout(0);
      resolve(end);
    });
    socket.on("error", (error) => {
      reject(new Error(`cannot reach a modem at ${place}: ${error.message}`, { cause: error }));
    });
  });
}

class TcpEnd extends LineEnd {
  readonly #socket: Socket;

  constructor(socket: Socket, place: string) {
    super();
    this.#socket = socket;
    socket.on("data", (bytes) => this.onData?.(bytes));
    socket.on("error", (error) => {
      this.lose(new Error(`the connection to the modem at ${place} broke: ${error.message}`, { cause: error }));
    });
    socket.on("close", () => this.lose(new Error(`the modem at ${place} closed the connection`)));
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  setBaud(): void {}

  close(): void {
    this.#socket.destroySoon();
  }
}
