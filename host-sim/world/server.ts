// A server of the virtual network: carries one ServerCore, with modelled TLS in front of it or without.

import { Alarm } from "./alarm.js";
import type { ServerAction, ServerCore } from "./core.js";
import type { Scheduler } from "./scheduler.js";
import { TlsFront, type TlsFrontOptions } from "./tls-server.js";

/** The server's end of a connection. */
export interface ServerEnd {
  send(bytes: Uint8Array): void;
  /** Ends it behind what was sent, or at once by a reset. */
  close(abort: boolean): void;
}

/**
 * How a server behaves below its core towards new connections:
 * - `up`: it serves them; `refusing`: nobody listens; `silent`: not even the network answers
 * - `cutting`: it resets each at its first word (a TLS handshake that gets no further than the ClientHello)
 * - `mute`: it takes them and their bytes, and never says anything, nor ends them
 */
export type Reachability = "up" | "refusing" | "silent" | "cutting" | "mute";

/** One server: a core, its connections, its alarm clock. */
export class Server {
  reachability: Reachability = "up";
  readonly #core: ServerCore;
  readonly #front: TlsFront | undefined;
  readonly #scheduler: Scheduler;
  readonly #alarm: Alarm;
  readonly #ends = new Map<number, ServerEnd>();
  /** Connections that have said something. */
  readonly #talking = new Set<number>();
  /** Connections that are taken and never served. */
  readonly #mute = new Set<number>();

  constructor(core: ServerCore, scheduler: Scheduler, tls?: TlsFrontOptions) {
    this.#front = tls && new TlsFront(core, tls);
    this.#core = this.#front ?? core;
    this.#scheduler = scheduler;
    this.#alarm = new Alarm(scheduler, () => this.#apply(this.#core.poll(scheduler.now)));
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#ends.size;
  }

  /** Carries out actions that the core gave to a caller from outside: a command from the cloud, a fault. */
  push(actions: readonly ServerAction[]): void {
    this.#apply(this.#front === undefined ? actions : this.#front.wrap(actions));
  }

  #apply(actions: readonly ServerAction[]): void {
    for (const action of actions) {
      const end = this.#ends.get(action.connection);
      if (end === undefined) continue;
      if (action.do === "send") end.send(action.bytes);
      else {
        this.#forget(action.connection);
        end.close(action.abort === true);
      }
    }
    this.#alarm.set(this.#core.nextDeadline());
  }

  /** Cuts all connections off by a reset, as a crash of the server does. */
  reset(): void {
    for (const [connection, end] of [...this.#ends]) this.#cut(connection, end);
  }

  /** All connections become holes that swallow what is sent, and neither end is told: an address translator forgot them. */
  vanish(): void {
    for (const connection of [...this.#ends.keys()]) this.peerClosed(connection);
  }

  #cut(connection: number, end: ServerEnd): void {
    this.#forget(connection);
    end.close(true);
    this.#apply(this.#core.closed(connection, this.#scheduler.now));
  }

  #forget(connection: number): boolean {
    this.#talking.delete(connection);
    this.#mute.delete(connection);
    return this.#ends.delete(connection);
  }

  /** A client's connection request has arrived. */
  accept(connection: number, end: ServerEnd, sourceAddress: string): void {
    this.#ends.set(connection, end);
    if (this.reachability === "mute") {
      this.#mute.add(connection);
      return;
    }
    this.#apply(this.#core.open(connection, { sourceAddress }, this.#scheduler.now));
  }

  /** Bytes have arrived. @returns false when the connection is no longer there */
  receive(connection: number, bytes: Uint8Array): boolean {
    const end = this.#ends.get(connection);
    if (end === undefined) return false;
    if (this.#mute.has(connection)) return true;
    if (this.reachability === "cutting" && !this.#talking.has(connection)) {
      this.#cut(connection, end);
      return false;
    }
    this.#talking.add(connection);
    this.#apply(this.#core.receive(connection, bytes, this.#scheduler.now));
    return true;
  }

  /** The client has ended the connection. */
  peerClosed(connection: number): void {
    if (this.#forget(connection)) this.#apply(this.#core.closed(connection, this.#scheduler.now));
  }
}
