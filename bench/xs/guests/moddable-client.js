// The SDK's own MQTT client beside ours, with the messages of mqtt-session.ts but for keep-alive, on a socket that answers as a
// broker does. It has no journal, sends nothing again and knows no limits. JavaScript: an SDK has no types.

import Client from "moddable/mqttclient";
import Timer from "timer";
import { PAYLOAD, TOPIC } from "./packets.js";

const ROOM = 2048;
const MESSAGES = 8;
const CONNACK = [0x20, 2, 0, 0];

class Resolver {
  resolve({ host, onResolved }) {
    Timer.set(() => onResolved(host, "192.0.2.1"));
  }
}

class Socket {
  format = "buffer";
  #options;
  #answer = [];
  #at = 0;
  #type = 0;
  #id;
  constructor(options) {
    this.#options = options;
    Timer.set(() => options.onWritable(ROOM));
  }
  write(data, options) {
    // A packet comes in pieces: its first byte says what it is, and only the id is two bytes long.
    if (options?.byteLength !== undefined) this.#type = data[0] >> 4;
    else if (data.byteLength === 2) this.#id = data;
    if (options?.more) return ROOM;
    this.#answer = this.#type === Client.CONNECT ? CONNACK : [0x40, 2, this.#id[0], this.#id[1]];
    this.#at = 0;
    Timer.set(() => this.#options.onReadable(this.#answer.length));
    return ROOM;
  }
  read() {
    return this.#answer[this.#at++];
  }
  close() {}
}

let began = 0;
let delivered = 0;
const publish = () => {
  began = host.meter();
  client.write(PAYLOAD, { topic: TOPIC, QoS: 1 });
};
const client = new Client({
  host: "broker.example",
  port: 8883,
  id: "8988280666000000015",
  clean: true,
  dns: { io: Resolver },
  socket: { io: Socket },
  onControl({ operation }) {
    if (operation !== Client.CONNACK && operation !== Client.PUBACK) return;
    if (operation === Client.PUBACK && ++delivered === MESSAGES) {
      host.print(JSON.stringify({ work: "publish to PUBACK", instructions: host.meter() - began }));
      host.end();
    } else Timer.set(publish);
  },
  onError() {
    host.print(JSON.stringify({ fault: "the client failed" }));
    host.end();
  },
});
