// Carries the simulated modem in real time: node:net sockets from the SIM's own address behind it, real timers, and its
// UART at the line's speed, in this process or on a TCP port. Nothing is left behind after `close`.

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ModemAction, ModemCore, NameTable, NetworkEvent, UartEnd } from "../world/core.js";
import type { LinkProfile } from "../world/link.js";
import { Prng } from "../world/prng.js";
import { sourceAddressOf } from "../world/sims.js";
import { Air } from "./air.js";
import { NodeConnection, type Route } from "./node-connection.js";
import { NodeDatagrams } from "./node-datagrams.js";
import { PacedLine } from "./paced-line.js";

/** Line speed where neither side has named one. */
const DEFAULT_BAUD = 115_200;
/** Bytes of a TCP client on their way to the modem above which no more is taken from it. */
const CLIENT_BYTES = 4096;
/** Longest delay that setTimeout takes. */
const TIMER_LIMIT_MS = 2 ** 31 - 1;

/** The network that a simulated modem is on. */
export interface NodeModemOptions {
  /** Where host names lead. A name that is not in it does not resolve. */
  names: NameTable;
  /** Number of the SIM, whose source address the sockets dial from; left out: from no address in particular. */
  sim?: number | undefined;
  /** The radio, each way; left out: no latency and no limit but the UART's. */
  link?: LinkProfile | undefined;
  /** Called with each message that the modem sends. */
  onSms?: ((to: string, text: string) => void) | undefined;
}

/** One modem in real time. Every instance stands for itself: several run in one process. */
export class NodeModem {
  /** The host's end of the UART. */
  readonly uart: UartEnd;
  readonly #core: ModemCore;
  readonly #names: NameTable;
  readonly #localAddress: string | undefined;
  readonly #toHost = new PacedLine((bytes) => this.#heardByHost(bytes));
  readonly #toModem = new PacedLine((bytes) => this.#heardByModem(bytes));
  readonly #onSms: ((to: string, text: string) => void) | undefined;
  readonly #noise = new Prng("line noise");
  readonly #up: Air;
  readonly #down: Air;
  /** Speeds in bits per second; the modem's 0: it follows the host. */
  #hostBaud = DEFAULT_BAUD;
  #modemBaud = 0;
  readonly #connections = new Map<number, NodeConnection | NodeDatagrams>();
  /** The modem's own servers, by cid (AT+CASERVER). */
  readonly #servers = new Map<number, Server>();
  /** Peers' connections that the modem has not taken yet. */
  readonly #incoming = new Map<number, Socket>();
  #peers = 0;
  readonly #lingering = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;
  #server: Server | undefined;
  #client: Socket | undefined;
  #closed = false;

