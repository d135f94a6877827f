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
  readonly #session: Session;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #timer: Timer;
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
    this.#clock = options.clock;
    this.#timer = options.timer;
    this.#session = new Session(
      {
        ...options,
        onMessage: (message) => dispatch(message, options),
        onClosed: (failure, connectedForMs) => {
          this.stop();
          options.onClosed?.(failure, connectedForMs);
        },
      },
      this.now,
    );
    this.#stream = new options.io({
      onReadable: (count) => {
        this.#readable = count;
        this.work();
      },
      onWritable: (count) => {
        this.#room = count;
        if (this.#session.phase === "opening") this.#session.start(this.now);
        this.work();
      },
      onError: (error) => this.#session.fail(streamFailure(error), this.now),
    });
    this.arm();
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
    const sequence = this.#session.publish(topic, payload, options, this.now);
    this.work();
    return sequence;
  }

  /** Offers records that somebody else appended to the journal. */
  kick(): void {
    this.#session.kick(this.now);
    this.work();
  }

  /** Subscribes on this connection; `onSubscribed` tells the result. @throws MqttError `mqtt-usage`, `mqtt-offline` */
  subscribe(filters: readonly Filter[]): void {
    this.#session.subscribe(filters, this.now);
    this.work();
  }

  /** Unsubscribes; `onUnsubscribed` tells when it is done. @throws MqttError `mqtt-usage`, `mqtt-offline` */
  unsubscribe(filters: readonly string[]): void {
    this.#session.unsubscribe(filters, this.now);
    this.work();
  }

  /**
   * Ends in order: offers nothing more, waits for acknowledgements, sends DISCONNECT, then calls `onClosed(undefined)`.
   * Takes no longer than the timeouts `drain` and `linger`. What is not acknowledged stays in the journal.
   */
  disconnect(): void {
    this.#session.disconnect(this.now);
    this.work();
  }

  /** Ends at once, without DISCONNECT (the broker publishes the will) and without a callback. */
  close(): void {
    this.#session.abandon();
    this.stop();
  }

  private get now(): number {
    return this.#clock.monotonic();
  }

  /** Moves bytes both ways as far as there is room, then sets the timer. */
  private work(): void {
    // Called from a handler: the loop around it goes on.
    if (this.#working) return;
    this.#working = true;
    try {
      let moved = true;
      while (moved) moved = this.read() || this.write();
    } catch (error) {
      this.#session.fail(asFailure(error), this.now);
    }
    this.#working = false;
    this.arm();
  }

  private read(): boolean {
    const count = Math.min(this.#readable, this.#session.inputRoom, READ_MAX);
    if (count <= 0) return false;
    const bytes = this.#stream.read(count);
    this.#readable = bytes ? this.#readable - bytes.byteLength : 0;
    if (bytes) this.#session.push(new Uint8Array(bytes), this.now);
    return bytes !== undefined;
  }

  private write(): boolean {
    const bytes = this.#room > 0 ? this.#session.take(this.#room, this.now) : undefined;
    if (bytes) this.#room = this.#stream.write(bytes);
    return bytes !== undefined;
  }

  private arm(): void {
    const at = this.#session.nextDeadline();
    if (at === this.#alarmAt) return;
    this.#timer.clear(this.#alarm);
    this.#alarmAt = at;
    if (at === undefined) return;
    this.#alarm = this.#timer.set(
      () => {
        this.#alarmAt = undefined;
        this.#session.poll(this.now);
        this.work();
      },
      Math.min(Math.max(0, at - this.now), TIMER_MAX),
    );
  }

  private stop(): void {
    this.#timer.clear(this.#alarm);
    this.#alarmAt = undefined;
    this.#stream.close();
  }
}

function dispatch(message: PublishPart, { subscriptions = [], onMessage }: MqttClientOptions): void {
  let taken = false;
  for (const { filter, onMessage: handler } of subscriptions) {
    if (!handler || !matches(filter, message.topic)) continue;
    taken = true;
    handler(message);
  }
  if (!taken) onMessage?.(message);
}

/** A plain end becomes `mqtt-closed`; a failure that says more (TLS, modem) stays itself. */
function streamFailure(error: Error | undefined): Failure {
  if (error instanceof Failure && error.code !== "closed") return error;
  return new MqttError("mqtt-closed", "the connection was closed", "back-off", error);
}
