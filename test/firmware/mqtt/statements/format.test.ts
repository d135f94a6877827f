// MQTT 3.1.1 chapter 2 and §1.5: how bytes must look, in both directions. Each test names the statement it checks.

import { describe, expect, test } from "@jest/globals";
import { createDecoder, type Parse } from "../../../../firmware/mqtt/decoder.js";
import { encode } from "../../../../firmware/mqtt/encode.js";
import type { MqttError } from "../../../../firmware/mqtt/error.js";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import { type ClientPacket, PACKET_MAX, PUBLISH, type Publish, SUBSCRIBE } from "../../../../firmware/mqtt/packets.js";
import { parse } from "../../../../firmware/mqtt/parse.js";
import { SessionState } from "../../../../firmware/mqtt/state.js";
import { encodeServer } from "../../../../host-sim/cloud/broker/encode-server.js";
import { parseServer } from "../../../../host-sim/cloud/broker/parse-server.js";
import { connected } from "../support/bench.js";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/[ |]/g, ""), "hex"));

/** What a decoder makes of bytes: packets, or the code of its failure. */
function read(parser: Parse<unknown>, text: string): unknown {
  const decoder = createDecoder(parser);
  const packets = [];
  try {
    decoder.push(hex(text));
    for (let packet = decoder.next(); packet; packet = decoder.next()) packets.push(packet);
    return packets;
  } catch (error) {
    return (error as MqttError).code;
  }
}

const encoded = (packet: ClientPacket): string => {
  const memory = new Uint8Array(70_000);
  return Buffer.from(memory.subarray(0, encode(packet, memory))).toString("hex");
};

const message = (over: Partial<Publish> = {}): Publish => ({
  type: PUBLISH,
  topic: "t",
  payload: new Uint8Array(0),
  qos: 0,
  retain: false,
  dup: false,
  id: 0,
  ...over,
});

const usage = expect.objectContaining({ code: "mqtt-usage", advice: "give-up" }) as unknown as MqttError;

describe("UTF-8", () => {
  test.each([
    ["an overlong form", "c0af"],
    ["an overlong form of three bytes", "e0809f"],
    ["a high surrogate", "eda080"],
    ["a surrogate pair, each encoded", "eda081edb080"],
    ["a stray continuation byte", "80"],
    ["a sequence cut short", "e282"],
    ["a code point above U+10FFFF", "f4908080"],
    ["a byte that never occurs", "ff"],
  ])("[MQTT-1.5.3-1] %s in a topic closes", (_, bytes) => {
    const length = bytes.length / 2;
    const text = `30 ${(2 + length).toString(16).padStart(2, "0")} 00 ${length.toString(16).padStart(2, "0")} ${bytes}`;
    expect(read(parse, text)).toBe("mqtt-malformed");
    expect(read(parseServer, text)).toBe("mqtt-malformed");
    const { stream, events } = connected();
    stream.arrive(hex(text));
    expect(events).toEqual([["closed", "mqtt-malformed", 0]]);
  });

  test("[MQTT-1.5.3-1] a lone surrogate is never sent", () => {
    expect(() => encoded(message({ topic: "a\ud800" }))).toThrow(usage);
    expect(() => connected().client.publish("a\udc00", new Uint8Array(0))).toThrow(usage);
  });

  test("[MQTT-1.5.3-2] U+0000 closes when received, in a topic and in a filter", () => {
    expect(read(parse, "3004 0002 6100")).toBe("mqtt-malformed");
    expect(read(parseServer, "8207 0001 0002 6100 00")).toBe("mqtt-malformed");
    expect(read(parseServer, "100e 0004 4d515454 04 02 0000 0002 6100")).toBe("mqtt-malformed");
  });

  test("[MQTT-1.5.3-2] U+0000 is never sent", () => {
    expect(() => encoded({ type: SUBSCRIBE, id: 1, filters: [{ filter: "a\0", qos: 0 }] })).toThrow(usage);
    expect(() => connected().client.publish("a\0", new Uint8Array(0))).toThrow(usage);
  });

  test("[MQTT-1.5.3-3] a byte order mark is an ordinary character, and stays", () => {
    expect(read(parse, "3006 0004 efbbbf61")).toMatchObject([{ topic: "\ufeffa" }]);
    expect(encoded(message({ topic: "\ufeffa" }))).toBe("30060004efbbbf61");
  });

  test("§1.5.3 a field has 65535 bytes at most", () => {
    expect(encoded(message({ topic: "ä".repeat(32_767) }))).toMatch(/^30808004fffec3a4/);
    expect(() => encoded(message({ topic: "ä".repeat(32_768) }))).toThrow(usage);
  });
});

