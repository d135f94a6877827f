// Bodies of the packets that a client receives. parse-server.ts has those that only a server receives.

import { malformed } from "./error.js";
import {
  type Ack,
  CONNACK,
  type Connack,
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
import type { Reader } from "./reader.js";
import { isTopicName } from "./topics.js";

/** What `Decoder` gives a client. */
export type Received = Connack | PublishPart | Ack | Suback | { type: typeof PINGRESP };

/** For `new Decoder(parse)`: reads a packet that a server may send. @throws MqttError `mqtt-malformed` */
export function parse(type: number, flags: number, from: Reader): Received {
  const packet = body(type, flags, from);
  if (from.left > 0) throw malformed("too long");
  return packet;
}

function body(type: number, flags: number, from: Reader): Received {
  switch (type) {
    case PUBLISH:
      return parsePublish(flags, from);
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
    case UNSUBACK:
      return { type, id: from.id() };
    case CONNACK: {
      const acknowledge = from.u8();
      const returnCode = from.u8();
      // [MQTT-3.2.2-1, -4]; a code above 5 is reserved, but AWS sends 7: any code from 1 up is a refusal.
      if (acknowledge > (returnCode === 0 ? 1 : 0)) throw malformed("CONNACK flags");
      return { type, sessionPresent: acknowledge === 1, returnCode };
    }
    case SUBACK: {
      const id = from.id();
      const returnCodes = [];
      do {
        const code = from.u8();
        if (code > 2 && code !== SUBSCRIBE_FAILURE) throw malformed("SUBACK code"); // [MQTT-3.9.3-2]
        returnCodes.push(code);
      } while (from.left > 0);
      return { type, id, returnCodes };
    }
    case PINGRESP:
      return { type };
    default:
      throw malformed("a packet that only a client may send");
  }
}

/** §3.3, for both directions. */
export function parsePublish(flags: number, from: Reader): PublishPart {
  const qos = (flags >> 1) & 3;
  const dup = flags > 7;
  if (qos === 3 || (qos === 0 && dup)) throw malformed("PUBLISH flags"); // [MQTT-3.3.1-2, -4]
  const topic = from.text();
  if (!isTopicName(topic)) throw malformed("topic name"); // [MQTT-3.3.2-2], [MQTT-4.7.3-1]
  const id = qos > 0 ? from.id() : 0;
  const payload = from.rest();
  const length = payload.length + from.beyond;
  return { type: PUBLISH, topic, payload, qos: qos as QoS, retain: (flags & 1) === 1, dup, id, offset: 0, length };
}
