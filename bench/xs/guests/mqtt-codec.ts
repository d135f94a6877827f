// Our MQTT codec: a QoS 1 PUBLISH out, and in, and the PUBACK in.

import { createDecoder } from "../../../firmware/mqtt/decoder.js";
import { encode } from "../../../firmware/mqtt/encode.js";
import { PUBLISH, type Publish } from "../../../firmware/mqtt/packets.js";
import { parse } from "../../../firmware/mqtt/parse.js";
import { meter } from "./meter.js";
import { ID, PAYLOAD, PUBACK_BYTES, publishBytes, TOPIC } from "./packets.js";

const BUFFER_BYTES = 512;

const bytes = publishBytes();
const packet: Publish = { type: PUBLISH, topic: TOPIC, payload: PAYLOAD, qos: 1, retain: false, dup: false, id: ID };
const buffer = new Uint8Array(BUFFER_BYTES);
const decoder = createDecoder(parse);

meter("encode PUBLISH", () => {
  if (encode(packet, buffer) !== bytes.length) throw new Error("not the packet");
});
function decode(input: Uint8Array): void {
  decoder.push(input);
  const got = decoder.next();
  if (got === undefined || !("id" in got) || got.id !== ID) throw new Error("not the packet");
}
meter("decode PUBLISH", () => decode(bytes));
meter("decode PUBACK", () => decode(PUBACK_BYTES));
host.end();
