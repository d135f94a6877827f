// One client's session in a broker: subscriptions, messages on their way, messages waiting (MQTT 3.1.1 §3.1.2.4, §4.4).

import type { BrokerProfile } from "./broker-profile.js";
import { matches } from "./topics.js";

/** A message towards a client. */
export interface Message {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  retain: boolean;
}

/** A QoS 1 message that was sent and is not acknowledged. */
export interface Inflight extends Message {
  packetId: number;
  sentAt: number;
}

/** A PUBLISH to send now. */
export interface Outgoing extends Message {
  packetId: number | undefined;
  dup: boolean;
}

const MAX_PACKET_ID = 65_535;

/** State that outlives a connection if the client asked for that. */
export class Session {
  readonly clientId: string;
  /** Ends with its connection. */
  readonly clean: boolean;
  readonly #profile: BrokerProfile;
  readonly #granted = new Map<string, 0 | 1>();
  readonly #inflight = new Map<number, Inflight>();
  #queue: Message[] = [];
  #lastId = 0;
  /** Number of the connection it is attached to, if any. */
  connection: number | undefined;
  /** Messages dropped because too many were waiting. */
  dropped = 0;

  constructor(clientId: string, clean: boolean, profile: BrokerProfile) {
    this.clientId = clientId;
    this.clean = clean;
    this.#profile = profile;
  }

  /** Filters subscribed to. */
  get filters(): Iterable<string> {
    return this.#granted.keys();
  }

  /** @returns false when the session holds as many subscriptions as it may */
  subscribe(filter: string, qos: 0 | 1): boolean {
    if (!this.#granted.has(filter) && this.#granted.size >= this.#profile.maxSubscriptions) return false;
    this.#granted.set(filter, qos);
    return true;
  }

  unsubscribe(filter: string): void {
    this.#granted.delete(filter);
  }

  /** The highest QoS granted for a topic; undefined: no subscription matches it. */
  grantedFor(topic: string): 0 | 1 | undefined {
    let granted: 0 | 1 | undefined;
    for (const [filter, qos] of this.#granted) {
      if (!matches(filter, topic, this.#profile.hashMatchesParent)) continue;
      if (qos === 1) return 1;
      granted = qos;
    }
    return granted;
  }

  /** Takes a message for the client. QoS 0 is not kept for a client that is away (§3.1.2.4 leaves it open). */
  enqueue(message: Message): void {
    if (message.qos === 0 && this.connection === undefined) return;
    if (this.#queue.length >= this.#profile.maxQueued) {
      this.#queue.shift();
      this.dropped++;
    }
    this.#queue.push(message);
  }

  /** What may be sent now: waiting messages, as far as the window of unacknowledged ones allows. */
  take(now: number): Outgoing[] {
    const outgoing: Outgoing[] = [];
    while (this.#queue.length > 0) {
      const message = this.#queue[0]!;
      if (message.qos === 1 && this.#inflight.size >= this.#profile.maxInflight) break;
      this.#queue.shift();
      if (message.qos === 0) {
        outgoing.push({ ...message, packetId: undefined, dup: false });
        continue;
      }
      const packetId = this.#freeId();
      this.#inflight.set(packetId, { ...message, packetId, sentAt: now });
      outgoing.push({ ...message, packetId, dup: false });
    }
    return outgoing;
  }

  /** Unacknowledged messages that were sent at or before `sentBefore`, to be sent again in their order (§4.4, §4.6). */
  repeat(sentBefore: number, now: number): Outgoing[] {
    const outgoing: Outgoing[] = [];
    for (const message of this.#inflight.values()) {
      if (message.sentAt > sentBefore) continue;
      message.sentAt = now;
      outgoing.push({ ...message, dup: true });
    }
    return outgoing;
  }

  /** The client acknowledged `packetId`. @returns the message, or undefined if none was on its way under that id */
  acknowledge(packetId: number): Message | undefined {
    const message = this.#inflight.get(packetId);
    this.#inflight.delete(packetId);
    return message;
  }

  /** When the oldest unacknowledged message is to be sent again. */
  get retryAt(): number | undefined {
    let oldest: number | undefined;
    for (const { sentAt } of this.#inflight.values()) if (oldest === undefined || sentAt < oldest) oldest = sentAt;
    return oldest === undefined ? undefined : oldest + this.#profile.retryAfterMs;
  }

  #freeId(): number {
    do {
      this.#lastId = this.#lastId === MAX_PACKET_ID ? 1 : this.#lastId + 1;
    } while (this.#inflight.has(this.#lastId));
    return this.#lastId;
  }
}
