// What a session is on the client's side (MQTT 3.1.1 §4.1): messages under way, in both directions, and subscriptions.
// It outlives a connection; hand the same object to the next one.

import type { QoS, Subscribe, Unsubscribe } from "./packets.js";

/** Something sent under a packet identifier, that waits for its acknowledgement. */
export interface Flight {
  /** Type of the packet that moves it on: PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK. */
  awaits: number;
  /** The journal's record; 0 for a request. */
  sequence: number;
  /** True once it was sent in this session: a PUBLISH then bears DUP [MQTT-3.3.1-1]. */
  dup: boolean;
  /** How often it was sent on this connection. */
  tries: number;
  /** When it was last sent on this connection, monotonic milliseconds; undefined: it is to be sent now. */
  sentAt: number | undefined;
  request?: Subscribe | Unsubscribe;
}

export class SessionState {
  /** By packet identifier, in the order in which they are to be sent again [MQTT-4.6.0-1, -4]. */
  readonly flights = new Map<number, Flight>();
  /** Packet identifiers of QoS 2 messages that were received and not yet released. */
  readonly received = new Set<number>();
  /** Filters that the broker has granted in this session. */
  readonly granted = new Map<string, QoS>();
  /** Highest sequence number offered in this session. */
  offered = 0;
  #lastId = 0;

  /** A packet identifier that is not 0 and not in use [MQTT-2.3.1-1, -2]. */
  nextId(): number {
    do this.#lastId = (this.#lastId % 65_535) + 1;
    while (this.flights.has(this.#lastId));
    return this.#lastId;
  }

  /** Messages in flight; requests do not count. */
  get messages(): number {
    let count = 0;
    for (const flight of this.flights.values()) if (flight.sequence > 0) count++;
    return count;
  }

  /** The broker has no session of ours: what was under way will be offered anew, as if never sent [MQTT-3.1.2-6]. */
  reset(): void {
    this.flights.clear();
    this.received.clear();
    this.granted.clear();
    this.offered = 0;
  }

  /** The session goes on over a new connection: messages are sent again, requests end with the connection (§4.1). */
  resume(): void {
    for (const [id, flight] of this.flights) {
      if (flight.sequence === 0) this.flights.delete(id);
      flight.sentAt = undefined;
      flight.tries = 0;
    }
  }
}
