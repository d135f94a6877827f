// The client between a session and a stream: room, back-pressure, handlers, ends.

import { describe, expect, test } from "@jest/globals";
import type { Packet } from "mqtt-packet";
import { MqttClient } from "../../../firmware/mqtt/client.js";
import { MqttError } from "../../../firmware/mqtt/error.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { Failure } from "../../../firmware/platform/failure.js";
import { bench, CONNACK, connected, VirtualTime } from "./support/bench.js";
import { bytes } from "./support/hex.js";

const message = (id: number, payload = ""): Packet => ({
  cmd: "publish",
  topic: "a",
  payload,
  qos: 1,
  messageId: id,
  dup: false,
  retain: false,
});

describe("room", () => {
  test("a stream without room stops what is sent, not what is received, and no answer is lost", () => {
    const { stream, events } = connected({ sendBuffer: 512 }, { room: 16 });
    // All the room is used by CONNECT: answers wait in the send buffer until it is full, then nothing more is read.
    const count = 300;
    for (let id = 1; id <= count; id++) stream.arrive(message(id));
    const before = events.length;
    expect(before).toBeGreaterThan(50);
    expect(before).toBeLessThan(count);
    for (let i = 0; i < 200; i++) stream.drain(40);
    expect(events).toHaveLength(count);
    expect(stream.fetch().map(({ messageId }) => messageId)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });

  test("records wait in the journal while the send buffer is full, and follow in order", () => {
    const { client, stream } = connected({ sendBuffer: 512 }, { room: 16 });
    const payloads = Array.from({ length: 12 }, (_, i) => `${i}`.padStart(60, "."));
    for (const payload of payloads) client.publish("t", bytes(payload));
    let last = 0;
    for (let i = 0; i < 200; i++) {
      stream.drain(23);
      for (const { messageId } of stream.sent.slice(last)) stream.arrive({ cmd: "puback", messageId: messageId! });
      last = stream.sent.length;
    }
    expect(stream.fetch().map((packet) => packet.cmd === "publish" && String(packet.payload))).toEqual(payloads);
  });

  test("QoS 0 into a full buffer says so, and is not kept", () => {
    const { client, stream } = connected({ sendBuffer: 512 }, { room: 16 });
    const publish = () => client.publish("t", new Uint8Array(100), { qos: 0 });
    publish();
    publish();
    expect(publish).toThrow(expect.objectContaining({ code: "mqtt-busy", advice: "retry" }) as unknown as MqttError);
    for (let i = 0; i < 30; i++) stream.drain(16);
    expect(stream.fetch()).toHaveLength(2);
    expect(() => client.publish("t", new Uint8Array(600), { qos: 0 })).toThrow(
      expect.objectContaining({ code: "mqtt-too-large" }) as unknown as MqttError,
    );
  });

  test("a record longer than the send buffer is taken out of the way, and told", () => {
    const { client, stream, events } = connected({ sendBuffer: 512 });
    client.publish("t", new Uint8Array(600));
    client.publish("t", bytes("next"));
    expect(events).toEqual([["rejected", 1, "mqtt-too-large"]]);
    expect(stream.fetch()).toMatchObject([{ payload: Buffer.from("next") }]);
  });

  test("a CONNECT or SUBSCRIBE longer than the send buffer closes", () => {
    const { stream, events } = bench({
      sendBuffer: 512,
      connect: { clientId: "c", cleanSession: true, keepAlive: 0, username: "u".repeat(600) },
    });
    stream.connect();
    expect(events).toEqual([["closed", "mqtt-too-large", 0]]);
    const second = connected({ sendBuffer: 512 });
    second.client.subscribe([{ filter: "f".repeat(600), qos: 0 }]);
    expect(second.events).toEqual([["closed", "mqtt-too-large", 0]]);
  });
});

describe("handlers", () => {
  test("may publish, subscribe and disconnect; the order on the wire is that of the calls", () => {
    const it = connected({
      onMessage: ({ topic }) => {
        it.client.publish("answer", bytes(topic), { qos: 0 });
        it.client.subscribe([{ filter: "more", qos: 0 }]);
        it.client.publish("record", bytes("1"));
      },
      onDelivered: () => it.client.disconnect(),
      onSubscribed: () => it.client.unsubscribe(["more"]),
    });
    it.stream.arrive(message(7));
    const sent = it.stream.fetch();
    expect(sent.map(({ cmd }) => cmd)).toEqual(["publish", "puback", "subscribe", "publish"]);
    it.stream.arrive({ cmd: "suback", messageId: sent[2]!.messageId!, granted: [0] });
    const [unsubscribe] = it.stream.fetch();
    it.stream.arrive({ cmd: "puback", messageId: sent[3]!.messageId! });
    it.stream.arrive({ cmd: "unsuback", messageId: unsubscribe!.messageId!, granted: [] });
    expect(it.stream.fetch().map(({ cmd }) => cmd)).toEqual(["disconnect"]);
  });

  test("may close from inside: nothing more is said, read or written", () => {
    const it = connected({
      onMessage: () => {
        it.client.close();
        it.client.publish("t", bytes("kept"));
      },
    });
    it.stream.arrive(Buffer.concat([...Array(3)].map(() => Buffer.from("3205000161" + "0001", "hex"))));
    expect(it.stream.fetch()).toEqual([]);
    expect(it.stream.closed).toBe(true);
    expect(it.events).toEqual([]);
    expect(it.time.pending).toBe(0);
  });

  test("may connect anew from `onClosed`, with the same journal and state", () => {
    const journal = new RamJournal();
    const time = new VirtualTime();
    let second: ReturnType<typeof bench> | undefined;
    const first = bench({ journal, onClosed: () => (second = bench({ journal }, { time })) }, { time });
    first.stream.connect();
    first.stream.arrive(CONNACK);
    first.client.publish("t", bytes("x"));
    first.stream.end();
    second!.stream.connect();
    second!.stream.arrive(CONNACK);
    expect(second!.stream.fetch().slice(1)).toMatchObject([{ cmd: "publish", dup: false, payload: Buffer.from("x") }]);
  });
});

describe("ends", () => {
  const ended = (error: Error | undefined) => {
    let failure: Failure | undefined;
    const { stream } = connected({ onClosed: (reason) => (failure = reason) });
    stream.callbacks.onError?.(error);
    expect(stream.closed).toBe(true);
    return failure;
  };

  test("an orderly end by the peer, and one without a reason, are `mqtt-closed`", () => {
    const cause = new Failure("closed", "bye", "back-off");
    expect(ended(cause)).toMatchObject({ code: "mqtt-closed", cause });
    expect(ended(undefined)).toMatchObject({ code: "mqtt-closed", advice: "back-off" });
    expect(ended(undefined)).toBeInstanceOf(MqttError);
    expect(ended(new Error("ECONNRESET"))).toMatchObject({ code: "mqtt-closed" });
  });

  test("a failure that says more stays what it is", () => {
    const failure = new Failure("tls-untrusted", "no anchor", "give-up");
    expect(ended(failure)).toBe(failure);
  });

  test("a stream that never opens is given up in time", () => {
    const { stream, time, events } = bench();
    time.advance(149_999);
    expect(events).toEqual([]);
    time.advance(1);
    expect(events).toEqual([["closed", "mqtt-timeout", 0]]);
    expect(stream.closed).toBe(true);
  });

  test("a stream that throws ends the connection", () => {
    const { client, stream, events } = connected();
    stream.write = () => {
      throw new Failure("output-full", "no room", "retry");
    };
    client.publish("t", bytes("x"));
    expect(events).toEqual([["closed", "output-full", 0]]);
  });

  test("a stream class that throws is the caller's to see", () => {
    const time = new VirtualTime();
    const make = () =>
      new MqttClient({
        io: class {
          constructor() {
            throw new Failure("modem-off", "no modem", "reset-modem");
          }
        } as never,
        clock: time,
        timer: time,
        journal: new RamJournal(),
        connect: { clientId: "c", cleanSession: true, keepAlive: 0 },
      });
    expect(make).toThrow("no modem");
    expect(time.pending).toBe(0);
  });

  test("a stream with nothing to read after all does no harm", () => {
    const { stream, events } = connected();
    stream.callbacks.onReadable?.(10);
    stream.arrive(message(1, "x"));
    expect(events).toEqual([["message", "a", "x"]]);
  });

  test("late callbacks of a stream that was closed change nothing", () => {
    const { client, stream, events } = connected();
    client.close();
    stream.callbacks.onError?.(new Error("late"));
    stream.callbacks.onWritable?.(100);
    expect(events).toEqual([]);
    expect(client.state).toBe("closed");
  });
});

test("a record that somebody else appended goes out when the client is told to look", () => {
  const journal = new RamJournal();
  const { client, stream } = connected({ journal });
  journal.append("t", bytes("theirs"));
  expect(stream.fetch()).toEqual([]);
  client.kick();
  expect(stream.fetch()).toMatchObject([{ cmd: "publish", payload: Buffer.from("theirs") }]);
});
