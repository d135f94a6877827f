// The module's TCP sockets (SIM7080 AT V1.07 §12, CA* commands): 13 connection ids, each with a receive buffer that
// holds the peer back when it is full, and a count of bytes sent but not acknowledged.

import type { NetworkEvent } from "../world/core.js";
import { ascii } from "./ascii.js";
import type { Machine, Moved, SocketsPart } from "./machine.js";
import { type OpenRequest, Socket } from "./socket.js";
import { FIRST_STREAM } from "./streams.js";

/** Connection ids are 0 to 12. */
export const SOCKET_COUNT = 13;
/** Six segments: with that much unacknowledged, CASEND takes its bytes and says ERROR. */
export const UNACKED_LIMIT = 8760;
/** The most that one CASEND or CARECV moves. */
export const TRANSFER_LIMIT = 1460;
/** The most that the CASEND query ever tells. */
export const SEND_ROOM = 1360;
/** How long the module tries to connect. */
const CONNECT_TIMEOUT_MS = 75_000;

/** Result codes of CAOPEN. */
export const OPEN = {
  success: 0,
  error: 1,
  noMemory: 2,
  notSupported: 7,
  connect: 18,
  dns: 20,
  pdp: 21,
  refused: 23,
  bind: 12,
  tlsExpired: 24,
  tlsName: 25,
  tls: 27,
} as const;

const FAILED: Record<(NetworkEvent & { event: "failed" })["reason"], number> = {
  refused: OPEN.refused,
  timeout: OPEN.connect,
  dns: OPEN.dns,
  unreachable: OPEN.connect,
  bind: OPEN.bind,
  tls: OPEN.tls,
  "tls-expired": OPEN.tlsExpired,
  "tls-name": OPEN.tlsName,
};

export class Sockets implements SocketsPart {
  readonly #machine: Machine;
  readonly #open = new Map<number, Socket>();
  readonly #moved = { sent: 0, taken: 0 };

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The module went down: connections end without a word on the UART. */
  reset(): void {
    for (const socket of this.#open.values()) this.#release(socket, true);
    this.#open.clear();
  }

  get moved(): Moved {
    return { ...this.#moved };
  }

  get(cid: number): Socket | undefined {
    return this.#open.get(cid);
  }

  list(): Socket[] {
    return [...this.#open.values()].sort((a, b) => a.cid - b.cid);
  }

  open(cid: number, request: OpenRequest): void {
    const socket = new Socket(cid, request);
    this.#open.set(cid, socket);
    const { faults } = this.#machine;
    const forced = faults.number("caopen-result");
    const stalled = faults.number("caopen-stall");
    if (stalled !== undefined && faults.strikes("caopen-stall")) {
      socket.timer = this.#machine.later(CONNECT_TIMEOUT_MS, () => this.#failed(socket, stalled));
      return;
    }
    if (faults.has("caopen-freeze")) {
      socket.timer = this.#machine.later(1, () => {
        if (faults.strikes("caopen-freeze")) this.#machine.power.freeze("frozen");
      });
      return;
    }
    const dialled = this.#machine.after(this.#machine.delay("open"), () => {
      if (forced !== undefined && faults.strikes("caopen-result")) return this.#failed(socket, forced);
      if (faults.strikes("dns-fails")) return this.#failed(socket, OPEN.dns);
      if (!this.#machine.pdp.active(request.pdp)) return this.#failed(socket, OPEN.pdp);
      const { host, port, tls, type } = request;
      this.#machine.act({ do: "connect", cid, host, port, ...(tls && { tls }), ...(type === "UDP" && { udp: true }) });
      socket.timer = this.#machine.later(CONNECT_TIMEOUT_MS, () => this.#failed(socket, OPEN.connect));
    });
    socket.timer = dialled ?? socket.timer;
  }

  send(socket: Socket, bytes: Uint8Array): boolean {
    if (socket.unacked + bytes.length > UNACKED_LIMIT) return false;
    socket.sent += bytes.length;
    this.#moved.sent += bytes.length;
    socket.unacked += bytes.length;
    this.#machine.act({ do: "send", cid: socket.cid, bytes });
    this.#machine.pdp.passed(bytes.length);
    this.#machine.traffic.sent(socket.request.pdp, bytes.length);
    return true;
  }

  remote({ address, request }: Socket): string {
    return `${address ?? request.host},${request.port},`;
  }

  listen(cid: number, request: OpenRequest): void {
    const socket = new Socket(cid, request);
    this.#open.set(cid, socket);
    if (!this.#machine.pdp.active(request.pdp)) {
      this.#failed(socket, OPEN.pdp);
      return;
    }
    this.#machine.act({ do: "listen", cid, port: request.port });
  }

  drain(socket: Socket): void {
    for (let bytes = this.take(socket, TRANSFER_LIMIT); bytes; bytes = this.take(socket, TRANSFER_LIMIT)) {
      this.#machine.out.raw(bytes);
    }
  }

  take(socket: Socket, count: number): Uint8Array | undefined {
    const [datagram] = socket.datagrams;
    const bytes = socket.received.take(Math.min(count, datagram ?? count));
    if (bytes && datagram !== undefined) {
      if (bytes.length === datagram) socket.datagrams.shift();
      else socket.datagrams[0] = datagram - bytes.length;
    }
    if (bytes) {
      this.#moved.taken += bytes.length;
      this.#grant(socket, bytes.length);
    }
    return bytes;
  }

  close(socket: Socket): void {
    this.#open.delete(socket.cid);
    this.#release(socket);
  }

