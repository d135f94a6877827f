// One client's session in a broker: subscriptions, messages on their way, messages waiting (MQTT 3.1.1 §3.1.2.4, §4.3, §4.4).

import type { BrokerProfile } from "./profile.js";
import { matches } from "./topics.js";

export type QoS = 0 | 1 | 2;

/** A message towards a client. */
export interface Message {
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
}

/** A message that was sent and whose exchange is not over. */
interface Inflight extends Message {
  packetId: number;
  sentAt: number;
  /** QoS 2: PUBREC came, so it is PUBREL's turn. */
  received: boolean;
}

/** A packet to send now. */
export type Outgoing =
  | ({ send: "publish"; packetId: number | undefined; dup: boolean } & Message)
  | { send: "pubrel"; packetId: number };

const MAX_PACKET_ID = 65_535;
const SECOND = 1000;

/** State that outlives a connection if the client asked for that. */
export class Session {
  readonly clientId: string;
  /** Ends with its connection. */
  readonly clean: boolean;
  readonly #profile: BrokerProfile;
  readonly #granted = new Map<string, QoS>();
  readonly #inflight = new Map<number, Inflight>();
  readonly #received = new Set<number>();
  #queue: Message[] = [];
  #lastId = 0;
  /** While what waited for the client's return is sent at its own pace: when the next is due. */
  #pacedTo: number | undefined;
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

  holds(filter: string): boolean {
    return this.#granted.has(filter);
  }

  /** @returns false when the session holds as many subscriptions as it may */
  subscribe(filter: string, qos: QoS): boolean {
    if (!this.#granted.has(filter) && this.#granted.size >= this.#profile.maxSubscriptions) return false;
    this.#granted.set(filter, qos);
    return true;
  }

  unsubscribe(filter: string): void {
    this.#granted.delete(filter);
  }

  /** The highest QoS granted for a topic; undefined: no subscription matches it. */
  grantedFor(topic: string): QoS | undefined {
    let granted: QoS | undefined;
    for (const [filter, qos] of this.#granted) {
      const better = granted === undefined || qos > granted;
      if (better && matches(filter, topic, this.#profile.hashMatchesParent)) granted = qos;
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

  /** The client is back: everything unacknowledged again (§4.4); what waits follows at the profile's pace. */
  resume(now: number): Outgoing[] {
    if (this.#queue.length > 0 && this.#profile.resumePerSecond < Number.POSITIVE_INFINITY) this.#pacedTo = now;
    return this.repeat(now, now);
  }

  /** What may be sent now: waiting messages, as far as the window of unacknowledged ones and the pace allow. */
  take(now: number): Outgoing[] {
    const outgoing: Outgoing[] = [];
    while (this.#maySendNext() && (this.#pacedTo ?? now) <= now) {
      const message = this.#queue.shift()!;
      const packetId = message.qos === 0 ? undefined : this.#freeId();
      if (packetId !== undefined) this.#inflight.set(packetId, { ...message, packetId, sentAt: now, received: false });
      outgoing.push({ ...message, send: "publish", packetId, dup: false });
      if (this.#pacedTo !== undefined) this.#pacedTo = now + SECOND / this.#profile.resumePerSecond;
    }
    if (this.#queue.length === 0) this.#pacedTo = undefined;
    return outgoing;
  }

  /** What was sent at or before `sentBefore` and is unacknowledged, to be sent again in its order (§4.4, §4.6). */
  repeat(sentBefore: number, now: number): Outgoing[] {
    const outgoing: Outgoing[] = [];
    for (const message of this.#inflight.values()) {
      if (message.sentAt > sentBefore) continue;
      message.sentAt = now;
      const { packetId, topic, payload, qos, retain } = message;
      if (message.received) outgoing.push({ send: "pubrel", packetId });
      else outgoing.push({ send: "publish", packetId, topic, payload, qos, retain, dup: true });
    }
    return outgoing;
  }

  /** PUBACK or PUBCOMP: the exchange is over. @returns the message, or undefined if none was on its way under that id */
  acknowledge(packetId: number): Message | undefined {
    const message = this.#inflight.get(packetId);
    this.#inflight.delete(packetId);
    return message;
  }

  /** PUBREC: from here on only PUBREL is sent again (§4.3.3). */
  recordReceived(packetId: number, now: number): void {
    const message = this.#inflight.get(packetId);
    if (message === undefined) return;
    message.received = true;
    message.sentAt = now;
  }

  /** A QoS 2 PUBLISH from the client. @returns false: it was taken before, and its PUBREL has not come yet */
  receive(packetId: number): boolean {
    if (this.#received.has(packetId)) return false;
    this.#received.add(packetId);
    return true;
  }

  /** PUBREL: the id may be used for another message. */
  release(packetId: number): void {
    this.#received.delete(packetId);
  }

  /** When something is next to be sent, again or by the pace. */
  get dueAt(): number | undefined {
    let first = this.#maySendNext() ? this.#pacedTo : undefined;
    for (const { sentAt } of this.#inflight.values()) {
      const retryAt = sentAt + this.#profile.retryAfterMs;
      if (first === undefined || retryAt < first) first = retryAt;
    }
    return first;
  }

  #maySendNext(): boolean {
    const next = this.#queue[0];
    return next !== undefined && (next.qos === 0 || this.#inflight.size < this.#profile.maxInflight);
  }

  #freeId(): number {
    do {
      this.#lastId = this.#lastId === MAX_PACKET_ID ? 1 : this.#lastId + 1;
    } while (this.#inflight.has(this.#lastId));
    return this.#lastId;
  }
}
