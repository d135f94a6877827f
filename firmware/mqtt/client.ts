// An MQTT 3.1.1 client over any ECMA-419 byte stream: joins a session to a stream, a clock and a timer. One connection
// each; journal and state go on to the next one.
//
//   const client = new MqttClient({
//     io: stream,                                     // new (callbacks) => ByteStream, bound to host and TLS
//     clock, timer, journal,
//     connect: { clientId, username, keepAlive: 600, cleanSession: true },
//     limits: AWS_IOT_LIMITS,
//     subscriptions: [{ filter: `${clientId}/commands/#`, qos: 1, onMessage: (message) => run(message.payload) }],
//     onConnected: () => client.publish(`${clientId}/telemetry`, encodeUtf8("{}")),
//     onDelivered: (sequence) => log("acknowledged", sequence),
//     onClosed: (failure, connectedForMs) => reconnect(failure?.advice, connectedForMs),
//   });
//   client.disconnect();                              // waits for acknowledgements, then DISCONNECT, then onClosed(undefined)

import type { Clock, Timer, TimerId } from "../platform/clock.js";
import { asFailure, Failure } from "../platform/failure.js";
import type { ByteStream, StreamCallbacks } from "../platform/io.js";
import { MqttError } from "./error.js";
import type { PublishOptions, SessionOptions, SessionPhase } from "./options.js";
import type { Filter, PublishPart } from "./packets.js";
import { Session } from "./session.js";
import { matches } from "./topics.js";

/** Bytes read from the stream at once. */
const READ_MAX = 1024;
/** The longest time a timer takes on every platform, in milliseconds; a later deadline is reached in steps. */
const TIMER_MAX = 0x7fff_ffff;

/** A topic filter, and who takes what matches it. */
export interface Subscription extends Filter {
  /** Takes the messages that match; those that match none go to the client's `onMessage`. */
  onMessage?: ((message: PublishPart) => void) | undefined;
}

/** What a client is made of. */
export interface MqttClientOptions extends SessionOptions {
  io: new (callbacks: StreamCallbacks) => ByteStream;
  clock: Pick<Clock, "monotonic">;
  timer: Timer;
  subscriptions?: readonly Subscription[] | undefined;
}

