// The life of one MQTT connection, without IO: bytes and the time come in, bytes and events go out (MQTT 3.1.1 §3.1, §3.2,
// §3.12, §3.14). Rules: before CONNACK nothing is sent but CONNECT (AWS IoT Core asks for that); every state that waits has
// a deadline; what is to be sent waits in one bounded buffer until `take` fetches it.
//
//   opening ──start──▶ waiting ──▶ connecting ──CONNACK──▶ open ──disconnect──▶ draining ──DISCONNECT──▶ ending ──▶ closed

import { asFailure, type Failure } from "../platform/failure.js";
import { createDecoder, type Decoder } from "./decoder.js";
import { demand, MqttError, RefusedError } from "./error.js";
import { Inbound } from "./inbound.js";
import { checkConnect, checkFilter, checkMessage, checkTopic, type MqttLimits, STANDARD_LIMITS } from "./limits.js";
import {
  IN_FLIGHT,
  type PublishOptions,
  type SessionEvents,
  type SessionOptions,
  type SessionPhase,
  TIMEOUTS,
  type Timeouts,
} from "./options.js";
import { Outbound } from "./outbound.js";
import {
  CONNACK,
  CONNECT,
  type Connack,
  DISCONNECT,
  type Filter,
  PINGREQ,
  PINGRESP,
  PUBLISH,
  PUBREL,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./packets.js";
import { parse, type Received } from "./parse.js";
import { SEND_BUFFER, SendBuffer } from "./send-buffer.js";
import { SessionState } from "./state.js";

/** A PINGREQ goes out after this share of the keep-alive, so that a slow link does not make it late [MQTT-3.1.2-23]. */
const KEEP_ALIVE_SHARE = 0.9;

const TOO_MANY = "the broker takes fewer subscriptions";

/** Phases in which packets flow both ways. */
const ONLINE: readonly SessionPhase[] = ["open", "draining"];

export class Session {
  readonly #options: SessionOptions;
  readonly #owner: Pick<SessionEvents, "onMessage" | "onClosed">;
  readonly #limits: MqttLimits;
  readonly #timeouts: Timeouts;
  readonly #state: SessionState;
  readonly #buffer: SendBuffer;
  readonly #decoder: Decoder<Received>;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  #phase: SessionPhase = "opening";
  /** When the phase is over: each has its time. */
  #until: number;
  /** When the CONNACK came. */
  #acceptedAt: number | undefined;
  /** Why it is being ended in order, if for another reason than `disconnect`. */
  #reason: Failure | undefined;
  /** When the latest bytes went to the stream. */
  #sentAt: number;
  /** When the PINGREQ was sent whose PINGRESP is awaited. */
  #pingAt: number | undefined;
  /** An earlier CONNECT got no CONNACK. */
  #doubtful = false;
  #busy = false;

  /**
   * @param owner hears of messages and of the end in place of the options' callbacks
   * @throws MqttError `mqtt-usage` when the limits forbid the CONNECT, a subscription or the window
   */
  constructor(options: SessionOptions, now: number, owner: Pick<SessionEvents, "onMessage" | "onClosed"> = options) {
    const { journal, limits = STANDARD_LIMITS, inFlight = IN_FLIGHT, state = new SessionState() } = options;
    const { subscriptions = [] } = options;
    checkConnect(options.connect, limits);
    for (const filter of subscriptions) checkFilter(filter, limits);
    demand(subscriptions.length <= limits.subscriptions, TOO_MANY);
    demand(inFlight >= 1 && inFlight <= limits.inFlight, `1 to ${limits.inFlight} messages can be in flight`);
    state.claim(options.connect.clientId);
    this.#options = options;
    this.#owner = owner;
    this.#limits = limits;
    // The usual ones lie in flash.
    this.#timeouts = options.timeouts === undefined ? TIMEOUTS : { ...TIMEOUTS, ...options.timeouts };
    this.#state = state;
    this.#buffer = new SendBuffer(options.sendBuffer);
    this.#decoder = createDecoder(parse, options.receiveBuffer);
    const { batch } = options;
    // A group must find room where each of its records does.
    demand(
      2 * (batch?.bytes ?? 0) <= (options.sendBuffer ?? SEND_BUFFER),
      "a batch is half of the send buffer at most",
    );
    const parts = { state, journal, limits, inFlight, batch, buffer: this.#buffer, events: options };
    this.#outbound = new Outbound(parts, this.#timeouts.resend);
    this.#inbound = new Inbound(state, this.#buffer, owner);
    this.#sentAt = now;
    this.#until = now + this.#timeouts.open;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** How many bytes `push` may be given now. */
  get inputRoom(): number {
    return this.#phase === "closed" ? 0 : this.#buffer.answerRoom;
  }

  /** The stream is connected: sends CONNECT, as soon as the limits allow. */
  start(now: number): void {
    this.guard(now, () => {
      const earliest = this.#state.connectSentAt + this.#limits.connectIntervalMs;
      if (now < earliest) this.enter("waiting", earliest);
      else this.connect(now);
    });
  }

  /** Bytes from the stream, at most `inputRoom`. */
  push(bytes: Uint8Array, now: number): void {
    // As `guard` does it, without its two calls: from here handlers go deepest.
    const isInner = this.#busy;
    this.#busy = true;
    try {
      this.#decoder.push(bytes);
      while (this.#phase !== "ending" && this.#phase !== "closed") {
        const packet = this.#decoder.next();
        if (!packet) break;
        this.handle(packet, now);
      }
      if (!isInner) this.goOn(now);
    } catch (error) {
      if (isInner) throw error;
      this.close(asFailure(error), now);
    } finally {
      this.#busy = isInner;
    }
  }

  /** @returns the next bytes for the stream, at most `room`, a view valid until the next call of any method */
  take(room: number, now: number): Uint8Array | undefined {
    if (this.#phase === "closed") return undefined;
    this.#state.save();
    const bytes = this.#buffer.take(room);
    if (bytes) this.#sentAt = now;
    return bytes;
  }

  /** Offers records that were appended to the journal. */
  kick(now: number): void {
    this.guard(now, () => {});
  }

  /**
   * QoS 1 and 2: puts the message into the journal, from where it is sent when its turn comes. QoS 0: sends it now.
   * @returns its sequence number; 0 for QoS 0
   * @throws MqttError `mqtt-usage`; for QoS 0 also `mqtt-offline`, `mqtt-busy`, `mqtt-too-large`
   */
  publish(topic: string, payload: Uint8Array, { qos = 1, retain = false }: PublishOptions, now: number): number {
    if (topic !== this.#outbound.topic) checkTopic(topic, this.#limits);
    checkMessage({ payload, qos, retain }, this.#limits);
    if (qos !== 0) {
      const sequence = this.#options.journal.append(topic, payload, qos, retain);
      this.kick(now);
      return sequence;
    }
    this.mustBeOpen();
    if (!this.#buffer.send({ type: PUBLISH, topic, payload, qos, retain, dup: false, id: 0 })) {
      throw this.#buffer.empty ? tooLong() : new MqttError("mqtt-busy", "the send buffer is full", "retry");
    }
    return 0;
  }

  /**
   * Subscribes, in as many packets as the limits ask for; `onSubscribed` tells of each.
   * @throws MqttError `mqtt-usage`, `mqtt-offline`
   */
  subscribe(filters: readonly Filter[], now: number): void {
    for (const filter of filters) checkFilter(filter, this.#limits);
    this.mustBeOpen();
    const wanted = this.#outbound.filters;
    for (const { filter } of filters) wanted.add(filter);
    demand(wanted.size <= this.#limits.subscriptions, TOO_MANY);
    this.guard(now, () => {
      for (const some of split(filters, this.#limits.filters))
        this.#outbound.request({ type: SUBSCRIBE, filters: some });
    });
  }

  /** The inverse of `subscribe`; `onUnsubscribed` tells of each packet. @throws MqttError `mqtt-usage`, `mqtt-offline` */
  unsubscribe(filters: readonly string[], now: number): void {
    for (const filter of filters) checkFilter({ filter, qos: 0 }, this.#limits);
    this.mustBeOpen();
    this.guard(now, () => {
      for (const some of split(filters, this.#limits.filters))
        this.#outbound.request({ type: UNSUBSCRIBE, filters: some });
    });
  }

  /** Ends it in order: no new records, waits for acknowledgements, then DISCONNECT. Before CONNACK: at once. */
  disconnect(now: number): void {
    if (this.#phase === "open") this.drain(now);
    else if (!this.online && this.#phase !== "ending") this.close(undefined, now);
    this.kick(now);
  }

  /** The stream has ended, or is to end, for a reason of its own. */
  fail(failure: Failure, now: number): void {
    // The broker closes after DISCONNECT: that is the end in order [MQTT-3.14.4-1].
    this.close(this.#phase === "ending" ? this.#reason : failure, now);
  }

  /** Ends it without an event. */
  abandon(): void {
    this.#phase = "closed";
  }

  /** Does what has come due. */
  poll(now: number): void {
    this.guard(now, () => {
      if (this.#until <= now) this.phaseOver(now);
      if (!this.online) return;
      this.#outbound.poll(now);
      if (this.pingDue() > now) return;
      if (this.#pingAt !== undefined) throw new MqttError("mqtt-timeout", "no PINGRESP");
      this.#pingAt = now;
      this.#buffer.send({ type: PINGREQ }, 0);
    });
  }

  /** When `poll` next has something to do; undefined: never. */
  nextDeadline(): number | undefined {
    const next = this.online ? Math.min(this.#until, this.pingDue(), this.#outbound.nextDeadline()) : this.#until;
    return this.#phase === "closed" || next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  private get online(): boolean {
    return ONLINE.includes(this.#phase);
  }

  /** When PINGREQ is to be sent, or PINGRESP is overdue; keep-alive counts from the last packet sent (§3.1.2.10). */
  private pingDue(): number {
    if (this.#pingAt !== undefined) return this.#pingAt + this.#timeouts.pingresp;
    const { keepAlive } = this.#options.connect;
    return keepAlive > 0 ? this.#sentAt + keepAlive * 1000 * KEEP_ALIVE_SHARE : Number.POSITIVE_INFINITY;
  }

  private connect(now: number): void {
    const { connect } = this.#options;
    // A session that may not be ours is cleared away first; see `connected`.
    const cleanSession = connect.cleanSession || this.#state.foreign;
    this.enter("connecting", now + this.#timeouts.connack);
    this.#doubtful = this.#state.unanswered;
    this.#state.unanswered = true;
    this.#state.connectSentAt = now;
    if (!this.#buffer.send({ type: CONNECT, ...connect, cleanSession })) throw tooLong();
  }

  private handle(packet: Received, now: number): unknown {
    if ((packet.type === CONNACK) !== (this.#phase === "connecting")) {
      throw new MqttError("mqtt-protocol", packet.type === CONNACK ? "a second CONNACK" : "a packet before CONNACK");
    }
    // Handlers of messages go deepest: on XS what is returned from a call in its place takes no stack.
    if (packet.type === PUBLISH) return this.#inbound.publish(packet);
    if (packet.type === CONNACK) this.connected(packet, now);
    else if (packet.type === PUBREL) this.#inbound.release(packet.id);
    else if (packet.type === PINGRESP) this.#pingAt = undefined;
    else this.#outbound.acknowledged(packet);
    return undefined;
  }

  private connected(connack: Connack, now: number): void {
    const { returnCode, sessionPresent } = connack;
    const { connect, subscriptions = [] } = this.#options;
    const state = this.#state;
    state.unanswered = returnCode > 0 && this.#doubtful;
    if (returnCode > 0) throw new RefusedError(returnCode);
    if (sessionPresent && (connect.cleanSession || state.foreign)) {
      throw new MqttError("mqtt-protocol", "a session that was to be clean"); // [MQTT-3.2.2-1]
    }
    // The session may be one that we lost our part of, or one that an earlier CONNECT began whose CONNACK got lost. With
    // QoS 2 that matters: an id would be taken for another message's.
    const lost = !state.known && this.#limits.qos === 2;
    state.foreign = sessionPresent && (lost || (this.#doubtful && state.isDelicate));
    if (state.foreign) throw new MqttError("mqtt-protocol", "a session that may not be ours", "retry");
    if (sessionPresent) state.resume();
    else state.reset();
    if (this.#doubtful) state.granted.clear();
    state.known = true;
    this.#acceptedAt = now;
    this.enter("open", now + this.#limits.connectionLifeMs);
    const missing = subscriptions.filter(({ filter, qos }) => state.granted.get(filter) !== qos);
    for (const some of split(missing, this.#limits.filters)) this.#outbound.request({ type: SUBSCRIBE, filters: some });
    this.#options.onConnected?.(connack);
  }

  private phaseOver(now: number): void {
    if (this.#phase === "waiting") this.connect(now);
    else if (this.#phase === "draining") this.end(now);
    else if (this.#phase === "ending") this.close(this.#reason, now);
    else if (this.#phase === "open") {
      this.#reason = new MqttError("mqtt-expired", "the connection has reached its age", "new-credentials");
      this.drain(now);
    } else throw new MqttError("mqtt-timeout", this.#phase === "opening" ? "no connection" : "no CONNACK");
  }

  private drain(now: number): void {
    this.enter("draining", now + this.#timeouts.drain);
  }

  private end(now: number): void {
    this.#buffer.send({ type: DISCONNECT }, 0);
    this.enter("ending", now + this.#timeouts.linger);
  }

  private enter(phase: SessionPhase, until: number): void {
    this.#phase = phase;
    this.#until = until;
  }

  private mustBeOpen(): void {
    if (this.#phase !== "open") throw new MqttError("mqtt-offline", "the connection is not open", "retry");
  }

  /** Runs one step, sends what it made possible, and turns what it throws into the end of the connection. */
  private guard(now: number, step: () => void): void {
    // Called from a handler: the step around this one does the rest, once the handler's packet is answered.
    if (this.#busy) {
      step();
      return;
    }
    this.#busy = true;
    try {
      step();
      this.goOn(now);
    } catch (error) {
      this.close(asFailure(error), now);
    } finally {
      this.#busy = false;
    }
  }

  /** Sends what a step made possible. */
  private goOn(now: number): void {
    if (!this.online) return;
    this.#outbound.offer(now, this.#phase === "open");
    if (this.#phase === "draining" && this.#state.flights.size === 0) this.end(now);
  }

  private close(failure: Failure | undefined, now: number): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#owner.onClosed?.(failure, this.#acceptedAt === undefined ? 0 : now - this.#acceptedAt);
  }
}

/** `list` in pieces of at most `length`. */
function split<T>(list: readonly T[], length: number): T[][] {
  const pieces = [];
  for (let from = 0; from < list.length; from += length) pieces.push(list.slice(from, from + length));
  return pieces;
}

const tooLong = () => new MqttError("mqtt-too-large", "a packet longer than the send buffer");