  pdpLost(index: number, silent: boolean): void {
    for (const socket of this.list()) {
      if (socket.request.pdp !== index || socket.state === "closed") continue;
      if (socket.state === "opening") this.#failed(socket, OPEN.pdp);
      else {
        this.#release(socket, silent);
        socket.state = "closed";
        this.#machine.data.leave(socket);
      }
    }
    this.#machine.streams.pdpLost(index);
  }

  network(event: NetworkEvent): void {
    if (event.cid >= FIRST_STREAM) {
      this.#machine.streams.network(event);
      return;
    }
    const socket = this.#open.get(event.cid);
    if (!socket || socket.state === "closed") return;
    switch (event.event) {
      case "connected":
        socket.address = event.address;
        this.#connected(socket);
        break;
      case "incoming":
        this.#incoming(socket, event);
        break;
      case "failed":
        if (socket.state === "opening") this.#failed(socket, FAILED[event.reason]);
        break;
      case "data":
        this.#data(socket, event.bytes);
        break;
      case "acked":
        if (!this.#machine.faults.has("unacked")) socket.unacked = Math.max(0, socket.unacked - event.count);
        break;
      case "closed":
        if (socket.state === "opening") this.#failed(socket, OPEN.refused);
        else this.#ended(socket);
    }
  }

  /** A client of a server: it gets the first free id, and is told; there may be none, and the carrier refuses it. */
  #incoming(server: Socket, event: NetworkEvent & { event: "incoming" }): void {
    if (server.state !== "listening") return;
    const free = Array.from({ length: SOCKET_COUNT }, (_, cid) => cid).find((cid) => !this.#open.has(cid));
    if (free === undefined) {
      this.#machine.out.urc("TCPIP", '+CAURC: "incoming full"');
      return;
    }
    const { address, connection, port } = event;
    const socket = new Socket(free, { ...server.request, host: address, port, done: () => {} });
    socket.address = address;
    this.#open.set(free, socket);
    this.#machine.act({ do: "accept", cid: free, connection });
    this.#machine.out.urc("TCPIP", `+CANEW: ${server.cid},${free},${address},${port}`);
    this.#connected(socket);
  }

  #connected(socket: Socket): void {
    if (socket.state !== "opening") return;
    socket.timer?.cancel();
    // A server has no port of a peer: it listens.
    if (socket.request.host === "") {
      socket.state = "listening";
      socket.request.done(OPEN.success);
      return;
    }
    socket.state = "connected";
    this.#grant(socket, this.#machine.faults.number("buffer-small") ?? this.#machine.session.receiveBuffer);
    socket.request.done(OPEN.success);
    if (this.#machine.faults.strikes("caopen-close")) this.#ended(socket);
  }

  /** An open that failed leaves its id free. */
  #failed(socket: Socket, result: number): void {
    this.close(socket);
    socket.request.done(result);
  }

  #data(socket: Socket, bytes: Uint8Array): void {
    if (bytes.length > socket.window) {
      throw new RangeError(`carrier: ${bytes.length} bytes for cid ${socket.cid}, window ${socket.window}`);
    }
    if (bytes.length === 0) return;
    socket.window -= bytes.length;
    socket.receivedInAll += bytes.length;
    this.#machine.traffic.received(socket.request.pdp, bytes.length);
    if (this.#machine.data.carries(socket)) {
      this.#machine.out.raw(bytes.slice());
      this.#grant(socket, bytes.length);
    } else if (socket.request.push) this.#push(socket, bytes);
    else {
      const wasEmpty = socket.received.length === 0;
      socket.received.push(bytes.slice());
      if (socket.request.type === "UDP") socket.datagrams.push(bytes.length);
      if (wasEmpty) this.#machine.out.urc("TCPIP", `+CADATAIND: ${socket.cid}`);
      if (socket.window === 0) this.#machine.out.urc("TCPIP", '+CAURC: "buffer full"');
    }
    const { faults } = this.#machine;
    const cut = faults.number("peer-close");
    if (cut !== undefined && socket.receivedInAll >= cut && faults.strikes("peer-close")) this.#ended(socket);
    this.#machine.pdp.passed(bytes.length);
  }

  /** Push mode (§12, recv_mode 1): a line with the length, then the bytes. */
  #push(socket: Socket, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += TRANSFER_LIMIT) {
      const part = bytes.slice(at, at + TRANSFER_LIMIT);
      const remote = this.#machine.session.remoteShown ? `,${this.remote(socket).slice(0, -1)}` : "";
      this.#machine.out.raw(ascii(`\r\n+CAURC: "recv",${socket.cid},${part.length}${remote}\r\n`));
      this.#machine.out.raw(part);
    }
    this.#grant(socket, bytes.length);
  }

  /** The connection is over; what came before stays readable, and the id is in use until CACLOSE. */
  #ended(socket: Socket): void {
    this.#release(socket);
    socket.state = "closed";
    this.#machine.data.leave(socket);
    this.#machine.out.urc("TCPIP", `+CASTATE: ${socket.cid},0`);
    const automatic = this.#machine.session.autoCloseS;
    if (automatic === undefined) return;
    socket.timer = this.#machine.later(automatic * 1000, () => {
      this.close(socket);
      this.#machine.out.urc("TCPIP", `+CACLOSE: ${socket.cid}`);
    });
  }

  #grant(socket: Socket, bytes: number): void {
    if (socket.state !== "connected") return;
    socket.window += bytes;
    this.#machine.act({ do: "window", cid: socket.cid, bytes });
  }

  /** Ends the connection in the network, if there is one. */
  #release(socket: Socket, silent = false): void {
    socket.timer?.cancel();
    if (socket.state === "closed") return;
    this.#machine.act(silent ? { do: "close", cid: socket.cid, silent } : { do: "close", cid: socket.cid });
  }
}
