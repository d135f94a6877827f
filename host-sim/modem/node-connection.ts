// One of the modem's outbound connections, on a node:net socket and over the modem's radio. Bytes are taken from the
// socket only as far as the modem's receive window goes, so that TCP holds the peer back.

import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ModemTls, NetworkEvent } from "../world/core.js";
import type { Air } from "./air.js";
import { secureOptions, tlsFailure } from "./node-tls.js";

type FailureReason = (NetworkEvent & { event: "failed" })["reason"];

const REASONS: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "refused",
  ETIMEDOUT: "timeout",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
};

/** Where a connection leads, from where, and the radio on the way. */
export interface Route {
  target: { host: string; port: number };
  localAddress: string | undefined;
  /** The modem's own TLS, where it was asked for. */
  tls?: ModemTls | undefined;
  up: Air;
  down: Air;
}

export class NodeConnection {
  /** The socket, once the SYN has crossed the radio. */
  socket: Socket | undefined;
  readonly #cid: number;
  readonly #route: Route;
  readonly #tell: (event: NetworkEvent) => void;
  #window = 0;
  #over = false;

  /**
   * @param tell gets what the network says, never from inside the constructor or a method
   * @param accepted a connection that a peer opened; left out: it is dialled
   */
  constructor(cid: number, route: Route, tell: (event: NetworkEvent) => void, accepted?: Socket) {
    this.#cid = cid;
    this.#route = route;
    this.#tell = (event) => {
      const size = event.event === "data" ? event.bytes.length : 0;
      route.down.carry(size, () => {
        if (!this.#over) tell(event);
      });
    };
    if (accepted) {
      this.socket = accepted;
      this.#listenTo(accepted);
    } else {
      route.up.carry(0, () => {
        if (!this.#over) this.socket = this.#dial(route.localAddress);
      });
    }
  }

  send(bytes: Uint8Array): void {
    const count = bytes.length;
    this.#route.up.carry(count, () => {
      this.socket?.write(bytes, (error) => {
        if (!error) this.#tell({ event: "acked", cid: this.#cid, count });
      });
    });
  }

  /** The modem has room for `bytes` more. */
  grant(bytes: number): void {
    this.#window += bytes;
    // Not from inside: the modem has just answered, and its actions are being carried out.
    queueMicrotask(() => this.#pump());
  }

  /** Ends it behind what was sent; `silent`: at once. Nothing is told any more. */
  end(silent: boolean): void {
    this.#over = true;
    if (silent || !this.socket || this.socket.connecting) this.socket?.destroy();
    else this.#route.up.carry(0, () => this.socket?.destroySoon());
  }

  #dial(localAddress: string | undefined): Socket {
    const cid = this.#cid;
    const { tls, target } = this.#route;
    const raw = connect({
      ...target,
      noDelay: true,
      allowHalfOpen: true,
      ...(localAddress !== undefined && { localAddress }),
    });
    const socket = tls ? connectTls({ ...secureOptions(tls, target.host), socket: raw }) : raw;
    let connected = false;
    let reached = false;
    const failed = (reason: FailureReason) => {
      socket.destroy();
      this.#tell({ event: "failed", cid, reason });
    };
    raw.once("connect", () => {
      reached = true;
    });
    socket.on(tls ? "secureConnect" : "connect", () => {
      const wrong = tls && tlsFailure(socket, tls);
      if (wrong) {
        failed(wrong);
        return;
      }
      connected = true;
      this.#tell({ event: "connected", cid, ...(raw.remoteAddress !== undefined && { address: raw.remoteAddress }) });
    });
    this.#listenTo(socket, (error) => {
      // A system without the SIM's address on its loopback (macOS) dials from whatever it has.
      if (error.code === "EADDRNOTAVAIL" && localAddress !== undefined) this.socket = this.#dial(undefined);
      else if (connected) this.#tell({ event: "closed", cid });
      else failed(tls && reached ? "tls" : (REASONS[error.code ?? ""] ?? "unreachable"));
    });
    return socket;
  }

  #listenTo(socket: Socket, onError?: (error: NodeJS.ErrnoException) => void): void {
    const cid = this.#cid;
    socket.on("readable", () => this.#pump());
    socket.on("end", () => this.#tell({ event: "closed", cid }));
    socket.on("error", onError ?? (() => this.#tell({ event: "closed", cid })));
  }

  #pump(): void {
    const { socket } = this;
    if (!socket) return;
    while (!this.#over && this.#window > 0 && socket.readableLength > 0) {
      const bytes: Uint8Array | null = socket.read(Math.min(this.#window, socket.readableLength));
      if (bytes === null) return;
      this.#window -= bytes.length;
      this.#tell({ event: "data", cid: this.#cid, bytes });
    }
    // An end is told only once everything before it was read; asking for nothing lets Node notice it.
    if (!this.#over && socket.readableLength === 0) socket.read(0);
  }
}
