// One TCP connection of the virtual network, both ends of it. A handshake takes one round trip, bytes come in order and in
// segments, and each segment is acknowledged one way after it arrived.

import { ByteQueue } from "./byte-queue.js";
import type { Path } from "./link.js";
import type { Planned, Scheduler } from "./scheduler.js";
import type { Server, ServerEnd } from "./server.js";
import type { Trace } from "./trace.js";

/** Most payload in one segment on a cellular link. */
const SEGMENT = 1400;
/** Bytes a server may have on their way to a client or unread there: the client's receive window. */
const WINDOW = 32_768;
/** How long a connect that nobody answers takes to fail (seen on the SIM7080: LilyGo #179). */
const CONNECT_TIMEOUT_MS = 75_000;

export type ConnectFailure = "refused" | "timeout" | "dns" | "unreachable";

/** What a client learns of its connection; called from events only. */
export interface ConnectionEvents {
  connected(): void;
  failed(reason: ConnectFailure): void;
  /** The receiver calls `Connection.consume` once it is done with the bytes. */
  data(bytes: Uint8Array): void;
  /** The server's host has acknowledged `count` more of the bytes sent. */
  acked(count: number): void;
  /** The server has ended it; `abort`: by a reset. */
  closed(abort: boolean): void;
}

/** Where a connection comes from. */
export interface Origin {
  /** For the trace. */
  name: string;
  /** Source address that servers see. */
  address: string;
  path: Path;
  /** Receive window to begin with, in bytes; left out: 32 KB. It grows by `Connection.consume`. */
  window?: number;
  /** True when the events reach code with promises, see `Scheduler.pure`. */
  impure: boolean;
}

/** What a request meets at a server: itself, a refusal, or nothing at all. */
function reached(found: Server | ConnectFailure): Server | ConnectFailure {
  if (typeof found === "string") return found;
  if (found.reachability === "refusing") return "refused";
  return found.reachability === "silent" ? "timeout" : found;
}

/** A connection as its client sees it. */
export class Connection {
  readonly #scheduler: Scheduler;
  readonly #trace: Trace;
  readonly #number: number;
  readonly #origin: Origin;
  readonly #events: ConnectionEvents;
  #server: Server | undefined;
  #timeout: Planned | undefined;
  /** False once the client has closed it, or was told of its end. */
  #open = true;
  /** What the server may still send before the client consumes. */
  #credit: number;
  /** What the server has sent beyond that. */
  readonly #held = new ByteQueue();
  /** The server has closed; its FIN goes out behind what is held. */
  #ending = false;

  constructor(scheduler: Scheduler, trace: Trace, number: number, origin: Origin, events: ConnectionEvents) {
    this.#scheduler = scheduler;
    this.#trace = trace;
    this.#number = number;
    this.#origin = origin;
    this.#events = events;
    this.#credit = origin.window ?? WINDOW;
  }

  /** Dials what `find` says once the request has crossed the link. */
  dial(find: () => Server | ConnectFailure): void {
    const fail = (reason: ConnectFailure) => {
      this.#answered();
      this.#open = false;
      this.#events.failed(reason);
    };
    this.#timeout = this.#scheduler.at(this.#scheduler.now + CONNECT_TIMEOUT_MS, () =>
      this.#tell("timeout", undefined, () => fail("timeout")),
    );
    this.#origin.path.up.carry(0, () => {
      if (!this.#open) return;
      const found = reached(find());
      if (found === "timeout") return;
      if (typeof found === "string") {
        this.#arrive(0, found, () => fail(found));
        return;
      }
      this.#server = found;
      this.#arrive(0, "connected", () => {
        this.#answered();
        this.#events.connected();
      });
      const end: ServerEnd = { send: (bytes) => this.#fromServer(bytes), close: (abort) => this.#serverClosed(abort) };
      found.accept(this.#number, end, this.#origin.address);
    });
  }

  /** Sends bytes to the server. */
  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      const segment = bytes.subarray(at, at + SEGMENT);
      this.#origin.path.up.carry(segment.length, () => {
        this.#note("air-up", segment);
        if (this.#server?.receive(this.#number, segment) !== true || !this.#open) return;
        this.#arrive(0, undefined, () => this.#events.acked(segment.length));
      });
    }
  }

  /** Tells that `count` received bytes are done with: the window opens by as much. */
  consume(count: number): void {
    this.#credit += count;
    if (this.#held.length > 0) this.#origin.path.up.carry(0, () => this.#pump());
  }

  /**
   * Ends it, connecting or connected. No event comes any more; bytes sent before still arrive at the server.
   * @param silent true: the client is gone, and the server is not told
   */
  close(silent = false): void {
    if (!this.#open) return;
    this.#open = false;
    this.#answered();
    this.#held.clear();
    if (silent) return;
    this.#origin.path.up.carry(0, () => {
      this.#note("fin-up");
      this.#server?.peerClosed(this.#number);
    });
  }

  #answered(): void {
    this.#scheduler.cancel(this.#timeout);
    this.#timeout = undefined;
  }

  #fromServer(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#held.push(bytes);
    this.#pump();
  }

  #serverClosed(abort: boolean): void {
    if (abort) this.#held.clear();
    this.#ending = true;
    if (abort || this.#held.length === 0) this.#end(abort);
  }

  #pump(): void {
    while (this.#open && this.#credit > 0 && this.#held.length > 0) {
      const segment = this.#held.take(Math.min(SEGMENT, this.#credit))!;
      this.#credit -= segment.length;
      this.#arrive(segment.length, "air-down", () => this.#events.data(segment), segment);
      if (this.#ending && this.#held.length === 0) this.#end(false);
    }
  }

  #end(abort: boolean): void {
    this.#arrive(0, abort ? "rst-down" : "fin-down", () => {
      this.#open = false;
      this.#events.closed(abort);
    });
  }

  /** Lets `event` happen at the client once it has crossed the link, if the client is still there. */
  #arrive(size: number, what: string | undefined, event: () => void, bytes?: Uint8Array): void {
    this.#origin.path.down.carry(size, () => this.#tell(what, bytes, event), this.#origin.impure);
  }

  #tell(what: string | undefined, bytes: Uint8Array | undefined, event: () => void): void {
    if (!this.#open) return;
    if (what !== undefined) this.#note(what, bytes);
    event();
  }

  #note(what: string, bytes?: Uint8Array): void {
    this.#trace.note(this.#scheduler.now, this.#origin.name, what, this.#number, bytes);
  }
}
