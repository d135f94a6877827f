// MQTT 3.1.1 §3.3 and §4.7: PUBLISH, topic names and filters. Each test names the statement it checks.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createDecoder } from "../../../../firmware/mqtt/decoder.js";
import type { MqttError } from "../../../../firmware/mqtt/error.js";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import { parse } from "../../../../firmware/mqtt/parse.js";
import { isTopicFilter, isTopicName, matches } from "../../../../firmware/mqtt/topics.js";
import { connected } from "../support/bench.js";
import { bytes, hex } from "../support/hex.js";

const usage = expect.objectContaining({ code: "mqtt-usage" }) as unknown as MqttError;
const failed = (text: string) => {
  const { stream, events } = connected();
  stream.arrive(hex(text));
  return events;
};
const MALFORMED = [["closed", "mqtt-malformed", 0]];

describe("the fixed header of PUBLISH", () => {
  test("[MQTT-3.3.1-1] [MQTT-4.3.2-1] [MQTT-4.3.3-1] DUP is 0 at first, and 1 when it is sent again in the session", () => {
    for (const qos of [1, 2] as const) {
      const { client, stream, time } = connected();
      client.publish("t", bytes("x"), { qos });
      const [first] = stream.fetch();
      time.advance(30_000);
      const [again] = stream.fetch();
      expect(first).toMatchObject({ cmd: "publish", qos, dup: false });
      expect(again).toMatchObject({ cmd: "publish", qos, dup: true, messageId: first!.messageId });
    }
  });

  test("[MQTT-3.3.1-2] [MQTT-4.3.1-1] DUP with QoS 0 is malformed, and never sent", () => {
    expect(failed("3803 0001 61")).toEqual(MALFORMED);
    const { client, stream } = connected();
    client.publish("t", bytes("x"), { qos: 0 });
    expect(stream.fetch()).toMatchObject([{ qos: 0, dup: false }]);
  });

  test("[MQTT-3.3.1-3] DUP of what is received does not reach what is sent on", () => {
    const it = connected({ onMessage: ({ topic, payload }) => it.client.publish(`${topic}/on`, payload) });
    it.stream.arrive(hex("3a05 0001 61 0007"));
    expect(it.stream.fetch().find(({ cmd }) => cmd === "publish")).toMatchObject({ topic: "a/on", dup: false });
  });

  test("[MQTT-3.3.1-4] QoS 3 closes", () => {
    expect(failed("3605 0001 61 0001")).toEqual(MALFORMED);
    expect(failed("3e05 0001 61 0001")).toEqual(MALFORMED);
  });

  test("[MQTT-3.3.1-5] [MQTT-3.3.1-7] [MQTT-3.3.1-10] RETAIN goes out as asked for, with any QoS and an empty payload too", () => {
    const { client, stream } = connected();
    for (const qos of [0, 1, 2] as const) client.publish("t", bytes(""), { qos, retain: true });
    client.publish("t", bytes(""), { qos: 0 });
    expect(stream.fetch().map((packet) => packet.cmd === "publish" && packet.retain)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("[MQTT-3.3.1-6] [MQTT-3.3.1-8] [MQTT-3.3.1-9] [MQTT-3.3.1-11] [MQTT-3.3.1-12] RETAIN of what is received is told", () => {
    const seen: boolean[] = [];
    const { stream } = connected({ onMessage: ({ retain }) => seen.push(retain) });
    stream.arrive(hex("3103 0001 61 | 3003 0001 61 | 3305 0001 61 0001"));
    expect(seen).toEqual([true, false, true]);
  });
});

describe("the topic name", () => {
  test.each(["a/+", "+", "#", "a/#", "a+b", "a#"])(
    "[MQTT-3.3.2-2] [MQTT-4.7.1-1] %s has a wildcard: refused both ways",
    (topic) => {
      expect(
        failed(
          `30 ${(topic.length + 2).toString(16).padStart(2, "0")} 00 0${topic.length} ${Buffer.from(topic).toString("hex")}`,
        ),
      ).toEqual(MALFORMED);
      expect(() => connected().client.publish(topic, bytes(""))).toThrow(usage);
    },
  );

  test("[MQTT-4.7.3-1] has at least one character", () => {
    expect(failed("3002 0000")).toEqual(MALFORMED);
    expect(() => connected().client.publish("", bytes(""))).toThrow(usage);
  });

  test("[MQTT-4.7.3-2] [MQTT-4.7.3-3] has no U+0000, and 65535 bytes at most", () => {
    expect(isTopicName("a\0b")).toBe(false);
    expect(() => connected().client.publish("ä".repeat(32_768), bytes(""))).toThrow(usage);
  });

  test("[MQTT-1.5.3-1] §1.5.3 holds no control character, non-character or lone surrogate: refused where it is made", () => {
    const forbidden = fc.constantFrom(
      "\0",
      "\u0001",
      "\u001f",
      "\u007f",
      "\u0080",
      "\u009f",
      "\ufdd0",
      "\ufdef",
      "\ufffe",
      "\uffff",
      "\u{1fffe}",
      "\u{10ffff}",
      "\ud800",
      "\udfff",
    );
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z/]{0,5}$/),
        forbidden,
        fc.stringMatching(/^[a-z/]{0,5}$/),
        (before, bad, after) => {
          const topic = before + bad + after;
          const it = connected();
          for (const qos of [0, 1, 2] as const)
            expect(() => it.client.publish(topic, bytes(""), { qos })).toThrow(usage);
          expect(() => it.client.subscribe([{ filter: `${topic}/#`, qos: 1 }])).toThrow(usage);
          expect(() => it.client.unsubscribe([topic])).toThrow(usage);
          const journal = new RamJournal();
          expect(() => journal.append(topic, bytes(""))).toThrow(usage);
          expect([journal.size, journal.nextSequence, it.stream.sent]).toEqual([0, 1, []]);
          const connect = { clientId: "c", cleanSession: true, keepAlive: 0 };
          const will = { topic, payload: bytes(""), qos: 0, retain: false } as const;
          expect(() => connected({ connect: { ...connect, will } })).toThrow(usage);
          expect(() => connected({ connect: { ...connect, clientId: topic } })).toThrow(usage);
          expect(() => connected({ connect: { ...connect, username: topic } })).toThrow(usage);
        },
      ),
    );
  });

  test("of what is received may hold a control character: that is no reason to end the connection (§1.5.3)", () => {
    const { stream, events } = connected();
    stream.arrive({
      cmd: "publish",
      topic: "a\u0001\u009f\uffff",
      payload: "x",
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    });
    expect(events).toEqual([["message", "a\u0001\u009f\uffff", "x"]]);
    expect(stream.fetch()).toMatchObject([{ cmd: "puback", messageId: 1 }]);
    expect(failed("3003 0001 00")).toEqual(MALFORMED);
  });

  test("[MQTT-4.7.3-4] is compared as it is: case, spaces and slashes at the ends count", () => {
    expect(matches("a/B", "a/b")).toBe(false);
    expect(matches("/a", "a")).toBe(false);
    expect(matches("a/", "a")).toBe(false);
    expect(matches("a /b", "a/b")).toBe(false);
    expect(matches("/+", "/a")).toBe(true);
    expect(matches("+/+", "/a")).toBe(true);
    expect(matches("+", "/a")).toBe(false);
    const { client, stream } = connected();
    client.publish("/A//b/ ", bytes(""), { qos: 0 });
    expect(stream.fetch()).toMatchObject([{ topic: "/A//b/ " }]);
  });
});

