// One of our clients on a real socket, for a test that awaits what happens to it.

import type { BoundStream } from "../../firmware/cloud/connect.js";
import { MqttClient, type MqttClientOptions } from "../../firmware/mqtt/client.js";
import { type Journal, RamJournal } from "../../firmware/mqtt/journal.js";
import type { Grant } from "../../firmware/mqtt/outbound.js";
import type { Connack } from "../../firmware/mqtt/packets.js";
import type { Failure } from "../../firmware/platform/failure.js";
import type { ByteStream, StreamCallbacks } from "../../firmware/platform/io.js";
import { nodeClock, nodeTimer } from "../../host-sim/platform/clock.js";

/** A message as the handler got it, put together when it came in parts. */
export interface Received {
  topic: string;
  payload: string;
  qos: number;
  retain: boolean;
  dup: boolean;
}

/** How a broker is reached. */
export type Dial = () => BoundStream;

const clock = nodeClock();
let unique = 0;
/** A client id that no other test uses. */
export const newId = (): string => `simkey${process.pid}x${++unique}`;

export class Rig {
  readonly client: MqttClient;
  readonly messages: Received[] = [];
  readonly delivered: number[] = [];
  readonly grants: Grant[] = [];
  readonly journal: Journal;
  connack: Connack | undefined;
  /** Set once it has ended; `failure` undefined: in order. */
  ended: { failure: Failure | undefined } | undefined;
  /** The stream under the client: a test may break it. */
  stream: ByteStream | undefined;
  #check = () => {};

  constructor(dial: Dial, options: Partial<MqttClientOptions> = {}) {
    this.journal = options.journal ?? new RamJournal(1000, 1_000_000);
    let whole = new Uint8Array(0);
    const { onOpen } = { onOpen: (stream: ByteStream) => (this.stream = stream) };
    this.client = new MqttClient({
      io: class extends dial() {
        constructor(callbacks: StreamCallbacks) {
          super(callbacks);
          onOpen(this);
        }
      },
      clock,
      timer: nodeTimer,
      connect: { clientId: newId(), cleanSession: true, keepAlive: 30 },
      ...options,
      journal: this.journal,
      onConnected: (connack) => {
        this.connack = connack;
        this.#check();
      },
      onMessage: ({ topic, payload, offset, length, qos, retain, dup }) => {
        if (offset === 0) whole = new Uint8Array(length);
        whole.set(payload, offset);
        if (offset + payload.length < length) return;
        this.messages.push({ topic, payload: Buffer.from(whole).toString(), qos, retain, dup });
        this.#check();
      },
      onSubscribed: (grants) => {
        this.grants.push(...grants);
        this.#check();
      },
      onDelivered: (sequence) => {
        this.delivered.push(sequence);
        this.#check();
      },
      onClosed: (failure) => {
        this.ended = { failure };
        this.#check();
      },
    });
  }

  /** Settles once `holds` does; fails if the connection ends before. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#check = () => {
        if (holds()) resolve();
        else if (this.ended) reject(this.ended.failure ?? new Error("the connection has ended"));
      };
      this.#check();
    });
  }

  /** Connects and subscribes to all that is asked for. */
  async open(filters: readonly { filter: string; qos: 0 | 1 | 2 }[] = []): Promise<this> {
    await this.until(() => this.connack !== undefined);
    if (filters.length === 0) return this;
    this.client.subscribe(filters);
    await this.until(() => this.grants.length === filters.length);
    return this;
  }

  /** Connects, and waits until what the options subscribe to is granted. */
  async subscribed(): Promise<this> {
    await this.until(() => this.grants.length > 0);
    return this;
  }

  publish(topic: string, payload: string, options?: Parameters<MqttClient["publish"]>[2]): number {
    return this.client.publish(topic, Buffer.from(payload), options);
  }

  /** Ends in order. */
  async close(): Promise<void> {
    this.client.disconnect();
    await this.until(() => this.ended !== undefined);
  }
}
