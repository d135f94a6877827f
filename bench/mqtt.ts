// The MQTT codec beside mqtt-packet: how long its minified bundle is, how fast a QoS 1 PUBLISH of 120 bytes goes out and
// comes in, and what that allocates. Rates are the best of many short rounds taken in turn, so that noise hits both alike.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import mqtt from "mqtt-packet";
import { createDecoder } from "../firmware/mqtt/decoder.js";
import { encode } from "../firmware/mqtt/encode.js";
import { PUBLISH, type Publish } from "../firmware/mqtt/packets.js";
import { parse } from "../firmware/mqtt/parse.js";
import { codecSizes } from "./codec-size.js";
import { BenchReport } from "./report.js";

const report = new BenchReport("mqtt");
const PEER = "mqtt-packet";

async function sizes(): Promise<void> {
  report.title("Minified browser bundle");
  const { client, bare, full, whole, peer, peerOwn } = await codecSizes();
  report.row({ metric: "codec, the part a client needs", value: client, unit: "bytes" });
  report.row({ metric: "the same without its UTF-8", value: bare, unit: "bytes" });
  report.row({ metric: "codec, all 14 packets both ways", value: full, unit: "bytes" });
  report.row({ metric: "codec, all 14 packets both ways", value: peer, unit: "bytes", peer: PEER });
  report.row({ metric: "its own code, without what it stands on", value: peerOwn, unit: "bytes", peer: PEER });
  report.row({ metric: "client with session and journal, for comparison", value: whole, unit: "bytes" });
  report.row({ metric: "a client's codec is smaller by", value: peer / client, unit: "times", goal: { atLeast: 35 } });
  report.row({ metric: "…than its own code by", value: peerOwn / client, unit: "times", goal: { atLeast: 12 } });
  report.row({
    metric: "…and without the UTF-8 of both, which it leaves to Buffer, by",
    value: peerOwn / bare,
    unit: "times",
  });
  report.row({ metric: "the full codec is smaller by", value: peer / full, unit: "times", goal: { atLeast: 20 } });
}

const TOPIC = "8988280666000000015/telemetry/sim";
const PAYLOAD = Buffer.alloc(120, "x");
const packet: Publish = { type: PUBLISH, topic: TOPIC, payload: PAYLOAD, qos: 1, retain: false, dup: false, id: 77 };
const peerPacket = {
  cmd: "publish",
  topic: TOPIC,
  payload: PAYLOAD,
  qos: 1,
  messageId: 77,
  dup: false,
  retain: false,
} as const;
const bytes = mqtt.generate(peerPacket);

const memory = new Uint8Array(4096);
const decoder = createDecoder(parse);
const parser = mqtt.parser();
let seen = 0;
parser.on("packet", ({ messageId }) => {
  seen += messageId!;
});
/** Takes the pieces that mqtt-packet writes to a stream, and does nothing with them. */
const sink = { write: () => true, cork: () => {}, uncork: () => {} } as unknown as NodeJS.WritableStream;

/** What somebody takes who does not know how long a packet gets. */
const FRESH_BYTES = 256;

const WORK = {
  encode: () => {
    seen += encode(packet, memory);
  },
  "encode to a fresh buffer": () => {
    const fresh = new Uint8Array(FRESH_BYTES);
    seen += fresh.subarray(0, encode(packet, fresh)).length;
  },
  "encode, mqtt-packet": () => {
    seen += mqtt.generate(peerPacket).length;
  },
  "encode to a stream, mqtt-packet": () => {
    mqtt.writeToStream(peerPacket, sink as Parameters<typeof mqtt.writeToStream>[1]);
  },
  decode: () => {
    decoder.push(bytes);
    for (let got = decoder.next(); got; got = decoder.next()) seen += "id" in got ? got.id : 0;
  },
  "decode, mqtt-packet": () => {
    parser.parse(bytes);
  },
};
type Work = keyof typeof WORK;
const names = Object.keys(WORK) as Work[];

const ROUNDS = 40;
const TIMES = 10_000;

/** Nanoseconds of each kind of work. */
function rates(): Record<Work, number> {
  const best = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY])) as Record<Work, number>;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const work = WORK[name];
      const began = process.hrtime.bigint();
      for (let i = 0; i < TIMES; i++) work();
      best[name] = Math.min(best[name], Number(process.hrtime.bigint() - began) / TIMES);
    }
  }
  return best;
}

/** Bytes that one piece of work allocates, on the heap and in buffers beside it. */
function allocated(work: () => void): number {
  const count = 1000;
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  collect();
  const before = used();
  for (let i = 0; i < count; i++) work();
  return (used() - before) / count;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

await sizes();

report.title(`QoS 1 PUBLISH: a topic of ${TOPIC.length} and a payload of ${PAYLOAD.length} bytes`);
const ns = rates();
const split = (name: Work) => {
  const [metric, peer] = name.split(/, (?=mqtt-packet)/);
  return { metric: metric!, ...(peer && { peer }) };
};
for (const name of names) report.row({ ...split(name), value: Math.round(1e9 / ns[name]), unit: "a second" });
const faster = (what: "encode" | "decode", goal: number) => {
  const value = ns[`${what}, mqtt-packet`] / ns[what];
  report.row({ metric: `${what} is faster by`, value, unit: "times", goal: { atLeast: goal } });
};
const fresh = ns["encode, mqtt-packet"] / ns["encode to a fresh buffer"];
report.row({ metric: "encode to a fresh buffer is faster by", value: fresh, unit: "times", goal: { atLeast: 2 } });
faster("encode", 3);
faster("decode", 3);
report.row({
  metric: "encode is faster than to a stream by",
  value: ns["encode to a stream, mqtt-packet"] / ns.encode,
  unit: "times",
});

report.title("Allocations for one");
for (const name of names) report.row({ ...split(name), value: Math.round(allocated(WORK[name])), unit: "bytes" });
if (seen === 0) throw new Error("nothing was done");
report.end();
