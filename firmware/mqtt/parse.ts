// Bodies of the packets that a client receives.

import { fromUtf8 } from "../bytes/utf8.js";
import { malformed, tooLarge } from "./error.js";
import { u16 } from "./fields.js";
import {
  type Ack,
  CONNACK,
  type Connack,
  FILTERS_MAX,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type PublishPart,
  type QoS,
  SUBACK,
  SUBSCRIBE_FAILURE,
  type Suback,
  UNSUBACK,
} from "./packets.js";
import { isTopicName } from "./topics.js";

/** What the decoder gives a client. */
export type Received = Connack | PublishPart | Ack | Suback | { type: typeof PINGRESP };

/** For `createDecoder`: reads a packet that a server may send. @throws MqttError `mqtt-malformed`, `mqtt-too-large` */
export function parse(first: number, bytes: Uint8Array, at: number, end: number, beyond: number): Received {
  const type = first >> 4;
  const length = end - at;
  /** Means something from length 2 on only. */
  const id = u16(bytes, at);
  switch (type) {
    case PUBLISH:
      return parsePublish(first, bytes, at, end, beyond);
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
    case UNSUBACK:
      if (length === 2 && id > 0) return { type, id };
      break;
    case CONNACK:
      // Session present in the upper byte, only with code 0 [MQTT-3.2.2-4]. Codes above 5 are reserved, but AWS IoT
      // Core sends 7: any code from 1 up is a refusal.
      if (length === 2 && id <= 256) return { type, sessionPresent: id > 255, returnCode: id & 255 };
      break;
    case SUBACK: {
      // One for each filter of a SUBSCRIBE, of which none has more than that.
      if (length - 2 > FILTERS_MAX) break;
      const returnCodes = [...bytes.subarray(at + 2, end)];
      // [MQTT-3.9.3-2]
      if (length > 2 && id > 0 && returnCodes.every((code) => code < 3 || code === SUBSCRIBE_FAILURE)) {
        return { type, id, returnCodes };
      }
      break;
    }
    case PINGRESP:
      if (!length) return { type };
  }
  throw malformed(type);
}

/** A PUBLISH from either side (§3.3). */
export function parsePublish(first: number, bytes: Uint8Array, at: number, end: number, beyond: number): PublishPart {
  const qos = (first >> 1) & 3;
  const dup = (first & 8) > 0;
  const topicEnd = at + 2 + u16(bytes, at);
  const from = topicEnd + (qos > 0 ? 2 : 0);
  if (from > end && beyond > 0) throw tooLarge();
  const topic = fromUtf8(bytes.subarray(at + 2, topicEnd)) ?? "";
  const id = qos > 0 ? u16(bytes, topicEnd) : 0;
  const sound =
    from <= end &&
    (qos > 0 ? qos < 3 && id > 0 : !dup) && // [MQTT-3.3.1-2, -4], [MQTT-2.3.1-1]
    isTopicName(topic); // [MQTT-1.5.3-1], [MQTT-3.3.2-2], [MQTT-4.7.3-1]
  if (!sound) throw malformed(PUBLISH);
  const payload = bytes.subarray(from, end);
  return {
    type: PUBLISH,
    topic,
    payload,
    qos: qos as QoS,
    retain: (first & 1) > 0,
    dup,
    id,
    offset: 0,
    length: payload.length + beyond,
  };
}
