// Carries a server core by node:net and node:tls, over loopback. The only file of the cloud that knows sockets.
// The ClientHello is read before the handshake, so that the core's TlsPolicy decides with everything the client offered.

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { Hello, ServerAction, ServerCore, TlsDecision, TlsPolicy } from "../../world/core.js";
import { alertRecord, readClientHello } from "./client-hello.js";

/** From the TCP connection to the end of the handshake, in milliseconds. */
const HANDSHAKE_MS = 15_000;
/** A peer that lets this much lie unread is disconnected. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/**
 * A connection that the core ended is read on for so long, and what comes is dropped: a reset would take the last
 * answer along.
 */
const LINGER_MS = 2_000;
/** The longest that a Node timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface CarrierOptions {
  core: ServerCore;
  /** Left out: plain TCP. */
  tls?: {
    policy: TlsPolicy;
    /** Key and certificates by the name that the policy gave. */
    context(identity: string): Promise<SecureContext>;
  };
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Milliseconds since 1970; default the real time. */
  clock?: () => number;
}

/** A core that listens. */
export interface Carrier {
  readonly host: string;
  readonly port: number;
  /** Does what a core's method that is not one of ServerCore's asks for, e.g. a broker's `publish`. */
  perform(act: (now: number) => ServerAction[]): void;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts listening. @throws the error of `listen`, e.g. with the code EADDRINUSE */
export async function carry(options: CarrierOptions): Promise<Carrier> {
  const carrier = new NodeCarrier(options);
  await carrier.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  return carrier;
}

class NodeCarrier implements Carrier {
  readonly #core: ServerCore;
  readonly #tls: CarrierOptions["tls"];
  readonly #clock: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Map<number, { stream: Socket; socket: Socket }>();
  #lastConnection = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CarrierOptions) {
    this.#core = options.core;
    this.#tls = options.tls;
    this.#clock = options.clock ?? Date.now;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  get host(): string {
    return (this.#server.address() as AddressInfo).address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  perform(act: (now: number) => ServerAction[]): void {
    for (const action of act(this.#clock())) this.#act(action);
    this.#rearm();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#streams.clear();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    // Errors of a socket are told by "close", which always follows.
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    if (this.#tls === undefined) this.#serve(socket, socket, {});
    else this.#handshake(socket, this.#tls);
  }

  #handshake(socket: Socket, tls: NonNullable<CarrierOptions["tls"]>): void {
    const deadline = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    socket.on("close", () => clearTimeout(deadline));
    let hello = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      hello = Buffer.concat([hello, chunk]);
      try {
        const offer = readClientHello(hello);
        if (offer === undefined) return;
        socket.off("data", onData);
        socket.pause();
        const decision = tls.policy.clientHello(offer);
        if ("alert" in decision) {
          socket.end(alertRecord(decision.alert));
          return;
        }
        void this.#secure(socket, hello, decision, offer.sni, tls, deadline);
      } catch {
        socket.end(alertRecord("handshake_failure"));
      }
    };
    socket.on("data", onData);
  }

  async #secure(
    socket: Socket,
    hello: Buffer,
    decision: Exclude<TlsDecision, { alert: unknown }>,
    sni: string | undefined,
    tls: NonNullable<CarrierOptions["tls"]>,
    deadline: NodeJS.Timeout,
  ): Promise<void> {
    let secureContext: SecureContext;
    try {
      secureContext = await tls.context(decision.certificate);
    } catch {
      socket.end(alertRecord("internal_error"));
      return;
    }
    if (socket.destroyed) return;
    socket.unshift(hello);
    const stream = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ...(decision.alpn !== undefined && { ALPNProtocols: [decision.alpn] }),
    });
    stream.on("error", () => socket.destroy());
    stream.once("secure", () => {
      clearTimeout(deadline);
      this.#serve(socket, stream, { sni, alpn: decision.alpn });
    });
  }

  #serve(socket: Socket, stream: Socket, hello: Omit<Hello, "sourceAddress">): void {
    const connection = ++this.#lastConnection;
    this.#streams.set(connection, { stream, socket });
    stream.on("data", (bytes: Buffer) => {
      if (this.#streams.has(connection)) this.perform((now) => this.#core.receive(connection, bytes, now));
    });
    stream.on("drain", () => stream.resume());
    stream.on("close", () => {
      if (this.#streams.delete(connection)) this.perform((now) => this.#core.closed(connection, now));
    });
    const sourceAddress = socket.remoteAddress ?? "";
    this.perform((now) => this.#core.open(connection, { sourceAddress, ...hello }, now));
  }

  #act(action: ServerAction): void {
    const ends = this.#streams.get(action.connection);
    if (ends === undefined) return;
    const { stream, socket } = ends;
    if (action.do === "close") {
      this.#streams.delete(action.connection);
      if (action.abort) socket.resetAndDestroy();
      else linger(stream, socket);
      return;
    }
    // A peer that does not read is not read either, and does not fill our memory.
    if (!stream.write(action.bytes)) stream.pause();
    if (stream.writableLength > MAX_UNSENT_BYTES) stream.destroy();
  }

  #rearm(): void {
    clearTimeout(this.#timer);
    const next = this.#core.nextDeadline();
    if (next === undefined) return;
    const wait = Math.min(Math.max(next - this.#clock(), 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.perform((now) => this.#core.poll(now)), wait);
  }
}

/** Ends a stream behind what was written, and gives the peer time to read it. */
function linger(stream: Socket, socket: Socket): void {
  stream.end();
  stream.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}