  /** @param core the modem; it belongs to this carrier from now on */
  constructor(core: ModemCore, options: NodeModemOptions) {
    this.#core = core;
    this.#names = options.names;
    this.#onSms = options.onSms;
    this.#up = new Air(options.link, this.#noise.split("up"));
    this.#down = new Air(options.link, this.#noise.split("down"));
    this.#localAddress = options.sim === undefined ? undefined : sourceAddressOf(options.sim);
    this.uart = {
      onData: undefined,
      onClosed: undefined,
      write: (bytes) => this.#toModem.send(bytes, this.#hostBaud),
      setBaud: (baud) =>
        this.#toModem.after(() => {
          this.#hostBaud = baud;
        }),
      close: () => {
        this.uart.onData = undefined;
        this.uart.onClosed = undefined;
      },
    };
    this.run((now) => core.poll(now));
  }

  /** PWRKEY; 1 is pressed. */
  powerKey(level: 0 | 1): void {
    this.run((now) => this.#core.powerKey(level, now));
  }

  /** Lets the caller drive the core (faults, network, supply) and carries out what it answers. */
  run(act: (now: number) => ModemAction[]): void {
    if (this.#closed) return;
    for (const action of act(Date.now())) this.#do(action);
    this.#rewind();
  }

  /**
   * Serves the UART to TCP clients, one at a time, as raw bytes; the line speed is not carried, so that the host always has
   * the modem's. A second client is turned away.
   * @param host address to listen on
   * @param port 0 to 65535; 0: any free port
   * @returns where it listens
   * @throws Error (as a rejection) with Node's code, e.g. EADDRINUSE
   */
  listen(host: string, port: number): Promise<AddressInfo> {
    const server = createServer((client) => this.#serve(client));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        resolve(server.address() as AddressInfo);
      });
    });
  }

  /** Frees all: timers, sockets, the port. Settles when the port is free again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#toHost.close();
    this.#toModem.close();
    this.#up.close();
    this.#down.close();
    for (const connection of this.#connections.values()) {
      if (connection instanceof NodeDatagrams) connection.end(true);
      else connection.socket?.destroy();
    }
    for (const own of this.#servers.values()) own.close();
    for (const socket of this.#lingering) socket.destroy();
    this.#connections.clear();
    this.#client?.destroy();
    const server = this.#server;
    if (server?.listening) await new Promise((resolve) => server.close(resolve));
  }

  #rewind(): void {
    clearTimeout(this.#timer);
    const deadline = this.#core.nextDeadline();
    if (deadline === undefined) return;
    const ms = Math.min(Math.max(0, deadline - Date.now()), TIMER_LIMIT_MS);
    this.#timer = setTimeout(() => this.run((now) => this.#core.poll(now)), ms);
  }

  #do(action: ModemAction): void {
    switch (action.do) {
      case "uart":
        this.#toHost.send(action.bytes, this.#modemBaud || this.#hostBaud);
        break;
      case "baud":
        this.#toHost.after(() => {
          this.#modemBaud = action.baud;
        });
        break;
      case "connect":
        this.#connect(action);
        break;
      case "listen":
        this.#listenAs(action.cid, action.port);
        break;
      case "accept":
        this.#accept(action.cid, action.connection);
        break;
      case "send":
        this.#connections.get(action.cid)?.send(action.bytes);
        break;
      case "window":
        this.#connections.get(action.cid)?.grant(action.bytes);
        break;
      case "close":
        this.#disconnect(action.cid, action.silent ?? false);
        break;
      case "sms":
        this.#onSms?.(action.to, action.text);
    }
  }

  #connect({ cid, host, port, tls, udp }: ModemAction & { do: "connect" }): void {
    const target = this.#names.lookup(host, port);
    if (!target) {
      queueMicrotask(() => this.#tell({ event: "failed", cid, reason: "dns" }));
      return;
    }
    const route = { ...this.#route(target), tls };
    const tell = (event: NetworkEvent) => this.#tell(event);
    this.#connections.set(cid, udp ? new NodeDatagrams(cid, route, tell) : new NodeConnection(cid, route, tell));
  }

  #tell(event: NetworkEvent): void {
    this.run((now) => this.#core.network(event, now));
  }

  #route(target: { host: string; port: number }): Route {
    return { target, localAddress: this.#localAddress, up: this.#up, down: this.#down };
  }

  /** A server of the modem's, on the SIM's own address. */
  #listenAs(cid: number, port: number, host = this.#localAddress): void {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (peer) =>
      this.#called(cid, peer),
    );
    this.#servers.set(cid, server);
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRNOTAVAIL" && host !== undefined) this.#listenAs(cid, port, undefined);
      else this.#tell({ event: "failed", cid, reason: "bind" });
    });
    server.listen({ port, host: host ?? "127.0.0.1" }, () => this.#tell({ event: "connected", cid }));
  }

  #called(cid: number, peer: Socket): void {
    const connection = ++this.#peers;
    this.#incoming.set(connection, peer);
    const { remoteAddress: address = "0.0.0.0", remotePort: port = 0 } = peer;
    this.#tell({ event: "incoming", cid, connection, address, port });
    // Not taken: refused.
    if (this.#incoming.delete(connection)) peer.destroy();
  }

  #accept(cid: number, connection: number): void {
    const peer = this.#incoming.get(connection);
    if (!peer) return;
    this.#incoming.delete(connection);
    const route = this.#route({ host: "", port: 0 });
    this.#connections.set(cid, new NodeConnection(cid, route, (event) => this.#tell(event), peer));
  }

  /** What was sent before still arrives; nothing is heard of it any more. */
  #disconnect(cid: number, silent: boolean): void {
    this.#servers.get(cid)?.close();
    this.#servers.delete(cid);
    const connection = this.#connections.get(cid);
    if (!connection) return;
    this.#connections.delete(cid);
    if (connection.socket) this.#linger(connection.socket);
    connection.end(silent);
  }

  /** Keeps a socket that is ending, so that `close` finds it. */
  #linger(socket: Socket): void {
    this.#lingering.add(socket);
    socket.once("close", () => this.#lingering.delete(socket));
  }

  #heardByHost(bytes: Uint8Array): void {
    if (this.#client) {
      if (!this.#client.write(bytes)) this.#toHost.hold(true);
    } else this.uart.onData?.(this.#asHeard(bytes));
  }

  #heardByModem(bytes: Uint8Array): void {
    const heard = this.#client ? bytes : this.#asHeard(bytes);
    this.run((now) => this.#core.uart(heard, now));
    if (this.#client?.isPaused() && this.#toModem.queued < CLIENT_BYTES) this.#client.resume();
  }

  /** At another speed than the sender's a receiver sees noise. */
  #asHeard(bytes: Uint8Array): Uint8Array {
    if (this.#modemBaud === 0 || this.#modemBaud === this.#hostBaud) return bytes;
    const noise = new Uint8Array(bytes.length);
    this.#noise.fill(noise);
    return noise;
  }

  #serve(client: Socket): void {
    if (this.#client) {
      this.#linger(client);
      client.on("error", () => {});
      client.resume().end();
      return;
    }
    this.#client = client;
    client.setNoDelay(true);
    client.on("data", (bytes) => {
      this.#toModem.send(bytes, this.#modemBaud || DEFAULT_BAUD);
      if (this.#toModem.queued >= CLIENT_BYTES) client.pause();
    });
    client.on("drain", () => this.#toHost.hold(false));
    client.on("error", () => {});
    client.on("close", () => {
      this.#client = undefined;
      this.#toHost.hold(false);
    });
  }
}
