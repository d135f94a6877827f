// An MQTT client with its session and a journal in RAM, on a stream that answers as a broker does: it connects, and messages
// are published one after the other, each acknowledged.

import { MqttClient } from "../../../firmware/mqtt/client.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { CONNECT, DISCONNECT, PUBLISH } from "../../../firmware/mqtt/packets.js";
import type { BufferLike, ByteStream, StreamCallbacks } from "../../../firmware/platform/io.js";
import { xsClock, xsTimer } from "../../../firmware/platform/moddable/clock.js";
import { PAYLOAD, TOPIC } from "./packets.js";

const ROOM = 2048;
const MESSAGES = 8;
const CONNACK_BYTES = [0x20, 2, 0, 0];

class Broker implements ByteStream {
  format = "buffer";
  readonly #callbacks: StreamCallbacks;
  #answer: number[] = [];

  constructor(callbacks: StreamCallbacks) {
    this.#callbacks = callbacks;
    timer.set(() => callbacks.onWritable?.(ROOM), 0);
  }
  write(data: BufferLike): number {
    const packet = data as Uint8Array;
    const type = packet[0]! >> 4;
    if (type === CONNECT) this.#answer = CONNACK_BYTES;
    if (type === PUBLISH) this.#answer = [0x40, 2, packet[5 + TOPIC.length]!, packet[6 + TOPIC.length]!];
    timer.set(() => this.tell(type), 0);
    return ROOM;
  }
  read(): ArrayBuffer | undefined {
    const { buffer } = new Uint8Array(this.#answer);
    this.#answer = [];
    return buffer;
  }
  close(): void {}

  private tell(type: number): void {
    if (type === DISCONNECT) this.#callbacks.onError?.();
    else this.#callbacks.onReadable?.(this.#answer.length);
  }
}

function fault(error: unknown): void {
  host.print(JSON.stringify({ fault: String(error) }));
  host.end();
}

const timer = xsTimer(fault);
let began = 0;
let delivered = 0;
const publish = () => {
  began = host.meter();
  client.publish(TOPIC, PAYLOAD);
};
const client = new MqttClient({
  io: Broker,
  clock: xsClock(),
  timer,
  journal: new RamJournal(),
  connect: { clientId: "8988280666000000015", keepAlive: 600, cleanSession: true },
  onConnected: publish,
  onDelivered: () => {
    delivered++;
    // The last one is told: everything is warm.
    if (delivered === MESSAGES) {
      host.print(JSON.stringify({ work: "publish to PUBACK", instructions: host.meter() - began }));
      client.disconnect();
    } else timer.set(publish, 0);
  },
  onClosed: (failure) => (failure === undefined ? host.end() : fault(failure)),
});
