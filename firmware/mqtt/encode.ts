// Packets that a client sends, from values to bytes. encode-server.ts has those that only a server sends.

import { demand } from "./error.js";
import {
  type ClientPacket,
  CONNECT,
  type Connect,
  headerFlags,
  PUBLISH,
  type Publish,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "./packets.js";
import { isTopicName } from "./topics.js";
import type { Writer } from "./writer.js";

/**
 * Appends one packet to the send buffer.
 * @returns its length in bytes; 0 when the buffer has no room, which then is as it was
 * @throws MqttError `mqtt-usage` for what the standard forbids; the buffer is as it was
 */
export function encode(packet: ClientPacket, into: Writer): number {
  return into.packet(packet.type, packet, body);
}

function body(packet: ClientPacket, into: Writer): number {
  switch (packet.type) {
    case PUBLISH:
      return publish(packet, into);
    case CONNECT:
      connect(packet, into);
      break;
    case SUBSCRIBE:
    case UNSUBSCRIBE:
      into.id(packet.id);
      demand(packet.filters.length > 0, "a filter is needed"); // [MQTT-3.8.3-3], [MQTT-3.10.3-2]
      for (const entry of packet.filters) {
        if (typeof entry === "string") into.field(entry);
        else {
          into.field(entry.filter);
          into.u8(entry.qos);
        }
      }
      break;
    default:
      if ("id" in packet) into.id(packet.id);
  }
  return headerFlags(packet.type);
}

/** §3.3, for both directions. @returns DUP, QoS and RETAIN */
export function publish(packet: Publish, into: Writer): number {
  demand(isTopicName(packet.topic), "no topic name"); // [MQTT-3.3.2-2], [MQTT-4.7.3-1]
  into.field(packet.topic);
  if (packet.qos > 0) into.id(packet.id);
  into.raw(packet.payload);
  // DUP is 0 with QoS 0 [MQTT-3.3.1-2].
  return (packet.dup && packet.qos > 0 ? 8 : 0) | (packet.qos << 1) | (packet.retain ? 1 : 0);
}

/** §3.1. The order of the payload's fields is fixed [MQTT-3.1.3-1]. */
function connect(packet: Connect, into: Writer): void {
  const { will, username, password } = packet;
  demand(packet.clientId !== "" || packet.cleanSession, "an empty client id needs a clean session"); // [MQTT-3.1.3-7]
  demand(password === undefined || username !== undefined, "a password needs a username"); // [MQTT-3.1.2-22]
  into.field("MQTT");
  into.u8(4);
  into.u8(
    (packet.cleanSession ? 2 : 0) |
      (will ? 4 | (will.qos << 3) | (will.retain ? 32 : 0) : 0) |
      (password === undefined ? 0 : 64) |
      (username === undefined ? 0 : 128),
  );
  into.u16(packet.keepAlive);
  into.field(packet.clientId);
  if (will) {
    demand(isTopicName(will.topic), "no topic name");
    into.field(will.topic);
    into.field(will.payload);
  }
  if (username !== undefined) into.field(username);
  if (password !== undefined) into.field(password);
}