describe("the fixed header", () => {
  const wrongFlags = (parser: Parse<unknown>, types: readonly number[], right: number, body: string) =>
    types.flatMap((type) =>
      Array.from({ length: 16 }, (_, flags) => flags)
        .filter((flags) => flags !== right)
        .map((flags) => read(parser, `${((type << 4) | flags).toString(16)} ${body}`)),
    );

  test("[MQTT-2.2.2-1] the flags that are reserved are sent as the table has them", () => {
    const first = (packet: ClientPacket) => encoded(packet).slice(0, 2);
    expect(first({ type: 1, clientId: "c", cleanSession: true, keepAlive: 0 })).toBe("10");
    expect([4, 5, 6, 7].map((type) => first({ type: type as 4, id: 1 }))).toEqual(["40", "50", "62", "70"]);
    expect(first({ type: 8, id: 1, filters: [{ filter: "a", qos: 0 }] })).toBe("82");
    expect(first({ type: 10, id: 1, filters: ["a"] })).toBe("a2");
    expect([12, 14].map((type) => first({ type: type as 12 }))).toEqual(["c0", "e0"]);
  });

  test("[MQTT-2.2.2-2] wrong reserved flags close, in every packet", () => {
    const acks = wrongFlags(parse, [2, 4, 5, 7, 11], 0, "02 0001");
    const released = wrongFlags(parse, [6], 2, "02 0001");
    const others = [...wrongFlags(parse, [9], 0, "03 0001 00"), ...wrongFlags(parse, [13], 0, "00")];
    const server = [
      ...wrongFlags(parseServer, [12, 14], 0, "00"),
      ...wrongFlags(parseServer, [10], 2, "05 0001 0001 61"),
    ];
    for (const outcome of [...acks, ...released, ...others, ...server]) expect(outcome).toBe("mqtt-malformed");
  });

  test("[MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE other than 0010 close", () => {
    for (const [type, body] of [
      [6, "02 0001"],
      [8, "06 0001 0001 61 00"],
      [10, "05 0001 0001 61"],
    ] as const) {
      expect(wrongFlags(parseServer, [type], 2, body)).toEqual(new Array(15).fill("mqtt-malformed"));
    }
  });

  test.each(["00 00", "f0 00", "0f 00"])("§2.2.1 a packet of a forbidden type closes: %s", (text) => {
    expect(read(parse, text)).toBe("mqtt-malformed");
    expect(read(parseServer, text)).toBe("mqtt-malformed");
  });

  test("§2.2.1 a packet that goes the other way closes", () => {
    for (const text of [
      "8206 0001 0001 61 00",
      "a205 0001 0001 61",
      "c000",
      "e000",
      "100d 0004 4d515454 04 02 0000 0001 61",
    ]) {
      expect(read(parse, text)).toBe("mqtt-malformed");
      expect(read(parseServer, text)).toHaveLength(1);
    }
    for (const text of ["2002 0000", "9003 0001 00", "b002 0001", "d000"]) {
      expect(read(parseServer, text)).toBe("mqtt-malformed");
      expect(read(parse, text)).toHaveLength(1);
    }
  });

  test("§2.2.3 the remaining length takes one to four bytes, a fifth closes", () => {
    expect(read(parse, "d0 00")).toHaveLength(1);
    expect(read(parse, "d0 80 80 80 00")).toHaveLength(1);
    expect(read(parse, "d0 80 80 80 80")).toBe("mqtt-malformed");
    expect(read(parse, "30 80 80 80 80 00")).toBe("mqtt-malformed");
    for (const [length, bytes] of [
      [127, "7f"],
      [128, "8001"],
      [16_383, "ff7f"],
      [16_384, "808001"],
    ] as const) {
      const packet = encoded(message({ payload: new Uint8Array(length - 3) }));
      expect(packet.startsWith(`30${bytes}000174`)).toBe(true);
      expect(packet.length / 2).toBe(1 + bytes.length / 2 + length);
    }
  });

  test("§2.2.3 a packet beyond the named limit is refused as soon as its length is known", () => {
    const lengthBytes = (length: number) => {
      let text = "";
      for (let rest = length; ; rest >>= 7) {
        text += ((rest & 127) | (rest > 127 ? 128 : 0)).toString(16).padStart(2, "0");
        if (rest < 128) return text;
      }
    };
    expect(read(parse, `30 ${lengthBytes(PACKET_MAX)}`)).toEqual([]);
    expect(read(parse, `30 ${lengthBytes(PACKET_MAX + 1)}`)).toBe("mqtt-too-large");
    expect(read(parse, "90 8110")).toBe("mqtt-too-large");
  });

  test.each([
    ["PUBACK with too little", parse, "40 01 00"],
    ["PUBACK with too much", parse, "40 03 0001 00"],
    ["CONNACK with too little", parse, "20 01 00"],
    ["CONNACK with too much", parse, "20 03 0000 00"],
    ["PINGRESP with a body", parse, "d0 01 00"],
    ["SUBACK without a code", parse, "90 02 0001"],
    ["PUBLISH without a topic", parse, "30 00"],
    ["PUBLISH with half a topic", parse, "30 03 0002 61"],
    ["PUBLISH with half a packet id", parse, "32 04 0001 61 00"],
    ["SUBSCRIBE with a filter cut short", parseServer, "82 05 0001 0002 61"],
    ["SUBSCRIBE with no QoS", parseServer, "82 05 0001 0001 61"],
    ["CONNECT with more than its fields", parseServer, "10 0e 0004 4d515454 04 02 0000 0001 61 00"],
    ["PINGREQ with a body", parseServer, "c0 01 00"],
  ])("a body of the wrong length closes: %s", (_, parser, text) => {
    expect(read(parser as Parse<unknown>, text)).toBe("mqtt-malformed");
  });
});

