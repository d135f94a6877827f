// The codec against mqtt-packet: generated packets, both directions, in any pieces.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import mqtt, { type Packet as PeerPacket } from "mqtt-packet";
import { createDecoder, type Decoder } from "../../../firmware/mqtt/decoder.js";
import { encode } from "../../../firmware/mqtt/encode.js";
import * as P from "../../../firmware/mqtt/packets.js";
import { parse } from "../../../firmware/mqtt/parse.js";
import { encodeServer } from "../../../host-sim/cloud/broker/encode-server.js";
import { parseServer } from "../../../host-sim/cloud/broker/parse-server.js";

const id = fc.integer({ min: 1, max: 65_535 });
const qos = fc.constantFrom<P.QoS>(0, 1, 2);
const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((s) => !s.includes("\0"));
const level = fc.string({ unit: "grapheme", maxLength: 6 }).filter((s) => !/[+#\0/]/.test(s));
const topic = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join("/"))
  .filter((name) => name !== "");
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 4 }), fc.oneof(level, fc.constantFrom("+", "#")))
  .map(([levels, last]) => [...levels, last].join("/"))
  .filter((name) => name !== "");
const payload = fc.uint8Array({ maxLength: 400 });
const acks = [P.PUBACK, P.PUBREC, P.PUBREL, P.PUBCOMP] as const;

const publish = fc
  .record({ topic, payload, qos, retain: fc.boolean(), dup: fc.boolean(), id })
  .map((p) => ({ type: P.PUBLISH, ...p, ...(p.qos === 0 ? { id: 0, dup: false } : {}) }) as P.Publish);
const ack = fc.record({ type: fc.constantFrom(...acks), id });
const connect = fc
  .record({
    clientId: text,
    cleanSession: fc.boolean(),
    keepAlive: fc.nat(65_535),
    will: fc.option(fc.record({ topic, payload, qos, retain: fc.boolean() }), { nil: undefined }),
    username: fc.option(fc.oneof(text, fc.string({ minLength: 1100, maxLength: 1200 })), { nil: undefined }),
    password: fc.option(payload, { nil: undefined }),
  })
  .map(
    (c): P.Connect => ({
      type: P.CONNECT,
      ...c,
      cleanSession: c.cleanSession || c.clientId === "",
      password: c.username === undefined ? undefined : c.password,
    }),
  );
