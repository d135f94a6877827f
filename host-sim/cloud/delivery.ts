// Messages on their way to clients: which sessions get one, what is sent now, what is sent again, what is retained.

import type { IPublishPacket } from "mqtt-packet";
import type { BrokerCounters } from "./broker-events.js";
import type { BrokerProfile } from "./broker-profile.js";
import { type Message, type Outgoing, Session } from "./session.js";
import { SessionStore } from "./session-store.js";
import { matches } from "./topics.js";

/** Retained messages kept; the oldest topic goes for a new one. */
const MAX_RETAINED = 10_000;

/** What delivery needs of the broker. */
export interface DeliveryOptions {
  profile: BrokerProfile;
  counters: BrokerCounters;
  send(connection: number, packet: IPublishPacket): void;
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
    this.#sendAll(session, session.repeat(now, now));
    this.feed(session, now);
  }

  /** @returns false when the session holds as many subscriptions as it may */
  subscribe(session: Session, filter: string, qos: 0 | 1): boolean {
    return this.#sessions.subscribe(session, filter, qos);
  }

  unsubscribe(session: Session, filter: string): void {
    this.#sessions.unsubscribe(session, filter);
  }

  /** Queues the retained messages that match a new subscription (MQTT-3.3.1-6). */
  queueRetained(session: Session, filter: string, granted: 0 | 1): void {
    for (const message of this.#retained.values()) {
      if (!matches(filter, message.topic, this.#options.profile.hashMatchesParent)) continue;
      session.enqueue({ ...message, qos: lower(granted, message.qos) });
    }
  }

  /** Gives a message to all who subscribed to its topic, and keeps it if it is to be retained. */
  route(message: Message, now: number): void {
    if (message.retain) this.#retain(message);
    for (const { session, granted } of this.#sessions.subscribersOf(message.topic)) {
      session.enqueue({ ...message, retain: false, qos: lower(granted, message.qos) });
      this.feed(session, now);
    }
  }

  /** Sends what waits in a session, if its client is there. */
  feed(session: Session, now: number): void {
    this.#options.counters.dropped += session.dropped;
    session.dropped = 0;
    if (session.connection === undefined) return;
    this.#sendAll(session, session.take(now));
    this.#options.wake(session, session.retryAt);
  }

  /** What `wake` asked for: sends again, or ends a session that nobody came back to. */
  due(session: Session, now: number): void {
    if (session.connection === undefined) {
      this.#remove(session);
      return;
    }
    this.#sendAll(session, session.repeat(now - this.#options.profile.retryAfterMs, now));
    this.#options.wake(session, session.retryAt);
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

  #sendAll(session: Session, messages: readonly Outgoing[]): void {
    for (const { topic, payload, qos, retain, dup, packetId } of messages) {
      this.#options.counters.sent++;
      const packet: IPublishPacket = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup };
      this.#options.send(session.connection!, packetId === undefined ? packet : { ...packet, messageId: packetId });
    }
  }
}

function lower(a: 0 | 1, b: 0 | 1): 0 | 1 {
  return a < b ? a : b;
}