describe("the packet identifier", () => {
  test("[MQTT-2.3.1-1] 0 closes, wherever an id is due", () => {
    for (const text of ["3205 0001 61 0000", "4002 0000", "5002 0000", "6202 0000", "7002 0000"]) {
      expect(read(parse, text)).toBe("mqtt-malformed");
      expect(read(parseServer, text)).toBe("mqtt-malformed");
    }
    for (const text of ["b002 0000", "9003 0000 00"]) expect(read(parse, text)).toBe("mqtt-malformed");
    for (const text of ["8206 0000 0001 61 00", "a205 0000 0001 61"])
      expect(read(parseServer, text)).toBe("mqtt-malformed");
  });

  test("[MQTT-2.3.1-2] a new one is 1 to 65535 and not in use, also past the wrap", () => {
    const state = new SessionState();
    const flight = () => ({ awaits: 4, sequence: 1, dup: false, tries: 0, sentAt: 0 });
    state.flights.set(3, flight());
    state.flights.set(65_535, flight());
    const ids = Array.from({ length: 65_535 }, () => state.nextId());
    expect(ids.slice(0, 4)).toEqual([1, 2, 4, 5]);
    expect(ids.slice(-3)).toEqual([65_534, 1, 2]);
    expect(new Set(ids)).not.toContain(3);
    expect(new Set(ids)).not.toContain(0);
  });

  test.each([
    ["goes round where each was acknowledged", true],
    ["ends where the PUBACK of one never came, though its record came by another way", false],
  ])("[MQTT-2.3.1-3] once all were given, a session %s", (_what, isAcknowledged) => {
    const state = new SessionState();
    const journal = new RamJournal();
    const it = connected({ state, journal });
    it.client.publish("t", new Uint8Array(1));
    if (isAcknowledged) it.stream.arrive({ cmd: "puback", messageId: 1 });
    else journal.delivered(1);
    it.time.advance(30_000);
    it.stream.fetch();
    while (state.nextId() < 65_535);
    it.client.publish("t", new Uint8Array(1));
    if (isAcknowledged) expect(it.stream.fetch()).toMatchObject([{ cmd: "publish", messageId: 1 }]);
    else expect(it.events).toEqual([["closed", "mqtt-spent", 30_000]]);
  });

  test("[MQTT-2.3.1-4] the same conditions hold for what a server sends", () => {
    const memory = new Uint8Array(64);
    const end = encodeServer(message({ qos: 1, id: 65_535 }), memory);
    expect(Buffer.from(memory.subarray(0, end)).toString("hex")).toBe("3205000174ffff");
  });

  test("[MQTT-2.3.1-5] [MQTT-3.3.1-2] QoS 0 bears none, and no DUP", () => {
    expect(encoded(message({ id: 7, dup: true, payload: hex("aa") }))).toBe("3004000174aa");
    expect(encoded(message({ id: 7, dup: true, qos: 1 }))).toBe("3a050001740007");
  });

  test("[MQTT-2.3.1-6] PUBACK, PUBREC, PUBREL and PUBCOMP echo that of the PUBLISH", () => {
    const { client, stream } = connected();
    stream.arrive(hex("3205 0001 61 1234 | 3405 0001 61 4321 | 6202 4321"));
    expect(stream.fetch()).toMatchObject([
      { cmd: "puback", messageId: 0x1234 },
      { cmd: "pubrec", messageId: 0x4321 },
      { cmd: "pubcomp", messageId: 0x4321 },
    ]);
    client.publish("t", new Uint8Array(0), { qos: 2 });
    const [sent] = stream.fetch();
    stream.arrive({ cmd: "pubrec", messageId: sent!.messageId! });
    expect(stream.fetch()).toMatchObject([{ cmd: "pubrel", messageId: sent!.messageId }]);
  });

  test("[MQTT-2.3.1-7] SUBACK and UNSUBACK are told apart by it", () => {
    const { client, stream, events } = connected();
    client.subscribe([{ filter: "a", qos: 1 }]);
    client.subscribe([{ filter: "b", qos: 1 }]);
    client.unsubscribe(["c"]);
    const [a, b, c] = stream.fetch();
    stream.arrive({ cmd: "suback", messageId: b!.messageId!, granted: [0] });
    stream.arrive({ cmd: "unsuback", messageId: c!.messageId!, granted: [] });
    stream.arrive({ cmd: "suback", messageId: a!.messageId!, granted: [1] });
    expect(events).toEqual([
      ["subscribed", [{ filter: "b", asked: 1, granted: 0 }]],
      ["unsubscribed", ["c"]],
      ["subscribed", [{ filter: "a", asked: 1, granted: 1 }]],
    ]);
  });
});
