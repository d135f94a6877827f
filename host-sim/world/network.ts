// The virtual network: which server stands at which host name and port.

import { Connection, type ConnectionEvents, type Origin } from "./connection.js";
import type { Scheduler } from "./scheduler.js";
import type { Server } from "./server.js";
import type { Trace } from "./trace.js";

/** The network of one virtual world, and its name table. */
export class VirtualNetwork {
  readonly #scheduler: Scheduler;
  readonly #trace: Trace;
  /** By host name in lower case, then by port. */
  readonly #hosts = new Map<string, Map<number, Server>>();
  readonly #unresolvable = new Set<string>();
  #connections = 0;
  /** Told of each connection that is dialled, and the name of the device that does. */
  onDial: ((connection: number, name: string) => void) | undefined;

  constructor(scheduler: Scheduler, trace: Trace) {
    this.#scheduler = scheduler;
    this.#trace = trace;
  }

  /** Puts a server at a host name and port; one server may stand at several. Case does not matter. */
  listen(host: string, port: number, server: Server): void {
    const name = host.toLowerCase();
    const ports = this.#hosts.get(name) ?? new Map<number, Server>();
    this.#hosts.set(name, ports.set(port, server));
  }

  /** Takes a host's name out of the name table, or puts it back. */
  setResolvable(host: string, resolvable: boolean): void {
    if (resolvable) this.#unresolvable.delete(host.toLowerCase());
    else this.#unresolvable.add(host.toLowerCase());
  }

  /** Opens a connection; its events come later, never from inside. */
  connect(host: string, port: number, origin: Origin, events: ConnectionEvents): Connection {
    const number = ++this.#connections;
    this.onDial?.(number, origin.name);
    const connection = new Connection(this.#scheduler, this.#trace, number, origin, events);
    const name = host.toLowerCase();
    connection.dial(() => {
      const ports = this.#hosts.get(name);
      if (ports === undefined || this.#unresolvable.has(name)) return "dns";
      return ports.get(port) ?? "refused";
    });
    return connection;
  }
}
