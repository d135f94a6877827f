// Bodies of the packets that a server receives: what a test's broker, or a gateway, needs.

import { fromUtf8 } from "../../../firmware/bytes/utf8.js";
import { malformed } from "../../../firmware/mqtt/error.js";
import { u16 } from "../../../firmware/mqtt/fields.js";
import {
  type Ack,
  CONNECT,
  type Connect,
  DISCONNECT,
  PINGREQ,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type PublishPart,
  type QoS,
  SUBSCRIBE,
  type Subscribe,
  UNSUBSCRIBE,
  type Unsubscribe,
} from "../../../firmware/mqtt/packets.js";
import { parsePublish } from "../../../firmware/mqtt/parse.js";
import { isTopicFilter, isTopicName } from "../../../firmware/mqtt/topics.js";

/** A CONNECT as received: `level` other than 4 is to be answered by return code 1 [MQTT-3.1.2-2]; the rest is then empty. */
export interface ReceivedConnect extends Connect {
  level: number;
}

/** What the decoder gives a server. */
export type ReceivedByServer =
  | ReceivedConnect
  | PublishPart
  | Ack
  | Subscribe
  | Unsubscribe
  | { type: typeof PINGREQ | typeof DISCONNECT };

/** For `createDecoder`: reads a packet that a client may send. @throws MqttError `mqtt-malformed`, `mqtt-too-large` */
export function parseServer(
  first: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  beyond: number,
): ReceivedByServer {
  const type = first >> 4;
  if (type === PUBLISH) return parsePublish(first, bytes, at, end, beyond);
  const from = new Cursor(type, bytes, at, end);
  const packet = body(type, from);
  from.check(from.left === 0);
  return packet;
}

function body(type: number, from: Cursor): ReceivedByServer {
  switch (type) {
    case CONNECT:
      return connect(from);
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return { type, id: from.id() };
    case SUBSCRIBE:
      return { type, id: from.id(), filters: from.list(() => ({ filter: from.filter(), qos: from.qos(from.u8()) })) };
    case UNSUBSCRIBE:
      return { type, id: from.id(), filters: from.list(() => from.filter()) };
    case PINGREQ:
    case DISCONNECT:
      return { type };
    default:
      throw malformed(type);
  }
}

/** §3.1. */
function connect(from: Cursor): ReceivedConnect {
  from.check(from.text() === "MQTT"); // [MQTT-3.1.2-1]
  const level = from.u8();
  const packet: ReceivedConnect = { type: CONNECT, level, clientId: "", cleanSession: true, keepAlive: 0 };
  if (level !== 4) {
    from.take(from.left);
    return packet;
  }
  const flags = from.u8();
  const has = (bits: number) => (flags & bits) > 0;
  // [MQTT-3.1.2-3]; no will, no will flags [MQTT-3.1.2-11, -13, -15]; no password without a username [MQTT-3.1.2-22].
  from.check(!has(1) && (has(4) || !has(0x38)) && (has(128) || !has(64)));
  packet.cleanSession = has(2);
  packet.keepAlive = from.u16();
  packet.clientId = from.text();
  if (has(4)) {
    // [MQTT-3.1.2-14]
    packet.will = { topic: from.topic(), payload: from.field(), qos: from.qos((flags >> 3) & 3), retain: has(32) };
  }
  if (has(128)) packet.username = from.text();
  if (has(64)) packet.password = from.field();
  return packet;
}

/** Reads fields one behind the other, never past the end of the packet. */
class Cursor {
  readonly #type: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(type: number, bytes: Uint8Array, at: number, end: number) {
    this.#type = type;
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  check(sound: boolean): void {
    if (!sound) throw malformed(this.#type);
  }

  /** The next `length` bytes; a view. */
  take(length: number): Uint8Array {
    this.check(length <= this.left);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8(): number {
    return this.take(1)[0]!;
  }

  u16(): number {
    return u16(this.take(2), 0);
  }

  /** [MQTT-2.3.1-1] */
  id(): number {
    const id = this.u16();
    this.check(id > 0);
    return id;
  }

  /** QoS 0, 1 or 2, and no other bit [MQTT-3.8.3-4]. */
  qos(byte: number): QoS {
    this.check(byte < 3);
    return byte as QoS;
  }

  /** Bytes with their length in front; a view. */
  field(): Uint8Array {
    return this.take(this.u16());
  }

  /** [MQTT-1.5.3-1, -2] */
  text(): string {
    const text = fromUtf8(this.field()) ?? "\0";
    this.check(!text.includes("\0"));
    return text;
  }

  /** [MQTT-3.3.2-2] */
  topic(): string {
    const topic = this.text();
    this.check(isTopicName(topic));
    return topic;
  }

  /** [MQTT-4.7.1-1, -2, -3], [MQTT-4.7.3-1] */
  filter(): string {
    const filter = this.text();
    this.check(isTopicFilter(filter));
    return filter;
  }

  /** One entry or more, up to the end [MQTT-3.8.3-3], [MQTT-3.10.3-2]. */
  list<T>(entry: () => T): T[] {
    const entries = [];
    do entries.push(entry());
    while (this.left > 0);
    return entries;
  }
}
