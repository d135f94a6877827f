// The life of one MQTT connection, without IO: bytes and the time come in, bytes and events go out (MQTT 3.1.1 §3.1, §3.2,
// §3.12, §3.14). Rules: before CONNACK nothing is sent but CONNECT (AWS IoT Core asks for that); every state that waits has
// a deadline; what is to be sent waits in one bounded buffer until `take` fetches it.
//
//   opening ──start──▶ connecting ──CONNACK──▶ open ──disconnect──▶ draining ──▶ ending ──▶ closed

import { asFailure, type Failure } from "../platform/failure.js";
import { createDecoder, type Decoder } from "./decoder.js";
import { MqttError, RefusedError, tooLarge } from "./error.js";
import { Inbound } from "./inbound.js";
import type { Journal } from "./journal.js";
import { checkConnect, checkFilter, checkPublish, type MqttLimits, STANDARD_LIMITS } from "./limits.js";
import { Outbound, type OutboundEvents } from "./outbound.js";
import {
  CONNACK,
  CONNECT,
  type Connack,
  type Connect,
  DISCONNECT,
  type Filter,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  PUBREL,
  type PublishPart,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./packets.js";
import { parse, type Received } from "./parse.js";
import { SendBuffer } from "./send-buffer.js";
import { SessionState } from "./state.js";

/** How long each wait may last, in milliseconds. */
export interface Timeouts {
  /** For the stream: TCP and TLS over a slow modem. */
  open: number;
  connack: number;
  pingresp: number;
  /** For an acknowledgement, before the packet is sent again on the live connection. */
  resend: number;
  /** For acknowledgements after `disconnect`. */
  drain: number;
  /** For the broker to close after DISCONNECT. */
  linger: number;
}

export const TIMEOUTS: Timeouts = {
  open: 150_000,
  connack: 30_000,
  pingresp: 30_000,
  resend: 30_000,
  drain: 20_000,
  linger: 2_000,
};

/** A PINGREQ goes out after this share of the keep-alive, so that a slow link does not make it late [MQTT-3.1.2-23]. */
const KEEP_ALIVE_SHARE = 0.9;

export type SessionPhase = "opening" | "connecting" | "open" | "draining" | "ending" | "closed";

/** Which timeout ends a phase. */
const PHASE_TIMEOUT: Partial<Record<SessionPhase, keyof Timeouts>> = {
  opening: "open",
  connecting: "connack",
  draining: "drain",
  ending: "linger",
};

/** Called from inside `receive`, `poll` and `fail`; `onRejected` from `kick` too. */
export interface SessionEvents extends OutboundEvents {
  onConnected?: ((connack: Connack) => void) | undefined;
  /** A message, or part of one larger than the receive buffer. Its payload is a view: copy what is to be kept. */
  onMessage?: ((message: PublishPart) => void) | undefined;
  /**
   * Once, at the end. `failure` is undefined after `disconnect`. `connectedForMs`: time since CONNACK, 0 without one; a
   * short one may mean that the broker did not like the credentials and did not say so.
   */
  onClosed?: ((failure: Failure | undefined, connectedForMs: number) => void) | undefined;
}

export interface SessionOptions extends SessionEvents {
  connect: Omit<Connect, "type">;
  journal: Journal;
  /** The state of the connection before, for a session that goes on; a new one if left out. */
  state?: SessionState | undefined;
  limits?: MqttLimits | undefined;
  timeouts?: Partial<Timeouts> | undefined;
  /** Filters wanted on every connection; sent unless the broker's session has them already. */
  subscriptions?: readonly Filter[] | undefined;
  /** Bytes, 512 or more; bounds the largest packet that can be sent. */
  sendBuffer?: number | undefined;
  /** Bytes, 128 or more; a larger PUBLISH comes in parts of this length. */
  receiveBuffer?: number | undefined;
}

export interface PublishOptions {
  /** 1 if left out. */
  qos?: 0 | 1 | 2 | undefined;
  retain?: boolean | undefined;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #limits: MqttLimits;
  readonly #timeouts: Timeouts;
  readonly #state: SessionState;
  readonly #buffer: SendBuffer;
  readonly #decoder: Decoder<Received>;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  #phase: SessionPhase = "opening";
  /** When the phase began. */
  #since: number;
  #connectedAt: number | undefined;
  /** When the latest bytes went to the stream. */
  #sentAt: number;
  /** When the PINGREQ was sent whose PINGRESP is awaited. */
  #pingAt: number | undefined;
  #busy = false;

  /** @throws MqttError `mqtt-usage` when the limits forbid the CONNECT or a subscription */
  constructor(options: SessionOptions, now: number) {
    const { journal, limits = STANDARD_LIMITS, state = new SessionState() } = options;
    checkConnect(options.connect, limits);
    for (const filter of options.subscriptions ?? []) checkFilter(filter, limits);
    this.#options = options;
    this.#limits = limits;
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts };
    this.#state = state;
    this.#buffer = new SendBuffer(options.sendBuffer);
    this.#decoder = createDecoder(parse, options.receiveBuffer);
    const parts = { state, journal, limits, buffer: this.#buffer, events: options };
    this.#outbound = new Outbound(parts, this.#timeouts.resend);
    this.#inbound = new Inbound(state, this.#buffer, options.onMessage);
    this.#since = this.#sentAt = now;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** How many bytes `receive` may be given now. */
  get inputRoom(): number {
    return this.#phase === "closed" ? 0 : this.#buffer.answerRoom;
  }

  /** The stream is connected: sends CONNECT. */
  start(now: number): void {
    this.#guard(now, () => {
      this.#enter("connecting", now);
      if (!this.#buffer.send({ type: CONNECT, ...this.#options.connect })) {
        throw tooLarge("CONNECT");
      }
    });
  }

  /** Bytes from the stream, at most `inputRoom`. */
  receive(bytes: Uint8Array, now: number): void {
    this.#guard(now, () => {
      this.#decoder.feed(bytes);
      while (this.#phase !== "ending" && this.#phase !== "closed") {
        const packet = this.#decoder.next();
        if (!packet) return;
        this.#handle(packet, now);
      }
    });
  }

  /** @returns the next bytes for the stream, at most `room`, a view valid until the next call of any method */
  take(room: number, now: number): Uint8Array | undefined {
    if (this.#phase === "closed") return undefined;
    const bytes = this.#buffer.take(room);
    if (bytes) this.#sentAt = now;
    return bytes;
  }

  /** Offers records that were appended to the journal. */
  kick(now: number): void {
    this.#guard(now, () => {});
  }

  /**
   * QoS 1 and 2: puts the message into the journal, from where it is sent when its turn comes. QoS 0: sends it now.
   * @returns its sequence number; 0 for QoS 0
   * @throws MqttError `mqtt-usage`; for QoS 0 also `mqtt-offline`, `mqtt-busy`, `mqtt-too-large`
   */
  publish(topic: string, payload: Uint8Array, { qos = 1, retain = false }: PublishOptions, now: number): number {
    checkPublish({ topic, payload, qos, retain }, this.#limits);
    if (qos !== 0) {
      const sequence = this.#options.journal.append(topic, payload, qos, retain);
      this.kick(now);
      return sequence;
    }
    this.#mustBeOpen();
    if (!this.#buffer.send({ type: PUBLISH, topic, payload, qos, retain, dup: false, id: 0 })) {
      throw this.#buffer.empty ? tooLarge("a packet") : new MqttError("mqtt-busy", "the send buffer is full", "retry");
    }
    return 0;
  }

  /**
   * Subscribes, in as many packets as the limits ask for; `onSubscribed` tells of each.
   * @throws MqttError `mqtt-usage`, `mqtt-offline`
   */
  subscribe(filters: readonly Filter[], now: number): void {
    for (const filter of filters) checkFilter(filter, this.#limits);
    this.#mustBeOpen();
    for (const some of split(filters, this.#limits.filters)) this.#outbound.request({ type: SUBSCRIBE, filters: some });
    this.kick(now);
  }

  /** The inverse of `subscribe`; `onUnsubscribed` tells of each packet. @throws MqttError `mqtt-usage`, `mqtt-offline` */
  unsubscribe(filters: readonly string[], now: number): void {
    for (const filter of filters) checkFilter({ filter, qos: 0 }, this.#limits);
    this.#mustBeOpen();
    for (const some of split(filters, this.#limits.filters))
      this.#outbound.request({ type: UNSUBSCRIBE, filters: some });
    this.kick(now);
  }

  /** Ends it in order: no new records, waits for acknowledgements, then DISCONNECT. Before CONNACK: at once. */
  disconnect(now: number): void {
    if (this.#phase === "open") this.#enter("draining", now);
    else if (this.#phase === "opening" || this.#phase === "connecting") this.#close(undefined, now);
    this.kick(now);
  }

  /** The stream has ended, or is to end, for a reason of its own. */
  fail(failure: Failure, now: number): void {
    // The broker closes after DISCONNECT: that is the end in order [MQTT-3.14.4-1].
    this.#close(this.#phase === "ending" ? undefined : failure, now);
  }

  /** Ends it without an event. */
  abandon(): void {
    this.#phase = "closed";
  }

  /** Does what has come due. */
  poll(now: number): void {
    this.#guard(now, () => {
      const timeout = PHASE_TIMEOUT[this.#phase];
      if (timeout && this.#since + this.#timeouts[timeout] <= now) this.#phaseOver(now);
      if (!this.#online) return;
      this.#outbound.poll(now);
      const pingDue = this.#pingDue();
      if (pingDue === undefined || pingDue > now) return;
      if (this.#pingAt !== undefined) throw new MqttError("mqtt-timeout", "no PINGRESP");
      this.#pingAt = now;
      this.#buffer.send({ type: PINGREQ }, 0);
    });
  }

  /** When `poll` next has something to do; undefined: never. */
  nextDeadline(): number | undefined {
    const timeout = PHASE_TIMEOUT[this.#phase];
    const deadlines = timeout ? [this.#since + this.#timeouts[timeout]] : [];
    if (this.#online) {
      for (const at of [this.#pingDue(), this.#outbound.nextDeadline()]) if (at !== undefined) deadlines.push(at);
    }
    return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
  }

  get #online(): boolean {
    return this.#phase === "open" || this.#phase === "draining";
  }

  /** When PINGREQ is to be sent, or PINGRESP is overdue; keep-alive counts from the last packet sent (§3.1.2.10). */
  #pingDue(): number | undefined {
    if (this.#pingAt !== undefined) return this.#pingAt + this.#timeouts.pingresp;
    const { keepAlive } = this.#options.connect;
    return keepAlive > 0 ? this.#sentAt + keepAlive * 1000 * KEEP_ALIVE_SHARE : undefined;
  }

  #handle(packet: Received, now: number): void {
    if ((packet.type === CONNACK) !== (this.#phase === "connecting")) {
      throw new MqttError("mqtt-protocol", packet.type === CONNACK ? "a second CONNACK" : "a packet before CONNACK");
    }
    if (packet.type === CONNACK) this.#connected(packet, now);
    else if (packet.type === PUBLISH) this.#inbound.publish(packet);
    else if (packet.type === PUBREL) this.#inbound.release(packet.id);
    else if (packet.type === PINGRESP) this.#pingAt = undefined;
    else this.#outbound.acknowledged(packet);
  }

  #connected(connack: Connack, now: number): void {
    const { returnCode, sessionPresent } = connack;
    if (returnCode > 0) {
      throw new RefusedError(returnCode);
    }
    const { connect, subscriptions = [], onConnected } = this.#options;
    if (sessionPresent && connect.cleanSession) throw new MqttError("mqtt-protocol", "a session that was to be clean");
    if (sessionPresent) this.#state.resume();
    else this.#state.reset();
    this.#connectedAt = now;
    this.#enter("open", now);
    const missing = subscriptions.filter(({ filter, qos }) => this.#state.granted.get(filter) !== qos);
    for (const some of split(missing, this.#limits.filters)) this.#outbound.request({ type: SUBSCRIBE, filters: some });
    onConnected?.(connack);
  }

  #phaseOver(now: number): void {
    if (this.#phase === "ending") this.#close(undefined, now);
    else if (this.#phase === "draining") this.#end(now);
    else throw new MqttError("mqtt-timeout", this.#phase === "opening" ? "no connection" : "no CONNACK");
  }

  #end(now: number): void {
    this.#buffer.send({ type: DISCONNECT }, 0);
    this.#enter("ending", now);
  }

  #enter(phase: SessionPhase, now: number): void {
    this.#phase = phase;
    this.#since = now;
  }

  #mustBeOpen(): void {
    if (this.#phase !== "open") throw new MqttError("mqtt-offline", "the connection is not open", "retry");
  }

  /** Runs one step, sends what it made possible, and turns what it throws into the end of the connection. */
  #guard(now: number, step: () => void): void {
    // Called from a handler: the step around this one does the rest, once the handler's packet is answered.
    if (this.#busy) {
      step();
      return;
    }
    this.#busy = true;
    try {
      step();
      if (!this.#online) return;
      this.#outbound.offer(now, this.#phase === "open");
      if (this.#phase === "draining" && this.#state.flights.size === 0) this.#end(now);
    } catch (error) {
      this.#close(asFailure(error), now);
    } finally {
      this.#busy = false;
    }
  }

  #close(failure: Failure | undefined, now: number): void {
    if (this.#phase === "closed") return;
    this.#enter("closed", now);
    this.#options.onClosed?.(failure, this.#connectedAt === undefined ? 0 : now - this.#connectedAt);
  }
}

/** `list` in pieces of at most `length`. */
function split<T>(list: readonly T[], length: number): T[][] {
  const pieces = [];
  for (let from = 0; from < list.length; from += length) pieces.push(list.slice(from, from + length));
  return pieces;
}
