// The module's own MQTT client (SIM7080 AT V1.07 §17): one connection, one request at a time, QoS 0 to 2.

import { fromUtf8 } from "../../firmware/bytes/utf8.js";
import { createDecoder } from "../../firmware/mqtt/decoder.js";
import { encode } from "../../firmware/mqtt/encode.js";
import { MqttError } from "../../firmware/mqtt/error.js";
import {
  type ClientPacket,
  CONNACK,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type PublishPart,
  type QoS,
  SUBACK,
  SUBSCRIBE,
  SUBSCRIBE_FAILURE,
  UNSUBACK,
  UNSUBSCRIBE,
} from "../../firmware/mqtt/packets.js";
import { parse, type Received } from "../../firmware/mqtt/parse.js";
import type { Job } from "./agenda.js";
import type { Machine, MqttPart, Stream } from "./machine.js";
import { tlsFor } from "./tls.js";

/** Longest payload that SMPUB takes (V1.07), and what goes around it. */
const PACKET_LIMIT = 5799 + 300;
/** How long the module waits for an answer; not published. */
const ANSWER_MS = 30_000;

/** What is waited for: a packet type with its id, and whom to tell. */
interface Wait {
  types: readonly number[];
  id: number;
  done: (ok: boolean) => void;
  limit: Job;
}