/** One connection of an MQTT 3.1.1 client. */
export class MqttClient {
  readonly #options: MqttClientOptions;
  readonly #session: Session;
  readonly #stream: ByteStream;
  #readable = 0;
  #room = 0;
  #working = false;
  #alarm: TimerId;
  #alarmAt: number | undefined;
  /**
   * Begins to connect. Callbacks are called from the stream's and the timer's, never from here.
   * @throws MqttError `mqtt-usage` when the limits forbid the CONNECT or a subscription, and what `io` throws
   */
  constructor(options: MqttClientOptions) {
    this.#options = options;
    const { now } = this;
    this.#session = new Session(options, now, this);
    this.#stream = new options.io({
      target: this,
      onReadable: MqttClient.onReadable,
      onWritable: MqttClient.onWritable,
      onError: MqttClient.onError,
    });
    this.arm(now);
  }

  private static onReadable(this: StreamCallbacks, count: number): void {
    const client = this.target as MqttClient;
    client.#readable = count;
    client.work(client.now);
  }

  private static onWritable(this: StreamCallbacks, count: number): void {
    const client = this.target as MqttClient;
    const { now } = client;
    client.#room = count;
    if (client.#session.phase === "opening") client.#session.start(now);
    client.work(now);
  }

  private static onError(this: StreamCallbacks, error?: Error): void {
    const client = this.target as MqttClient;
    client.#session.fail(streamFailure(error), client.now);
  }

  /** For the session. */
  onMessage(message: PublishPart): void {
    const { subscriptions = [] } = this.#options;
    let taken = false;
    for (const subscription of subscriptions) {
      if (!subscription.onMessage || !matches(subscription.filter, message.topic)) continue;
      taken = true;
      subscription.onMessage(message);
    }
    if (!taken) this.#options.onMessage?.(message);
  }

  /** For the session. */
  onClosed(failure: Failure | undefined, connectedForMs: number): void {
    this.stop();
    this.#options.onClosed?.(failure, connectedForMs);
  }

  get state(): SessionPhase {
    return this.#session.phase;
  }

  /**
   * Sends a message; with QoS 1 (the default) and 2 it is safe in the journal once this returns, connected or not.
   * @param payload copied before this returns
   * @returns the sequence number that `onDelivered` will tell; 0 with QoS 0
   * @throws MqttError `mqtt-usage`; for QoS 0 also `mqtt-offline`, `mqtt-busy`, `mqtt-too-large`
   */
  publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): number {
    const { now } = this;
    const sequence = this.#session.publish(topic, payload, options, now);
    this.work(now);
    return sequence;
  }

  /** Offers records that somebody else appended to the journal. */
  kick(): void {
    const { now } = this;
    this.#session.kick(now);
    this.work(now);
  }

  /** Subscribes on this connection; `onSubscribed` tells the result. @throws MqttError `mqtt-usage`, `mqtt-offline` */
  subscribe(filters: readonly Filter[]): void {
    const { now } = this;
    this.#session.subscribe(filters, now);
    this.work(now);
  }

  /** Unsubscribes; `onUnsubscribed` tells when it is done. @throws MqttError `mqtt-usage`, `mqtt-offline` */
  unsubscribe(filters: readonly string[]): void {
    const { now } = this;
    this.#session.unsubscribe(filters, now);
    this.work(now);
  }

  /**
   * Ends in order: offers nothing more, waits for acknowledgements, sends DISCONNECT, then calls `onClosed(undefined)`.
   * Takes no longer than the timeouts `drain` and `linger`. What is not acknowledged stays in the journal.
   */
  disconnect(): void {
    const { now } = this;
    this.#session.disconnect(now);
    this.work(now);
  }

  /** Ends at once, without DISCONNECT (the broker publishes the will) and without a callback. */
  close(): void {
    this.#session.abandon();
    this.stop();
  }

  private get now(): number {
    return this.#options.clock.monotonic();
  }

  /** Moves bytes both ways as far as there is room, then sets the timer. The clock is read once: all of it is one moment. */
  private work(now: number): void {
    // Called from a handler: the loop around it goes on.
    if (this.#working) return;
    this.#working = true;
    try {
      let moved = true;
      while (moved) moved = this.read(now) || this.write(now);
    } catch (error) {
      this.#session.fail(asFailure(error), now);
    }
    this.#working = false;
    this.arm(now);
  }

  private read(now: number): boolean {
    const count = this.#readable > 0 ? Math.min(this.#readable, this.#session.inputRoom, READ_MAX) : 0;
    if (count <= 0) return false;
    const bytes = this.#stream.read(count);
    this.#readable = bytes ? this.#readable - bytes.byteLength : 0;
    if (bytes) this.#session.push(new Uint8Array(bytes), now);
    return bytes !== undefined;
  }

  private write(now: number): boolean {
    const bytes = this.#room > 0 ? this.#session.take(this.#room, now) : undefined;
    if (bytes) this.#room = this.#stream.write(bytes);
    return bytes !== undefined;
  }

  /** Sets the timer, unless it runs out before it has to: it is then set anew, rather than with each message. */
  private arm(now: number): void {
    const at = this.#session.nextDeadline();
    if (this.#alarmAt !== undefined && at !== undefined && at >= this.#alarmAt) return;
    const { timer } = this.#options;
    timer.clear(this.#alarm);
    this.#alarmAt = at;
    if (at === undefined) return;
    this.#alarm = timer.set(() => this.alarm(), Math.min(Math.max(0, at - now), TIMER_MAX));
  }

  private alarm(): void {
    const { now } = this;
    this.#alarmAt = undefined;
    this.#session.poll(now);
    this.work(now);
  }

  private stop(): void {
    this.#options.timer.clear(this.#alarm);
    this.#alarmAt = undefined;
    this.#stream.close();
  }
}

/** A plain end becomes `mqtt-closed`; a failure that says more (TLS, modem) stays itself. */
function streamFailure(error: Error | undefined): Failure {
  if (error instanceof Failure && error.code !== "closed") return error;
  return new MqttError("mqtt-closed", "the connection was closed", "back-off", error);
}
