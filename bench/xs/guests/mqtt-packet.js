// mqtt-packet beside our codec; JavaScript, since its types want Node's. Without `cacheNumbers` it does not fill a cache of
// 65,536 numbers on first use.

import { Buffer } from "buffer/";
import mqtt from "mqtt-packet";
import { meter } from "./meter.js";
import { ID, PAYLOAD, PUBACK_BYTES, publishBytes, TOPIC } from "./packets.js";

mqtt.writeToStream.cacheNumbers = false;

const bytes = publishBytes();
const payload = Buffer.from(PAYLOAD);
const packet = { cmd: "publish", topic: TOPIC, payload, qos: 1, messageId: ID, dup: false, retain: false };
const parser = mqtt.parser();
let id = 0;
parser.on("packet", ({ messageId }) => {
  id = messageId;
});

meter("encode PUBLISH", () => {
  if (mqtt.generate(packet).length !== bytes.length) throw new Error("not the packet");
});
function decode(input) {
  id = 0;
  parser.parse(input);
  if (id !== ID) throw new Error("not the packet");
}
const publish = Buffer.from(bytes);
const puback = Buffer.from(PUBACK_BYTES);
meter("decode PUBLISH", () => decode(publish));
meter("decode PUBACK", () => decode(puback));
host.end();