const clientPacket: fc.Arbitrary<P.ClientPacket> = fc.oneof(
  connect,
  publish,
  ack,
  fc.record({
    type: fc.constant(P.SUBSCRIBE),
    id,
    filters: fc.array(fc.record({ filter, qos }), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: fc.constant(P.UNSUBSCRIBE), id, filters: fc.array(filter, { minLength: 1, maxLength: 5 }) }),
  fc.record({ type: fc.constantFrom(P.PINGREQ, P.DISCONNECT) }),
);
const serverPacket: fc.Arbitrary<P.ServerPacket> = fc.oneof(
  publish,
  ack,
  fc.record({ type: fc.constant(P.UNSUBACK), id }),
  fc
    .record({ type: fc.constant(P.CONNACK), sessionPresent: fc.boolean(), returnCode: fc.nat(5) })
    .map((c) => ({ ...c, sessionPresent: c.sessionPresent && c.returnCode === 0 })),
  fc.record({
    type: fc.constant(P.SUBACK),
    id,
    returnCodes: fc.array(fc.constantFrom(0, 1, 2, P.SUBSCRIBE_FAILURE), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: fc.constant(P.PINGRESP) }),
);

const NAMES =
  "connect connack publish puback pubrec pubrel pubcomp subscribe suback unsubscribe unsuback pingreq pingresp disconnect".split(
    " ",
  );

/** Our packet in mqtt-packet's words. */
function toPeer(packet: P.ClientPacket | P.ServerPacket): PeerPacket {
  const cmd = NAMES[packet.type - 1];
  const fields = (): object => {
    switch (packet.type) {
      case P.CONNECT: {
        const { clientId, cleanSession, keepAlive, will, username, password } = packet;
        return {
          protocolId: "MQTT",
          protocolVersion: 4,
          clientId,
          clean: cleanSession,
          keepalive: keepAlive,
          ...(will && { will: { ...will, payload: Buffer.from(will.payload) } }),
          ...(username !== undefined && { username }),
          ...(password !== undefined && { password: Buffer.from(password) }),
        };
      }
      case P.CONNACK:
        return { sessionPresent: packet.sessionPresent, returnCode: packet.returnCode };
      case P.PUBLISH: {
        const { topic, payload, qos, retain, dup, id } = packet;
        return { topic, payload: Buffer.from(payload), qos, retain, dup, ...(qos > 0 && { messageId: id }) };
      }
      case P.SUBSCRIBE:
        return { messageId: packet.id, subscriptions: packet.filters.map((f) => ({ topic: f.filter, qos: f.qos })) };
      case P.UNSUBSCRIBE:
        return { messageId: packet.id, unsubscriptions: [...packet.filters] };
      case P.SUBACK:
        return { messageId: packet.id, granted: [...packet.returnCodes] };
      default:
        return "id" in packet ? { messageId: packet.id } : {};
    }
  };
  return { cmd, ...fields() } as PeerPacket;
}

/** What mqtt-packet reads from `bytes`. */
function peerReads(bytes: Uint8Array): PeerPacket[] {
  const packets: PeerPacket[] = [];
  const parser = mqtt.parser({ protocolVersion: 4 });
  parser.on("packet", (packet) => packets.push(packet));
  parser.on("error", (error) => {
    throw error;
  });
  parser.parse(Buffer.from(bytes));
  return packets;
}

/** What our decoder reads from `bytes`, cut where `cuts` say (shares of the whole). */
function weRead<T>(decoder: Decoder<T>, bytes: Uint8Array, cuts: readonly number[]): unknown[] {
  const packets = [];
  const places = [0, ...cuts.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i++) {
    decoder.push(bytes.subarray(places[i - 1], places[i]));
    for (let packet = decoder.next(); packet; packet = decoder.next()) packets.push(structuredClone(packet));
  }
  return packets;
}

const memory = new Uint8Array(8192);
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** What the decoder makes of an encoded packet: a PUBLISH also tells where its payload lies. */
function asReceived(packet: P.ClientPacket | P.ServerPacket): object {
  if (packet.type === P.PUBLISH) return { ...packet, offset: 0, length: packet.payload.length };
  if (packet.type !== P.CONNECT) return packet;
  return { level: 4, ...Object.fromEntries(Object.entries(packet).filter(([, value]) => value !== undefined)) };
}

describe("client's packets", () => {
  test("mqtt-packet reads what we write, and writes the same bytes", () => {
    fc.assert(
      fc.property(clientPacket, (packet) => {
        const bytes = memory.subarray(0, encode(packet, memory));
        const peer = toPeer(packet);
        expect(Buffer.from(bytes)).toEqual(mqtt.generate(peer));
        expect(peerReads(bytes)).toMatchObject([peer]);
      }),
      { numRuns: 500 },
    );
  });

  test("we read what mqtt-packet writes, in any pieces", () => {
    fc.assert(
      fc.property(fc.array(clientPacket, { minLength: 1, maxLength: 6 }), cuts, (packets, where) => {
        const bytes = Buffer.concat(packets.map((packet) => mqtt.generate(toPeer(packet))));
        expect(weRead(createDecoder(parseServer), bytes, where)).toEqual(packets.map(asReceived));
      }),
      { numRuns: 500 },
    );
  });
});

describe("server's packets", () => {
  test("mqtt-packet reads what we write, and writes the same bytes", () => {
    fc.assert(
      fc.property(serverPacket, (packet) => {
        const bytes = memory.subarray(0, encodeServer(packet, memory));
        const peer = toPeer(packet);
        expect(Buffer.from(bytes)).toEqual(mqtt.generate(peer));
        expect(peerReads(bytes)).toMatchObject([peer]);
      }),
      { numRuns: 500 },
    );
  });

  test("we read what mqtt-packet writes, in any pieces", () => {
    fc.assert(
      fc.property(fc.array(serverPacket, { minLength: 1, maxLength: 6 }), cuts, (packets, where) => {
        const bytes = Buffer.concat(packets.map((packet) => mqtt.generate(toPeer(packet))));
        expect(weRead(createDecoder(parse), bytes, where)).toEqual(packets.map(asReceived));
      }),
      { numRuns: 500 },
    );
  });
});
