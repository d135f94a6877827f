// Packets that a client sends, from values to bytes.
// Checked here: that fields can be written as the standard wants them. What a packet may say is checked in limits.ts.

import { putBytes } from "../bytes/utf8.js";
import { headerLength, putField, putU16, seal } from "./fields.js";
import { type ClientPacket, CONNECT, type Connect, HEADER_MAX, headerFlags, PUBLISH, type Publish } from "./packets.js";

/**
 * Writes one packet into `into` from `start` on. Bytes before `start` are never touched.
 * @returns where it ends; 0 when there is no room (counting the longest header): the rest of `into` is then undefined
 * @throws MqttError `mqtt-usage` for a field that is too long or no sound text
 */
export function encode(packet: ClientPacket, into: Uint8Array, start = 0): number {
  if (packet.type === PUBLISH) return putPublish(packet, into, start);
  const body = start + HEADER_MAX;
  let at = body;
  if (packet.type === CONNECT) at = putConnect(packet, into, at);
  if ("id" in packet) at = putU16(into, at, packet.id);
  if ("filters" in packet) {
    for (const entry of packet.filters) {
      if (typeof entry === "string") at = putField(into, at, entry);
      else {
        at = putField(into, at, entry.filter);
        into[at++] = entry.qos;
      }
    }
  }
  return seal(into, start, (packet.type << 4) | headerFlags(packet.type), body, at);
}

/** `encode` for a PUBLISH, from either side (§3.3). DUP is left out with QoS 0 [MQTT-3.3.1-2]. */
export function putPublish({ topic, payload, qos, retain, dup, id }: Publish, into: Uint8Array, start: number): number {
  // For the longest UTF-8 that the topic may have: most packets then need not be moved.
  const body = start + headerLength(4 + 3 * topic.length + payload.length);
  let at = putField(into, body, topic);
  if (qos > 0) at = putU16(into, at, id);
  at = putBytes(into, at, payload);
  return seal(into, start, (PUBLISH << 4) | (dup && qos > 0 ? 8 : 0) | (qos << 1) | +retain, body, at);
}

/** §3.1.2, §3.1.3. */
function putConnect(packet: Connect, into: Uint8Array, start: number): number {
  const { will, username, password } = packet;
  let at = putField(into, start, "MQTT");
  into[at++] = 4;
  into[at++] =
    (+packet.cleanSession << 1) |
    (will ? 4 | (will.qos << 3) | (+will.retain << 5) : 0) |
    (password === undefined ? 0 : 64) |
    (username === undefined ? 0 : 128);
  at = putU16(into, at, packet.keepAlive);
  // The order is fixed [MQTT-3.1.3-1].
  for (const field of [packet.clientId, will?.topic, will?.payload, username, password]) {
    if (field !== undefined) at = putField(into, at, field);
  }
  return at;
}
