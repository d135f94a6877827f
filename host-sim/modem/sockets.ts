// The module's TCP sockets (SIM7080 AT V1.07 §12, CA* commands): 13 connection ids, each with a receive buffer that
// holds the peer back when it is full, and a count of bytes sent but not acknowledged.

import type { NetworkEvent } from "../world/core.js";
import { ascii } from "./ascii.js";
import type { Machine, SocketsPart } from "./machine.js";
import { type OpenRequest, Socket } from "./socket.js";

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
} as const;

const FAILED: Record<(NetworkEvent & { event: "failed" })["reason"], number> = {
  refused: OPEN.refused,
  timeout: OPEN.connect,
  dns: OPEN.dns,
  unreachable: OPEN.connect,
};

export class Sockets implements SocketsPart {
  readonly #machine: Machine;
  readonly #open = new Map<number, Socket>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The module went down: connections end without a word on the UART. */
  reset(): void {
    for (const socket of this.#open.values()) this.#release(socket, true);
    this.#open.clear();
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
      this.#machine.act({ do: "connect", cid, host: request.host, port: request.port });
      socket.timer = this.#machine.later(CONNECT_TIMEOUT_MS, () => this.#failed(socket, OPEN.connect));
    });
    socket.timer = dialled ?? socket.timer;
  }

  send(socket: Socket, bytes: Uint8Array): boolean {
    if (socket.unacked + bytes.length > UNACKED_LIMIT) return false;
    socket.sent += bytes.length;
    socket.unacked += bytes.length;
    this.#machine.act({ do: "send", cid: socket.cid, bytes });
    this.#machine.pdp.passed(bytes.length);
    return true;
  }

  take(socket: Socket, count: number): Uint8Array | undefined {
    const bytes = socket.received.take(count);
    if (bytes) this.#grant(socket, bytes.length);
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
      }
    }
  }

  network(event: NetworkEvent): void {
    const socket = this.#open.get(event.cid);
    if (!socket || socket.state === "closed") return;
    switch (event.event) {
      case "connected":
        this.#connected(socket);
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

  #connected(socket: Socket): void {
    if (socket.state !== "opening") return;
    socket.timer?.cancel();
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
    if (socket.request.push) this.#push(socket, bytes);
    else {
      const wasEmpty = socket.received.length === 0;
      socket.received.push(bytes.slice());
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
      this.#machine.out.raw(ascii(`\r\n+CAURC: "recv",${socket.cid},${part.length}\r\n`));
      this.#machine.out.raw(part);
    }
    this.#grant(socket, bytes.length);
  }

  /** The connection is over; what came before stays readable, and the id is in use until CACLOSE. */
  #ended(socket: Socket): void {
    this.#release(socket);
    socket.state = "closed";
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
