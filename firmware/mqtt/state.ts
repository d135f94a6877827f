// What a session is on the client's side (MQTT 3.1.1 §4.1): messages under way in both directions, and subscriptions.
// It outlives a connection: hand the same object to the next one. With a store it outlives a restart too, as a session
// that is not clean must. Rule: what is saved is saved before the bytes that rely on it leave.

import { sameBytes } from "../bytes/equal.js";
import { PUBCOMP, type QoS, type Subscribe, type Unsubscribe } from "./packets.js";
import { decodeSession, encodeSession } from "./saved-session.js";

/** Something sent under a packet identifier, that waits for its acknowledgement. */
export interface Flight {
  /** Type of the packet that moves it on: PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK. */
  awaits: number;
  /** The journal's record; 0 for a request. */
  sequence: number;
  /** Where several records travel in it: number of the last one, and how many. */
  group?: { last: number; count: number };
  /** True once it was sent in this session: a PUBLISH then bears DUP [MQTT-3.3.1-1]. */
  dup: boolean;
  /** How often it was sent on this connection. */
  tries: number;
  /** When it was last sent on this connection, monotonic milliseconds; undefined: it is to be sent now. */
  sentAt: number | undefined;
  request?: Subscribe | Unsubscribe;
}

/**
 * Keeps one session's state over a restart; `save` is atomic. Flights name their records by number, so the journal must
 * outlive the restart too.
 */
export interface SessionStore {
  load(): Uint8Array | undefined;
  save(bytes: Uint8Array): void;
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
  /** False while nothing is known of a session that the broker may have: after a restart without a store. */
  known = false;
  /** True while a CONNECT has got no CONNACK: it may have begun a new session that the next one finds. */
  unanswered = false;
  /** True after the broker had a session that may not be ours: the next connection clears it away. */
  foreign = false;
  /** When the last CONNECT was sent, monotonic milliseconds. */
  connectSentAt = Number.NEGATIVE_INFINITY;
  #lastId = 0;
  /** Whose session it is. */
  #clientId: string | undefined;
  readonly #store: SessionStore | undefined;
  #saved: Uint8Array | undefined;

  /** @param store only for sessions that are not clean */
  constructor(store?: SessionStore) {
    this.#store = store;
    const bytes = store?.load();
    const saved = bytes && decodeSession(bytes);
    if (!saved) return;
    for (const { id, awaits, sequence, group } of saved.flights) {
      this.flights.set(id, { awaits, sequence, dup: true, tries: 0, sentAt: undefined, ...(group && { group }) });
      this.offered = Math.max(this.offered, group?.last ?? sequence);
    }
    for (const id of saved.received) this.received.add(id);
    for (const [filter, qos] of saved.granted) this.granted.set(filter, qos);
    this.#lastId = saved.lastId;
    this.known = saved.known;
    this.unanswered = saved.unanswered;
    this.#clientId = saved.clientId;
  }

  /** A broker knows a session by its client id: with another one (another SIM) nothing is known of it. */
  claim(clientId: string): void {
    if (this.#clientId !== undefined && this.#clientId !== clientId) {
      this.reset();
      this.known = this.unanswered = this.foreign = false;
    }
    this.#clientId = clientId;
  }

  /** Saves what has changed since it was last saved. */
  save(): void {
    if (!this.#store) return;
    const flights = [...this.flights].filter(([, { sequence }]) => sequence > 0);
    const bytes = encodeSession({
      flights: flights.map(([id, { awaits, sequence, group }]) => ({ id, awaits, sequence, ...(group && { group }) })),
      received: [...this.received],
      granted: [...this.granted],
      lastId: this.#lastId,
      known: this.known,
      unanswered: this.unanswered,
      clientId: this.#clientId ?? "",
    });
    if (this.#saved !== undefined && sameBytes(bytes, this.#saved)) return;
    this.#store.save(bytes);
    this.#saved = bytes;
  }

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

  /** True when a broker that mistook our session for another would lose or withhold a QoS 2 message. */
  get isDelicate(): boolean {
    return this.received.size > 0 || [...this.flights.values()].some(({ awaits }) => awaits === PUBCOMP);
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
