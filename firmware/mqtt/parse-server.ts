// Bodies of the packets that a server receives: what a test's broker, or a gateway, needs.

import { malformed } from "./error.js";
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
  type Will,
} from "./packets.js";
import { parsePublish } from "./parse.js";
import type { Reader } from "./reader.js";
import { isTopicFilter, isTopicName } from "./topics.js";

/** A CONNECT as received: `level` other than 4 is to be answered by return code 1 [MQTT-3.1.2-2]; the rest is then empty. */
export interface ReceivedConnect extends Connect {
  level: number;
}

/** What `Decoder` gives a server. */
export type ReceivedByServer =
  | ReceivedConnect
  | PublishPart
  | Ack
  | Subscribe
  | Unsubscribe
  | { type: typeof PINGREQ | typeof DISCONNECT };

/** For `new Decoder(parseServer)`: reads a packet that a client may send. @throws MqttError `mqtt-malformed` */
export function parseServer(type: number, flags: number, from: Reader): ReceivedByServer {
  const packet = body(type, flags, from);
  if (from.left > 0) throw malformed("too long");
  return packet;
}

function body(type: number, flags: number, from: Reader): ReceivedByServer {
  switch (type) {
    case PUBLISH:
      return parsePublish(flags, from);
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return { type, id: from.id() };
    case CONNECT:
      return parseConnect(from);
    case SUBSCRIBE: {
      const id = from.id();
      return { type, id, filters: list(from, () => ({ filter: topicFilter(from), qos: qosOf(from.u8()) })) };
    }
    case UNSUBSCRIBE: {
      const id = from.id();
      return { type, id, filters: list(from, () => topicFilter(from)) };
    }
    case PINGREQ:
    case DISCONNECT:
      return { type };
    default:
      throw malformed("a packet that only a server may send");
  }
}

/** At least one entry [MQTT-3.8.3-3], [MQTT-3.10.3-2]. */
function list<T>(from: Reader, entry: () => T): T[] {
  const entries = [];
  do entries.push(entry());
  while (from.left > 0);
  return entries;
}

function topicFilter(from: Reader): string {
  const filter = from.text();
  if (!isTopicFilter(filter)) throw malformed("topic filter"); // [MQTT-4.7.1-1, -2, -3], [MQTT-4.7.3-1]
  return filter;
}

/** A byte that is a QoS and nothing else [MQTT-3-8.3-4]. */
function qosOf(byte: number): QoS {
  if (byte > 2) throw malformed("QoS");
  return byte as QoS;
}

/** §3.1. */
function parseConnect(from: Reader): ReceivedConnect {
  if (from.text() !== "MQTT") throw malformed("protocol name"); // [MQTT-3.1.2-1]
  const level = from.u8();
  const packet: ReceivedConnect = { type: CONNECT, level, clientId: "", cleanSession: true, keepAlive: 0 };
  if (level !== 4) {
    from.rest();
    return packet;
  }
  const flags = from.u8();
  const has = (bits: number) => (flags & bits) !== 0;
  // [MQTT-3.1.2-3]; no will, no will flags [MQTT-3.1.2-11, -13, -15]; no password without a username [MQTT-3.1.2-22].
  if (has(1) || (!has(4) && has(0x38)) || (has(64) && !has(128))) throw malformed("CONNECT flags");
  packet.cleanSession = has(2);
  packet.keepAlive = from.u16();
  packet.clientId = from.text();
  if (has(4)) packet.will = parseWill(qosOf((flags >> 3) & 3), has(32), from); // [MQTT-3.1.2-14]
  if (has(128)) packet.username = from.text();
  if (has(64)) packet.password = from.field();
  return packet;
}

function parseWill(qos: QoS, retain: boolean, from: Reader): Will {
  const topic = from.text();
  if (!isTopicName(topic)) throw malformed("topic name");
  return { topic, payload: from.field(), qos, retain };
}
