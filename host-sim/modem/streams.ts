// Connections of the module's own clients, its MQTT and its HTTP: beside the numbered ones of the CA commands.

import type { NetworkEvent } from "../world/core.js";
import type { Job } from "./agenda.js";
import type { Machine, Stream, StreamEvents, StreamsPart, StreamTarget } from "./machine.js";

/** The first id; below it are those of the CA commands. */
export const FIRST_STREAM = 100;
/** What is granted to the peer ahead. */
const WINDOW = 65_536;
const CONNECT_TIMEOUT_MS = 60_000;

interface Open {
  events: StreamEvents;
  target: StreamTarget;
  limit: Job | undefined;
  connected: boolean;
}

export class Streams implements StreamsPart {
  readonly #machine: Machine;
  readonly #open = new Map<number, Open>();
  #next = FIRST_STREAM;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  reset(): void {
    for (const id of [...this.#open.keys()]) this.#close(id, true);
  }

  open(target: StreamTarget, events: StreamEvents): Stream {
    const id = this.#next++;
    const open: Open = { events, target, limit: undefined, connected: false };
    this.#open.set(id, open);
    const dialled = this.#machine.after(this.#machine.delay("open"), () => {
      if (!this.#machine.pdp.active(target.pdp)) return this.#end(id, () => events.failed());
      const { host, port, tls } = target;
      this.#machine.act({ do: "connect", cid: id, host, port, ...(tls && { tls }) });
      open.limit = this.#machine.later(CONNECT_TIMEOUT_MS, () => this.#end(id, () => events.failed()));
    });
    open.limit ??= dialled;
    return {
      send: (bytes) => {
        if (!this.#open.get(id)?.connected) return;
        this.#machine.act({ do: "send", cid: id, bytes });
        this.#machine.pdp.passed(bytes.length);
        this.#machine.traffic.sent(target.pdp, bytes.length);
      },
      close: () => this.#close(id, false),
    };
  }

  pdpLost(index: number): void {
    for (const [id, { target, events }] of [...this.#open]) {
      if (target.pdp !== index) continue;
      const wasConnected = this.#open.get(id)?.connected;
      this.#close(id, true);
      if (wasConnected) events.closed();
      else events.failed();
    }
  }

  network(event: NetworkEvent): void {
    const open = this.#open.get(event.cid);
    if (!open) return;
    switch (event.event) {
      case "connected":
        open.limit?.cancel();
        open.connected = true;
        this.#machine.act({ do: "window", cid: event.cid, bytes: WINDOW });
        open.events.connected();
        break;
      case "failed":
        this.#end(event.cid, () => open.events.failed());
        break;
      case "data":
        this.#machine.act({ do: "window", cid: event.cid, bytes: event.bytes.length });
        this.#machine.pdp.passed(event.bytes.length);
        this.#machine.traffic.received(open.target.pdp, event.bytes.length);
        open.events.data(event.bytes);
        break;
      case "closed":
        this.#end(event.cid, () => (open.connected ? open.events.closed() : open.events.failed()));
    }
  }

  #end(id: number, tell: () => void): void {
    this.#close(id, false);
    tell();
  }

  #close(id: number, silent: boolean): void {
    const open = this.#open.get(id);
    if (!open) return;
    open.limit?.cancel();
    this.#open.delete(id);
    this.#machine.act(silent ? { do: "close", cid: id, silent } : { do: "close", cid: id });
  }
}
