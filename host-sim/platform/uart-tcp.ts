// A modem's UART at the other end of a TCP connection: `--modem tcp:HOST:PORT`. The line speed is not carried.

import { connect } from "node:net";
import type { UartEnd } from "../world/core.js";

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
    const end: UartEnd = {
      onData: undefined,
      onClosed: undefined,
      write: (bytes) => {
        socket.write(bytes);
      },
      setBaud: () => {},
      close: () => {
        socket.destroySoon();
      },
    };
    const lost = (reason: Error) => {
      const report = end.onClosed;
      end.onClosed = undefined;
      report?.(reason);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
    socket.on("connect", () => {
      socket.setTimeout(0);
      resolve(end);
    });
    socket.on("data", (bytes) => end.onData?.(bytes));
    socket.on("error", (error) => {
      reject(new Error(`cannot reach a modem at ${place}: ${error.message}`, { cause: error }));
      lost(new Error(`the connection to the modem at ${place} broke: ${error.message}`, { cause: error }));
    });
    socket.on("close", () => lost(new Error(`the modem at ${place} closed the connection`)));
  });
}
