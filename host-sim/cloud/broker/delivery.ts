// Messages on their way to clients: which sessions get one, what is sent now, what is sent again, what is retained.

import type { Packet } from "mqtt-packet";
import type { BrokerCounters } from "./events.js";
import type { BrokerProfile } from "./profile.js";
import { type Message, type Outgoing, type QoS, Session } from "./session.js";
import { SessionStore } from "./session-store.js";
import { matches } from "./topics.js";

/** Retained messages kept; the oldest topic goes for a new one. */
const MAX_RETAINED = 10_000;

/** What delivery needs of the broker. */
export interface DeliveryOptions {
  profile: BrokerProfile;
  counters: BrokerCounters;
  send(connection: number, packet: Packet): void;
  /** How often a message goes to one client: more than once is a fault. */
  copies(): number;
  /** Asks for `due` to be called. */
  wake(session: Session, at: number | undefined): void;
}

/** The sessions of a broker and the messages in them. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #sessions = new SessionStore();
  readonly #retained = new Map<string, Message>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The session of a client id, attached or kept. */
  session(clientId: string): Session | undefined {
    return this.#sessions.get(clientId);
  }

  /**
   * Attaches a connection to its session, a new one or the one that was kept (§3.1.2.4). No other connection holds it.
   * @returns the session, and whether it was kept
   */
  attach(connection: number, clientId: string, clean: boolean): { session: Session; present: boolean } {
    const { profile } = this.#options;
    const kept = this.#sessions.get(clientId);
    const temporary = clean || profile.sessionLifeMs === 0;
    const present = kept !== undefined && !temporary;
    if (kept !== undefined && !present) this.#remove(kept);
    const session = present ? kept : new Session(clientId, temporary, profile);
    if (!present) this.#sessions.add(session);
    session.connection = connection;
    return { session, present };
  }

  /** The connection is gone; the session stays for its time if it is a lasting one. */
  detach(session: Session, now: number): void {
    session.connection = undefined;
    if (session.clean) this.#remove(session);
    else this.#options.wake(session, now + this.#options.profile.sessionLifeMs);
  }

  /** After CONNACK: repeats what was not acknowledged (§4.4), then goes on with what waits. */
  resume(session: Session, now: number): void {
    this.#sendAll(session, session.resume(now));
    this.feed(session, now);
  }

  /** @returns false when the session holds as many subscriptions as it may */
  subscribe(session: Session, filter: string, qos: QoS): boolean {
    return this.#sessions.subscribe(session, filter, qos);
  }

  unsubscribe(session: Session, filter: string): void {
    this.#sessions.unsubscribe(session, filter);
  }

  /** Queues the retained messages that match a new subscription (MQTT-3.3.1-6). */
  queueRetained(session: Session, filter: string, granted: QoS): void {
    for (const message of this.#retained.values()) {
      if (!matches(filter, message.topic, this.#options.profile.hashMatchesParent)) continue;
      session.enqueue({ ...message, qos: lower(granted, message.qos) });
    }
  }

  /** Gives a message to all who subscribed to its topic, and keeps it if it is to be retained. */
  route(message: Message, now: number): void {
    if (message.retain) this.#retain(message);
    for (const { session, granted } of this.#sessions.subscribersOf(message.topic)) {
      const copy = { ...message, retain: false, qos: lower(granted, message.qos) };
      for (let left = this.#options.copies(); left > 0; left--) session.enqueue(copy);
      this.feed(session, now);
    }
  }

  /** Sends what waits in a session, if its client is there. */
  feed(session: Session, now: number): void {
    this.#options.counters.dropped += session.dropped;
    session.dropped = 0;
    if (session.connection === undefined) return;
    this.#sendAll(session, session.take(now));
    this.#options.wake(session, session.dueAt);
  }

  /** What `wake` asked for: sends again, or ends a session that nobody came back to. */
  due(session: Session, now: number): void {
    if (session.connection === undefined) {
      this.#remove(session);
      return;
    }
    this.#sendAll(session, session.repeat(now - this.#options.profile.retryAfterMs, now));
    this.feed(session, now);
  }

  #remove(session: Session): void {
    this.#options.wake(session, undefined);
    this.#sessions.remove(session);
  }

  /** An empty payload clears a retained message (§3.3.1.3). */
  #retain(message: Message): void {
    this.#retained.delete(message.topic);
    if (message.payload.length === 0) return;
    this.#retained.set(message.topic, message);
    if (this.#retained.size > MAX_RETAINED) this.#retained.delete(this.#retained.keys().next().value!);
  }

  #sendAll(session: Session, packets: readonly Outgoing[]): void {
    for (const packet of packets) {
      this.#options.send(session.connection!, packetOf(packet));
      if (packet.send === "publish") this.#options.counters.sent++;
    }
  }
}

function packetOf(outgoing: Outgoing): Packet {
  if (outgoing.send === "pubrel") return { cmd: "pubrel", messageId: outgoing.packetId };
  const { topic, payload, qos, retain, dup, packetId } = outgoing;
  const packet: Packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup };
  return packetId === undefined ? packet : { ...packet, messageId: packetId };
}

function lower(a: QoS, b: QoS): QoS {
  return a < b ? a : b;
}
