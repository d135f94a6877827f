// A client on a test bench: virtual time, an in-memory stream whose far end the test plays, with mqtt-packet as the
// independent reader and writer of what passes.

import mqtt, { type Packet } from "mqtt-packet";
import { MqttClient, type MqttClientOptions } from "../../../../firmware/mqtt/client.js";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import type { Clock, Timer } from "../../../../firmware/platform/clock.js";
import { Failure } from "../../../../firmware/platform/failure.js";
import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../../../../firmware/platform/io.js";

/** Time that passes only by `advance`. */
export class VirtualTime implements Clock, Timer {
  now = 1000;
  #timers: { at: number; callback: () => void }[] = [];

  monotonic(): number {
    return this.now;
  }
  wall(): undefined {}
  setWall(): void {}

  set(callback: () => void, ms: number): unknown {
    const timer = { at: this.now + ms, callback };
    this.#timers.push(timer);
    return timer;
  }

  clear(id: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer !== id);
  }

  get pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.now = Math.max(this.now, next.at);
      this.clear(next);
      next.callback();
    }
    this.now = end;
  }
}

/** The client's end of a stream; `sent` holds what it wrote, as packets. */
export class FakeStream implements ByteStream {
  format = "buffer";
  closed = false;
  readonly sent: Packet[] = [];
  readonly callbacks: StreamCallbacks;
  /** Bytes that fit before the test calls `drain`. */
  room: number;
  bytesWritten = 0;
  #incoming: Uint8Array = new Uint8Array(0);
  readonly #parser = mqtt.parser();

  constructor(callbacks: StreamCallbacks, room = 65_536) {
    this.callbacks = callbacks;
    this.room = room;
    this.#parser.on("packet", (packet) => this.sent.push(packet));
    this.#parser.on("error", (error) => {
      throw error;
    });
  }

  read(byteLength = this.#incoming.length): ArrayBuffer | undefined {
    if (this.closed) throw new Error("read after close");
    const bytes = this.#incoming.slice(0, byteLength);
    this.#incoming = this.#incoming.slice(byteLength);
    return bytes.length > 0 ? bytes.buffer : undefined;
  }

  write(buffer: BufferLike): number {
    if (this.closed) throw new Error("write after close");
    const bytes = bytesOf(buffer);
    if (bytes.length > this.room) throw new Failure("output-full", "no room", "retry");
    this.room -= bytes.length;
    this.bytesWritten += bytes.length;
    this.#parser.parse(Buffer.from(bytes));
    return this.room;
  }

  close(): void {
    this.closed = true;
  }

  // The far end.

  connect(): void {
    this.callbacks.onWritable?.(this.room);
  }

  drain(room: number): void {
    this.room = room;
    this.callbacks.onWritable?.(room);
  }

  /** Bytes or packets arrive, in pieces of at most `piece` bytes. */
  arrive(what: Uint8Array | Packet, piece = 65_536): void {
    const bytes = what instanceof Uint8Array ? what : mqtt.generate(what);
    for (let from = 0; from < bytes.length && !this.closed; from += piece) {
      this.#incoming = Uint8Array.from([...this.#incoming, ...bytes.subarray(from, from + piece)]);
      this.callbacks.onReadable?.(this.#incoming.length);
    }
  }

  end(error: Error = new Failure("closed", "closed by the peer", "back-off")): void {
    if (!this.closed) this.callbacks.onError?.(error);
  }

  /** What was sent since the last call. */
  fetch(): Packet[] {
    return this.sent.splice(0);
  }
}

export interface Bench {
  client: MqttClient;
  stream: FakeStream;
  time: VirtualTime;
  /** Names and arguments of the callbacks, in order. */
  events: unknown[][];
}

/** A client with all its events written down; `options` override. */
export function bench(
  options: Partial<MqttClientOptions> = {},
  { time = new VirtualTime(), room = 65_536 } = {},
): Bench {
  const events: unknown[][] = [];
  const note =
    (name: string) =>
    (...values: unknown[]) =>
      events.push([name, ...values]);
  let stream: FakeStream | undefined;
  const client = new MqttClient({
    io: class extends FakeStream {
      constructor(callbacks: StreamCallbacks) {
        super(callbacks, room);
        stream = this;
      }
    },
    clock: time,
    timer: time,
    journal: new RamJournal(),
    connect: { clientId: "c1", cleanSession: true, keepAlive: 60 },
    onConnected: note("connected"),
    onSubscribed: note("subscribed"),
    onUnsubscribed: note("unsubscribed"),
    onMessage: (message) => events.push(["message", message.topic, Buffer.from(message.payload).toString()]),
    onDelivered: note("delivered"),
    onRejected: (sequence, failure) => events.push(["rejected", sequence, failure.code]),
    onClosed: (failure, connectedForMs) => events.push(["closed", failure?.code, connectedForMs]),
    ...options,
  });
  return { client, stream: stream!, time, events };
}

export const CONNACK: Packet = { cmd: "connack", sessionPresent: false, returnCode: 0 };

/** A bench whose client is connected; its CONNECT is fetched and its event dropped. */
export function connected(options: Partial<MqttClientOptions> = {}, world?: Parameters<typeof bench>[1]): Bench {
  const it = bench(options, world);
  it.stream.connect();
  it.stream.arrive(CONNACK);
  it.stream.fetch();
  it.events.splice(0);
  return it;
}
