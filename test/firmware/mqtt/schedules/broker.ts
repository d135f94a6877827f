// A broker that does all that the standard lets a broker do, at its worst moments: slow and shuffled acknowledgements,
// acknowledgements that never come, sessions that are forgotten. It speaks by mqtt-packet, an independent reader.

import mqtt, { type Packet } from "mqtt-packet";
import type { Prng } from "../../../../host-sim/world/prng.js";
import type { Agenda } from "./agenda.js";

/** What may go wrong, as probabilities. */
export interface BrokerFaults {
  /** An answer is not sent. */
  mute: number;
  /** An answer is late, by up to 40 s. */
  late: number;
  /** A session that is not clean is forgotten when its client comes back. */
  amnesia: number;
  /** A QoS 2 message counts from its PUBREL on only, and is lost with its session before (§4.3.3, method B). */
  slowTakeover: boolean;
}

interface BrokerSession {
  /** QoS 2 messages received and not released, by their ids. */
  received: Map<number, Arrival>;
  /** Messages to the client under way: id to what is sent until it is answered. */
  outgoing: Map<number, Packet>;
}

/** A message that the broker has taken over. */
export interface Arrival {
  topic: string;
  payload: string;
}

/** One connection as the broker sees it. */
export interface BrokerEnd {
  receive(bytes: Uint8Array): void;
  gone(): void;
}

export class ModelBroker {
  readonly arrivals: Arrival[] = [];
  /** True once a session was thrown away. */
  forgot = false;
  faults: BrokerFaults;
  readonly #agenda: Agenda;
  readonly #random: Prng;
  #session: BrokerSession | undefined;
  #clean = true;
  #wanted: { payload: string; qos: 1 | 2 }[] = [];
  #lastId = 0;
  #live: ((packet: Packet) => void) | undefined;

  constructor(agenda: Agenda, random: Prng, faults: BrokerFaults) {
    this.#agenda = agenda;
    this.#random = random;
    this.faults = faults;
  }

  /** A message for the client, queued while it is away. */
  push(payload: string, qos: 1 | 2): void {
    this.#wanted.push({ payload, qos });
    this.#flush();
  }

  /** A client connects. `send` carries bytes back, `close` ends the connection. */
  open(send: (bytes: Uint8Array) => void, close: () => void): BrokerEnd {
    let alive = true;
    const parser = mqtt.parser({ protocolVersion: 4 });
    const say = (packet: Packet) => {
      if (alive) send(mqtt.generate(packet));
    };
    /** Answers are in order but where a fault makes one late: AWS promises no order between acknowledgements. */
    const answer = (packet: Packet) => {
      const { mute, late } = this.faults;
      if (this.#random.chance(mute)) return;
      if (this.#random.chance(late)) this.#agenda.in(this.#random.below(40_000), () => say(packet));
      else say(packet);
    };
    let connected = false;
    parser.on("error", (error) => {
      throw error;
    });
    parser.on("packet", (packet) => {
      if (!alive) return;
      if (connected === (packet.cmd === "connect")) throw new Error(`${packet.cmd} out of place`);
      switch (packet.cmd) {
        case "connect": {
          connected = true;
          const forgotten = packet.clean || this.#random.chance(this.faults.amnesia);
          const present = !forgotten && !this.#clean && this.#session !== undefined;
          this.forgot ||= !present && this.#session !== undefined;
          if (!present) this.#session = { received: new Map(), outgoing: new Map() };
          this.#clean = packet.clean ?? true;
          say({ cmd: "connack", sessionPresent: present, returnCode: 0 });
          this.#live = say;
          for (const sent of this.#session!.outgoing.values())
            say(sent.cmd === "publish" ? { ...sent, dup: true } : sent);
          this.#flush();
          break;
        }
        case "publish":
          this.#published(packet, answer);
          break;
        case "pubrel":
          this.#released(packet.messageId!);
          answer({ cmd: "pubcomp", messageId: packet.messageId! });
          break;
        case "puback":
        case "pubcomp":
          this.#session!.outgoing.delete(packet.messageId!);
          this.#flush();
          break;
        case "pubrec": {
          const release: Packet = { cmd: "pubrel", messageId: packet.messageId! };
          this.#session!.outgoing.set(packet.messageId!, release);
          say(release);
          break;
        }
        case "subscribe":
          answer({ cmd: "suback", messageId: packet.messageId!, granted: packet.subscriptions.map(({ qos }) => qos) });
          break;
        case "pingreq":
          say({ cmd: "pingresp" });
          break;
        case "disconnect":
          alive = false;
          close();
          break;
        default:
          throw new Error(`a client does not send ${packet.cmd}`);
      }
    });
    return {
      receive: (bytes) => {
        if (alive) parser.parse(Buffer.from(bytes));
      },
      gone: () => {
        alive = false;
        if (this.#live === say) this.#live = undefined;
      },
    };
  }

  #published(packet: Packet & { cmd: "publish" }, answer: (packet: Packet) => void): void {
    const { topic, qos, messageId } = packet;
    const { received } = this.#session!;
    const arrival = { topic, payload: String(packet.payload) };
    if (qos === 1 || (!received.has(messageId!) && !this.faults.slowTakeover)) this.arrivals.push(arrival);
    if (qos === 2) received.set(messageId!, arrival);
    answer({ cmd: qos === 2 ? "pubrec" : "puback", messageId: messageId! });
  }

  #released(id: number): void {
    const arrival = this.#session!.received.get(id);
    this.#session!.received.delete(id);
    if (arrival && this.faults.slowTakeover) this.arrivals.push(arrival);
  }

  #flush(): void {
    const session = this.#session;
    if (!this.#live || !session || session.outgoing.size > 4) return;
    for (const { payload, qos } of this.#wanted.splice(0)) {
      do this.#lastId = (this.#lastId % 65_535) + 1;
      while (session.outgoing.has(this.#lastId));
      const packet: Packet = {
        cmd: "publish",
        topic: "down",
        payload,
        qos,
        messageId: this.#lastId,
        dup: false,
        retain: false,
      };
      session.outgoing.set(this.#lastId, packet);
      this.#live(packet);
    }
  }
}
