// MQTT packets at either end: packets and parts keep their limits, only MqttErrors are thrown.

import { createDecoder, type Parse } from "../../firmware/mqtt/decoder.js";
import { MqttError } from "../../firmware/mqtt/error.js";
import { parse } from "../../firmware/mqtt/parse.js";
import { parseServer } from "../../host-sim/cloud/broker/parse-server.js";
import { anySplit, attempt, cutSeeds, promise, type Target, words } from "../target.js";

/** Small, so that inputs are larger than it. */
const BUFFER = 128;

const shown = (_name: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);

/** Parts of a PUBLISH are joined: where they begin depends on the buffer alone, but whoever reads them sees one message. */
function read<P>(parseOne: Parse<P>, pieces: readonly Uint8Array[]) {
  const decoder = createDecoder(parseOne, BUFFER);
  const packets: string[] = [];
  const outcome = attempt([MqttError], () => {
    for (const piece of pieces) {
      decoder.push(piece);
      for (let packet = decoder.next(); packet; packet = decoder.next()) {
        const { payload } = packet as { payload?: Uint8Array };
        promise((payload?.length ?? 0) <= piece.length + BUFFER, "a part is longer than what there is");
        packets.push(JSON.stringify(packet, shown));
      }
    }
    return "ended";
  });
  return { packets, outcome };
}

const target = <P>(name: string, parseOne: Parse<P>, seeds: readonly string[]): Target => ({
  name,
  seeds: cutSeeds(...seeds),
  tokens: words(
    ...["\x20\x02\x00\x00", "\x30\x0a\x00\x03a/b", "\x32", "\x40\x02\x00\x01", "\x90\x03\x00\x01\x00", "\xd0\x00"],
    ...[
      "\x00\x04MQTT\x04",
      "\x80\x80\x80\x01",
      "\xff\xff\xff\x7f",
      "\x00\x00",
      "#",
      "+/",
      "\xed\xa0\x80",
      "x".repeat(128),
    ],
  ),
  work: { base: 800, perByte: 120 },
  run: (input) => anySplit(input, (pieces) => read(parseOne, pieces)),
  endless: () => {
    let decoder = createDecoder(parseOne);
    return (bytes) => {
      const outcome = attempt([MqttError], () => {
        decoder.push(bytes);
        while (decoder.next());
      });
      if (outcome !== undefined) decoder = createDecoder(parseOne);
    };
  },
});

export const mqttClient = target("mqtt-client", parse, [
  "\x20\x02\x00\x00\x90\x04\x00\x01\x00\x01\x30\x06\x00\x01thiya",
  "\x32\x07\x00\x01t\x00\x05hi\x40\x02\x00\x01\xd0\x00",
  `\x30\xfa\x01\x00\x01t${"p".repeat(247)}\xb0\x02\x00\x07`,
  "\x50\x02\x00\x09\x62\x02\x00\x09\x70\x02\x00\x09",
]);

export const mqttServer = target("mqtt-server", parseServer, [
  "\x10\x18\x00\x04MQTT\x04\xc2\x00\x3c\x00\x02id\x00\x04user\x00\x02pw",
  "\x10\x1a\x00\x04MQTT\x04\x2e\x00\x3c\x00\x02id\x00\x04will\x00\x04gone\xe0\x00",
  "\x82\x0c\x00\x01\x00\x03a/#\x01\x00\x01+\x00",
  "\xa2\x05\x00\x02\x00\x01t\xc0\x00",
]);
