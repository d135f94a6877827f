// MQTT 3.1.1 §3.8 to §3.11: subscribing and unsubscribing. Each test names the statement it checks.

import { describe, expect, test } from "@jest/globals";
import type { Packet } from "mqtt-packet";
import { createDecoder } from "../../../../firmware/mqtt/decoder.js";
import type { MqttError } from "../../../../firmware/mqtt/error.js";
import { STANDARD_LIMITS as LIMITS } from "../../../../firmware/mqtt/limits.js";
import { parseServer } from "../../../../host-sim/cloud/broker/parse-server.js";
import { type Bench, connected } from "../support/bench.js";
import { hex } from "../support/hex.js";

function serverReads(text: string): unknown {
  const decoder = createDecoder(parseServer);
  try {
    decoder.push(hex(text));
    return decoder.next();
  } catch (error) {
    return (error as MqttError).code;
  }
}

const answer = ({ stream }: Bench, { messageId }: Packet, granted: number[]) =>
  stream.arrive({ cmd: "suback", messageId: messageId!, granted });

describe("SUBSCRIBE", () => {
  test("[MQTT-3.8.3-1] [MQTT-3.8.3-3] lists filters in UTF-8, one at least; an empty one closes and is never sent", () => {
    expect(serverReads("8202 0001")).toBe("mqtt-malformed");
    expect(serverReads("8206 0001 0001 ff 00")).toBe("mqtt-malformed");
    const { client, stream } = connected();
    client.subscribe([]);
    expect(stream.fetch()).toEqual([]);
    client.subscribe([
      { filter: "ä", qos: 2 },
      { filter: "b/#", qos: 0 },
    ]);
    expect(stream.fetch()).toMatchObject([
      {
        cmd: "subscribe",
        subscriptions: [
          { topic: "ä", qos: 2 },
          { topic: "b/#", qos: 0 },
        ],
      },
    ]);
  });

  test.each(["03", "04", "80", "ff"])("[MQTT-3.8.3-4] a QoS byte of %s closes", (qos) => {
    expect(serverReads(`8206 0001 0001 61 ${qos}`)).toBe("mqtt-malformed");
  });

  test("without SUBACK is sent again on the same connection, with the same packet id and flags 0010", () => {
    const { client, stream, time } = connected();
    client.subscribe([{ filter: "a", qos: 1 }]);
    const [first] = stream.fetch();
    time.advance(30_000);
    const [again] = stream.fetch();
    // mqtt-packet refuses other flags than 0010.
    expect(again).toEqual(first);
  });

  test("goes out in pieces of as many filters as the broker takes, each with its own id", () => {
    const it = connected({ limits: { ...LIMITS, filters: 8 } });
    it.client.subscribe(Array.from({ length: 19 }, (_, i) => ({ filter: `f/${i}`, qos: 1 as const })));
    const sent = it.stream.fetch();
    expect(sent.map((packet) => packet.cmd === "subscribe" && packet.subscriptions.length)).toEqual([8, 8, 3]);
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(3);
  });
});