export class Mqtt implements MqttPart {
  readonly #machine: Machine;
  #stream: Stream | undefined;
  #decoder = createDecoder(parse, PACKET_LIMIT);
  #state: 0 | 1 | 2 = 0;
  #id = 0;
  #wait: Wait | undefined;
  #ping: Job | undefined;
  /** A message larger than the decoder's buffer comes in parts. */
  #parts: Uint8Array[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get state(): 0 | 1 | 2 {
    return this.#state;
  }

  reset(): void {
    this.#forget();
  }

  connect(done: (ok: boolean) => void): void {
    const { mqtt } = this.#machine.session;
    const tls = mqtt.tls && tlsFor(this.#machine, mqtt.tls);
    if (typeof tls === "number") {
      done(false);
      return;
    }
    this.#decoder = createDecoder(parse, PACKET_LIMIT);
    const { host, port } = mqtt;
    this.#stream = this.#machine.streams.open(
      { pdp: 0, host, port, tls },
      {
        connected: () => this.#greet(done),
        failed: () => {
          this.#forget();
          done(false);
        },
        data: (bytes) => this.#heard(bytes),
        closed: () => this.#lost(),
      },
    );
  }

  publish(topic: string, payload: Uint8Array, qos: QoS, retain: boolean, done: (ok: boolean) => void): void {
    const id = qos === 0 ? 0 : this.#nextId();
    if (!this.#send({ type: PUBLISH, topic, payload, qos, retain, dup: false, id })) done(false);
    else if (qos === 0) done(true);
    else this.#await([qos === 1 ? PUBACK : PUBCOMP], id, done);
  }

  subscribe(filter: string, qos: QoS, done: (ok: boolean) => void): void {
    const id = this.#nextId();
    if (this.#send({ type: SUBSCRIBE, id, filters: [{ filter, qos }] })) this.#await([SUBACK], id, done);
    else done(false);
  }

  unsubscribe(filter: string, done: (ok: boolean) => void): void {
    const id = this.#nextId();
    if (this.#send({ type: UNSUBSCRIBE, id, filters: [filter] })) this.#await([UNSUBACK], id, done);
    else done(false);
  }

  disconnect(): void {
    this.#send({ type: DISCONNECT });
    this.#forget();
  }

  #greet(done: (ok: boolean) => void): void {
    const { clientId, cleanSession, keepAlive, username, password, will } = this.#machine.session.mqtt;
    const fields = {
      type: CONNECT,
      clientId: clientId === "" ? this.#machine.imei : clientId,
      cleanSession,
      keepAlive,
      ...(will.topic !== "" && { will: { ...will, payload: binary(will.message) } }),
      ...(username !== "" && { username }),
      ...(password !== "" && { password: binary(password) }),
    } as const;
    if (this.#send(fields)) {
      this.#await([CONNACK], 0, (ok) => {
        if (!ok) this.#forget();
        else this.#keepAlive();
        done(ok);
      });
    } else {
      this.#forget();
      done(false);
    }
  }

  #heard(bytes: Uint8Array): void {
    try {
      this.#decoder.push(bytes);
      for (let packet = this.#decoder.next(); packet; packet = this.#decoder.next()) this.#take(packet);
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      this.#lost();
    }
  }

  #take(packet: Received): void {
    switch (packet.type) {
      case CONNACK:
        if (packet.returnCode === 0) this.#state = packet.sessionPresent ? 2 : 1;
        this.#answered(CONNACK, 0, packet.returnCode === 0);
        break;
      case PUBLISH:
        this.#published(packet);
        break;
      case PUBREC:
        this.#send({ type: PUBREL, id: packet.id });
        break;
      case PUBREL:
        this.#send({ type: PUBCOMP, id: packet.id });
        break;
      case SUBACK:
        this.#answered(SUBACK, packet.id, packet.returnCodes[0] !== SUBSCRIBE_FAILURE);
        break;
      case PUBACK:
      case PUBCOMP:
      case UNSUBACK:
        this.#answered(packet.type, packet.id, true);
    }
  }

  /** `+SMSUB: "topic"[,length],"message"`; in hexadecimal under SUBHEX. */
  #published(part: PublishPart): void {
    this.#parts.push(part.payload.slice());
    if (part.offset + part.payload.length < part.length) return;
    const bytes = joined(this.#parts);
    this.#parts = [];
    const { subHex, messageLength } = this.#machine.session.mqtt;
    const hex = Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join("");
    const text = subHex ? hex : String.fromCharCode(...bytes);
    const length = messageLength ? `,${bytes.length}` : "";
    this.#machine.out.urc("TCPIP", `+SMSUB: "${part.topic}"${length},"${text}"`);
    if (part.qos === 1) this.#send({ type: PUBACK, id: part.id });
    if (part.qos === 2) this.#send({ type: PUBREC, id: part.id });
  }

  #await(types: readonly number[], id: number, done: (ok: boolean) => void): void {
    const limit = this.#machine.later(ANSWER_MS, () => this.#answered(types[0]!, id, false));
    this.#wait = { types, id, done, limit };
  }

  #answered(type: number, id: number, ok: boolean): void {
    const wait = this.#wait;
    if (!wait?.types.includes(type) || wait.id !== id) return;
    this.#wait = undefined;
    wait.limit.cancel();
    wait.done(ok);
  }

  #keepAlive(): void {
    this.#ping?.cancel();
    const { keepAlive } = this.#machine.session.mqtt;
    if (keepAlive === 0) return;
    this.#ping = this.#machine.later(keepAlive * 1000, () => {
      this.#send({ type: PINGREQ });
      this.#keepAlive();
    });
  }

  /** @returns false: there is no connection, or the packet cannot be written */
  #send(packet: ClientPacket): boolean {
    if (!this.#stream) return false;
    const bytes = new Uint8Array(PACKET_LIMIT + 1024);
    const end = encode(packet, bytes);
    if (end === 0) return false;
    this.#stream.send(bytes.subarray(0, end));
    return true;
  }

  #lost(): void {
    const told = this.#state !== 0;
    const wait = this.#wait;
    this.#forget();
    wait?.done(false);
    if (told) this.#machine.out.urc("TCPIP", "+SMSTATE: 0");
  }

  #forget(): void {
    this.#ping?.cancel();
    this.#wait?.limit.cancel();
    this.#wait = undefined;
    this.#parts = [];
    this.#state = 0;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #nextId(): number {
    this.#id = (this.#id % 65_535) + 1;
    return this.#id;
  }
}

/** A text of bytes, as the AT line gives it. */
function binary(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A field of AT+SMCONF is UTF-8 on the line; undefined: it is none. */
export function fieldOf(text: string): string | undefined {
  return fromUtf8(binary(text));
}
