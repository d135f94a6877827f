// Packets that a server sends, from values to bytes: what a test's broker, or a gateway, needs.

import { putBytes } from "../../../firmware/bytes/utf8.js";
import { putPublish } from "../../../firmware/mqtt/encode.js";
import { putU16, seal } from "../../../firmware/mqtt/fields.js";
import { CONNACK, HEADER_MAX, headerFlags, PUBLISH, type ServerPacket } from "../../../firmware/mqtt/packets.js";

/**
 * Writes one packet into `into` from `start` on. Bytes before `start` are never touched.
 * @returns where it ends; 0 when there is no room (counting the longest header): the rest of `into` is then undefined
 * @throws MqttError `mqtt-usage` for a field that is too long or no sound text
 */
export function encodeServer(packet: ServerPacket, into: Uint8Array, start = 0): number {
  if (packet.type === PUBLISH) return putPublish(packet, into, start);
  const body = start + HEADER_MAX;
  let at = body;
  if (packet.type === CONNACK) {
    into[at++] = packet.sessionPresent ? 1 : 0;
    into[at++] = packet.returnCode;
  }
  if ("id" in packet) at = putU16(into, at, packet.id);
  if ("returnCodes" in packet) at = putBytes(into, at, Uint8Array.from(packet.returnCodes));
  return seal(into, start, (packet.type << 4) | headerFlags(packet.type), body, at);
}