describe("SUBACK", () => {
  test("[MQTT-3.8.4-1] [MQTT-3.8.4-2] answers by the packet id; one that nobody asked for is passed over", () => {
    const it = connected();
    answer(it, { messageId: 77 } as Packet, [0]);
    expect(it.events).toEqual([]);
    expect(it.stream.closed).toBe(false);
  });

  test("[MQTT-3.8.4-3] subscribing again replaces the subscription", () => {
    const it = connected();
    for (const qos of [1, 0] as const) {
      it.client.subscribe([{ filter: "a", qos }]);
      answer(it, it.stream.fetch()[0]!, [qos]);
    }
    expect(it.events).toEqual([
      ["subscribed", [{ filter: "a", asked: 1, granted: 1 }]],
      ["subscribed", [{ filter: "a", asked: 0, granted: 0 }]],
    ]);
  });

  test("[MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] has one code for each filter, in order; another number closes", () => {
    for (const granted of [[0], [0, 1, 2], []]) {
      const it = connected();
      it.client.subscribe([
        { filter: "a", qos: 1 },
        { filter: "b", qos: 1 },
      ]);
      const id = it.stream.fetch()[0]!.messageId!;
      it.stream.arrive(Uint8Array.of(0x90, 2 + granted.length, id >> 8, id, ...granted));
      expect(it.events).toEqual([["closed", granted.length === 0 ? "mqtt-malformed" : "mqtt-protocol", 0]]);
    }
  });

  test("[MQTT-3.8.4-6] [MQTT-3.9.3-1] a lower QoS is told, and a refusal is, each of the filter in its place", () => {
    const it = connected();
    it.client.subscribe([
      { filter: "a", qos: 2 },
      { filter: "b", qos: 1 },
      { filter: "c", qos: 2 },
    ]);
    answer(it, it.stream.fetch()[0]!, [1, 0x80, 0]);
    expect(it.events).toEqual([
      [
        "subscribed",
        [
          { filter: "a", asked: 2, granted: 1 },
          { filter: "b", asked: 1, granted: undefined },
          { filter: "c", asked: 2, granted: 0 },
        ],
      ],
    ]);
  });

  test.each(["03", "7f", "81", "ff"])("[MQTT-3.9.3-2] a code of %s closes", (code) => {
    const { stream, events } = connected();
    stream.arrive(hex(`9003 0001 ${code}`));
    expect(events).toEqual([["closed", "mqtt-malformed", 0]]);
  });

  test("§3.8.4 messages may come before it", () => {
    const it = connected();
    it.client.subscribe([{ filter: "a", qos: 1 }]);
    it.stream.arrive({ cmd: "publish", topic: "a", payload: "early", qos: 1, messageId: 5, dup: false, retain: true });
    answer(it, it.stream.fetch()[0]!, [1]);
    expect(it.events.map(([name]) => name)).toEqual(["message", "subscribed"]);
  });

  test("[MQTT-4.5.0-1] [MQTT-4.5.0-2] a message that nobody wanted is acknowledged all the same", () => {
    const { stream } = connected({ onMessage: undefined });
    stream.arrive({ cmd: "publish", topic: "x", payload: "", qos: 1, messageId: 5, dup: false, retain: false });
    expect(stream.fetch()).toMatchObject([{ cmd: "puback", messageId: 5 }]);
  });
});

describe("UNSUBSCRIBE and UNSUBACK", () => {
  test("[MQTT-3.10.3-1] [MQTT-3.10.3-2] [MQTT-3.10.4-1] list filters in UTF-8, one at least", () => {
    expect(serverReads("a202 0001")).toBe("mqtt-malformed");
    expect(serverReads("a205 0001 0001 ff")).toBe("mqtt-malformed");
    const { client, stream } = connected();
    client.unsubscribe([]);
    client.unsubscribe(["a/+", "b"]);
    expect(stream.fetch()).toMatchObject([{ cmd: "unsubscribe", unsubscriptions: ["a/+", "b"] }]);
  });

  test("[MQTT-3.10.4-4] [MQTT-3.10.4-5] UNSUBACK has no payload and comes for what was never subscribed too", () => {
    const { client, stream, events } = connected();
    client.unsubscribe(["never"]);
    const id = stream.fetch()[0]!.messageId!;
    stream.arrive(Uint8Array.of(0xb0, 2, id >> 8, id));
    expect(events).toEqual([["unsubscribed", ["never"]]]);
    stream.arrive(hex("b003 0001 00"));
    expect(events.at(-1)).toEqual(["closed", "mqtt-malformed", 0]);
  });

  test("without UNSUBACK is sent again with the same packet id", () => {
    const { client, stream, time } = connected();
    client.unsubscribe(["a"]);
    const [first] = stream.fetch();
    time.advance(30_000);
    expect(stream.fetch()).toEqual([first]);
  });
});