describe("the topic filter", () => {
  test.each([
    ["#", true],
    ["a/#", true],
    ["a/b#", false],
    ["a/#/b", false],
    ["##", false],
    ["+", true],
    ["+/a/+", true],
    ["a/+/b/#", true],
    ["a+", false],
    ["+a/b", false],
    ["a/++", false],
    ["/", true],
    ["//", true],
    ["", false],
    ["a\0", false],
    ["$SYS/#", true],
  ])("[MQTT-4.7.1-2] [MQTT-4.7.1-3] %j is one: %s", (filter, valid) => {
    expect(isTopicFilter(filter)).toBe(valid);
    const { client } = connected();
    const subscribe = () => client.subscribe([{ filter, qos: 0 }]);
    if (valid) expect(subscribe).not.toThrow();
    else expect(subscribe).toThrow(usage);
  });

  test.each([
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "a/b", true],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["sport/+/player1", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["a/b", "a/b/c", false],
    ["a/b/c", "a/b", false],
    ["a/+/#", "a", false],
  ])("§4.7.1 %s matches %s: %s", (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  test("[MQTT-4.7.2-1] that begins with a wildcard matches no topic that begins with $", () => {
    expect(matches("#", "$SYS/x")).toBe(false);
    expect(matches("+/x", "$SYS/x")).toBe(false);
    expect(matches("$SYS/#", "$SYS/x")).toBe(true);
    expect(matches("$SYS/+", "$SYS/x")).toBe(true);
  });

  test.each([
    ["$share/g/t", "t", true],
    ["$share/g/t", "g/t", false],
    ["$share/g/a/b", "a/b", true],
    ["$share/g/a/+", "a/b", true],
    ["$share/g/a/#", "a", true],
    ["$share/g/#", "a/b/c", true],
    ["$share/g//t", "/t", true],
    ["$share/g/#", "$SYS/x", false],
    ["$share/g/$SYS/#", "$SYS/x", true],
    ["$share/g", "g", false],
    ["$share//t", "t", false],
    ["$shared/g/t", "t", false],
    ["$share/g/t", "$share/g/t", true], // to a broker that does not know what it means
  ])("of a shared subscription, %s, matches %s: %s", (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  test("of a shared subscription leads what comes by it, on its plain topic, to its handler", () => {
    const log: string[] = [];
    const { stream, events } = connected({
      subscriptions: [{ filter: "$share/g/t", qos: 0, onMessage: ({ topic }) => log.push(topic) }],
    });
    for (const topic of ["t", "u"]) {
      stream.arrive({ cmd: "publish", topic, payload: "", qos: 0, dup: false, retain: false });
    }
    expect([log, events]).toEqual([["t"], [["message", "u", ""]]]);
  });

  test("§3.3.2.1 leads a message to its handlers: all that match, else the general one", () => {
    const log: string[] = [];
    const { stream } = connected({
      subscriptions: [
        { filter: "a/#", qos: 0, onMessage: ({ topic }) => log.push(`a/# ${topic}`) },
        { filter: "a/+", qos: 0, onMessage: ({ topic }) => log.push(`a/+ ${topic}`) },
        { filter: "b", qos: 0 },
      ],
      onMessage: ({ topic }) => log.push(`other ${topic}`),
    });
    for (const topic of ["a/1", "a/1/2", "b", "c"]) {
      stream.arrive({ cmd: "publish", topic, payload: "", qos: 0, dup: false, retain: false });
    }
    expect(log).toEqual(["a/# a/1", "a/+ a/1", "a/# a/1/2", "other b", "other c"]);
  });
});

describe("a PUBLISH larger than the receive buffer", () => {
  const large = (qos: 0 | 1 | 2, length: number) => {
    const packet = new Uint8Array(5 + 3 + (qos > 0 ? 2 : 0) + length);
    const rest = packet.length - 5;
    packet.set([
      0x30 | (qos << 1),
      (rest & 127) | 128,
      ((rest >> 7) & 127) | 128,
      ((rest >> 14) & 127) | 128,
      rest >> 21,
    ]);
    packet.set([0, 1, 0x61], 5);
    if (qos > 0) packet.set([0, 9], 8);
    for (let i = 0; i < length; i++) packet[packet.length - length + i] = i & 255;
    return packet;
  };

  test("comes in parts that do not depend on the pieces it came in, and is acknowledged after the last", () => {
    const size = 256;
    const body = 700;
    const outcomes = [1, 7, 255, 256, 257, 10_000].map((piece) => {
      const parts: [number, number, number][] = [];
      const payload: number[] = [];
      const it = connected({
        receiveBuffer: size,
        onMessage: (part) => {
          expect(it.stream.sent).toEqual([]);
          parts.push([part.offset, part.payload.length, part.length]);
          payload.push(...part.payload);
        },
      });
      it.stream.arrive(large(1, body), piece);
      expect(payload).toEqual(Array.from({ length: body }, (_, i) => i & 255));
      expect(it.stream.fetch()).toMatchObject([{ cmd: "puback", messageId: 9 }]);
      it.stream.arrive({ cmd: "publish", topic: "b", payload: "next", qos: 0, dup: false, retain: false }, piece);
      expect(parts.at(-1)).toEqual([0, 4, 4]);
      return parts;
    });
    expect(outcomes[0]).toEqual([
      [0, size - 5, body],
      [size - 5, size, body],
      [2 * size - 5, body - 2 * size + 5, body],
      [0, 4, 4],
    ]);
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  });

  test("of 128 KB is taken and acknowledged", () => {
    let received = 0;
    const { stream } = connected({ onMessage: ({ payload }) => (received += payload.length) });
    stream.arrive(large(1, 128 * 1024), 1400);
    expect(received).toBe(128 * 1024);
    expect(stream.fetch()).toMatchObject([{ cmd: "puback", messageId: 9 }]);
  });

  test("with QoS 2 is handed on once, though it comes twice", () => {
    let received = 0;
    const { stream } = connected({ receiveBuffer: 128, onMessage: ({ payload }) => (received += payload.length) });
    stream.arrive(large(2, 1000));
    stream.arrive(large(2, 1000));
    expect(received).toBe(1000);
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["pubrec", "pubrec"]);
  });

  test("whose topic does not fit is refused by that limit", () => {
    const decoder = createDecoder(parse, 128);
    decoder.push(hex(`30 ff01 00c8 ${"61".repeat(253)}`));
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: "mqtt-too-large" }) as unknown as MqttError);
  });
});
