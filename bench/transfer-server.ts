// A server for transfers: counts what it gets; the first byte of a connection makes it send a given number of bytes back.

import type { ServerAction, ServerCore } from "../host-sim/world/core.js";

export class TransferServer implements ServerCore {
  /** Bytes received in all. */
  received = 0;
  readonly #size: number;
  readonly #answered = new Set<number>();

  /** @param size bytes to send */
  constructor(size: number) {
    this.#size = size;
  }

  open(): ServerAction[] {
    return [];
  }

  receive(connection: number, bytes: Uint8Array): ServerAction[] {
    this.received += bytes.length;
    if (this.#answered.has(connection) || bytes[0] !== 1) return [];
    this.#answered.add(connection);
    return [{ do: "send", connection, bytes: new Uint8Array(this.#size).fill(0xaa) }];
  }

  closed(): ServerAction[] {
    return [];
  }

  poll(): ServerAction[] {
    return [];
  }

  nextDeadline(): number | undefined {
    return undefined;
  }
}
