// A UDP connection of the modem on node:dgram. A datagram for which the modem has no room is lost, as on the air.

import { createSocket, type Socket } from "node:dgram";
import type { NetworkEvent } from "../world/core.js";
import type { Route } from "./node-connection.js";

export class NodeDatagrams {
  readonly #cid: number;
  readonly #route: Route;
  readonly #socket: Socket = createSocket("udp4");
  #window = 0;
  #over = false;

  /** @param tell gets what the network says, never from inside the constructor or a method */
  constructor(cid: number, route: Route, tell: (event: NetworkEvent) => void) {
    this.#cid = cid;
    this.#route = route;
    const { target } = route;
    const later = (size: number, event: () => NetworkEvent | undefined) =>
      route.down.carry(size, () => {
        const said = this.#over ? undefined : event();
        if (said) queueMicrotask(() => tell(said));
      });
    this.#socket.on("message", (bytes) =>
      later(bytes.length, () => {
        if (bytes.length > this.#window) return undefined;
        this.#window -= bytes.length;
        return { event: "data", cid, bytes };
      }),
    );
    // A port that nobody listens on is told by ICMP, and no fault of the connection.
    this.#socket.on("error", () => {});
    this.#socket.connect(target.port, target.host, () =>
      later(0, () => ({ event: "connected", cid, address: this.#socket.remoteAddress().address })),
    );
    this.#acked = (count) => later(0, () => ({ event: "acked", cid, count }));
  }

  readonly #acked: (count: number) => void;

  send(bytes: Uint8Array): void {
    this.#route.up.carry(bytes.length, () => {
      if (!this.#over) this.#socket.send(bytes, () => this.#acked(bytes.length));
    });
  }

  grant(bytes: number): void {
    this.#window += bytes;
  }

  end(_silent: boolean): void {
    this.#over = true;
    this.#route.up.carry(0, () => this.#socket.close());
  }

  /** Has no socket of node:net. */
  readonly socket = undefined;

  get cid(): number {
    return this.#cid;
  }
}
