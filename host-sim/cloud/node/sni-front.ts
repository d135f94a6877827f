// Several servers behind one TLS port, told apart by the SNI of the ClientHello, as a load balancer does.

import type { Hello, ServerAction, ServerCore, TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";

/** Sends each connection to the server that its SNI names; a handshake without a known name is refused. */
export class SniFront implements ServerCore, TlsPolicy {
  readonly #servers: ReadonlyMap<string, ServerCore & TlsPolicy>;
  readonly #connections = new Map<number, ServerCore>();

  /** @param servers by host name, in lower case */
  constructor(servers: Readonly<Record<string, ServerCore & TlsPolicy>>) {
    this.#servers = new Map(Object.entries(servers));
  }

  clientHello(offer: TlsOffer): TlsDecision {
    return this.#named(offer.sni)?.clientHello(offer) ?? { alert: "unrecognized_name" };
  }

  open(connection: number, hello: Hello, now: number): ServerAction[] {
    const server = this.#named(hello.sni);
    if (server === undefined) return [{ do: "close", connection, abort: true }];
    this.#connections.set(connection, server);
    return this.noted(server.open(connection, hello, now));
  }

  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[] {
    return this.noted(this.#connections.get(connection)?.receive(connection, bytes, now) ?? []);
  }

  closed(connection: number, now: number): ServerAction[] {
    const server = this.#connections.get(connection);
    this.#connections.delete(connection);
    return this.noted(server?.closed(connection, now) ?? []);
  }

  poll(now: number): ServerAction[] {
    return this.noted([...new Set(this.#servers.values())].flatMap((server) => server.poll(now)));
  }

  nextDeadline(): number | undefined {
    const deadlines = [...this.#servers.values()].flatMap((server) => server.nextDeadline() ?? []);
    return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
  }

  #named(sni: string | undefined): (ServerCore & TlsPolicy) | undefined {
    return sni === undefined ? undefined : this.#servers.get(sni.toLowerCase());
  }

  /** Passes actions on that a server gave to a caller from outside; every action must come by here, for the closes among them. */
  noted(actions: ServerAction[]): ServerAction[] {
    for (const action of actions) if (action.do === "close") this.#connections.delete(action.connection);
    return actions;
  }
}
