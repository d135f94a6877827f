// Packets that a server sends, from values to bytes: what a test's broker, or a gateway, needs.

import { publish } from "./encode.js";
import { demand } from "./error.js";
import { CONNACK, headerFlags, PUBLISH, type ServerPacket, SUBACK } from "./packets.js";
import type { Writer } from "./writer.js";

/**
 * Appends one packet to the send buffer.
 * @returns its length in bytes; 0 when the buffer has no room, which then is as it was
 * @throws MqttError `mqtt-usage` for what the standard forbids; the buffer is as it was
 */
export function encodeServer(packet: ServerPacket, into: Writer): number {
  return into.packet(packet.type, packet, body);
}

function body(packet: ServerPacket, into: Writer): number {
  switch (packet.type) {
    case PUBLISH:
      return publish(packet, into);
    case CONNACK:
      demand(!packet.sessionPresent || packet.returnCode === 0, "no session with a refusal"); // [MQTT-3.2.2-4]
      into.u8(packet.sessionPresent ? 1 : 0);
      into.u8(packet.returnCode);
      break;
    case SUBACK:
      into.id(packet.id);
      for (const code of packet.returnCodes) into.u8(code);
      break;
    default:
      if ("id" in packet) into.id(packet.id);
  }
  return headerFlags(packet.type);
}
