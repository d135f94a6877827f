// This machine's network in the modem's place: always up, with nothing to restart.

import type { BufferLike, TcpClass } from "../../firmware/platform/io.js";
import type { Link } from "../../firmware/platform/link.js";

/** Bytes that all sockets of a fleet have moved: TLS records included, TCP/IP headers not. */
export interface Traffic {
  txBytes: number;
  rxBytes: number;
}

/**
 * A link for one device.
 * @param TCP the machine's socket class
 * @param fleet counts the device's bytes too
 */
export function hostLink(TCP: TcpClass, fleet: Traffic): Link {
  const own: Traffic = { txBytes: 0, rxBytes: 0 };
  let socketsOpened = 0;
  const done = async () => {};
  return {
    TCP: class extends TCP {
      constructor(...options: ConstructorParameters<TcpClass>) {
        super(...options);
        socketsOpened++;
      }
      override read(byteLength?: number): ArrayBuffer | undefined {
        const bytes = super.read(byteLength);
        for (const count of [own, fleet]) count.rxBytes += bytes?.byteLength ?? 0;
        return bytes;
      }
      override write(bytes: BufferLike): number {
        for (const count of [own, fleet]) count.txBytes += bytes.byteLength;
        return super.write(bytes);
      }
    },
    up: async () => ({}),
    status: async () => ({}),
    time: async () => ({ wallMs: Date.now(), source: "network" }),
    counters: () => ({
      uartTxBytes: 0,
      uartRxBytes: 0,
      airTxBytes: own.txBytes,
      airRxBytes: own.rxBytes,
      socketsOpened,
      atCommands: 0,
    }),
    renewPdp: done,
    radioCycle: done,
    restart: done,
    down: done,
  };
}
