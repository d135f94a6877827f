// The journey of one connection: connect, subscribe, publish, receive, disconnect.

import { describe, expect, test } from "@jest/globals";
import { AWS_IOT_LIMITS } from "../../../firmware/cloud/limits.js";
import { bench, CONNACK, connected } from "./support/bench.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("connecting", () => {
  test("CONNECT goes out first, with a username of more than 1 KB as it is", () => {
    const username = `eyJ.x.y?x-amz-customauthorizer-name=a&token=${"t%2F".repeat(400)}`;
    const { stream } = bench({
      connect: { clientId: "8988", cleanSession: true, keepAlive: 600, username },
      limits: AWS_IOT_LIMITS,
    });
    expect(stream.sent).toEqual([]);
    stream.connect();
    expect(stream.fetch()).toMatchObject([
      {
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clientId: "8988",
        keepalive: 600,
        clean: true,
        username,
      },
    ]);
  });

  test("nothing else is sent before CONNACK; then subscriptions and waiting records are", () => {
    const { client, stream, events } = bench({ subscriptions: [{ filter: "a/#", qos: 1 }] });
    expect(client.publish("t", bytes("1"))).toBe(1);
    stream.connect();
    expect(client.publish("t", bytes("2"))).toBe(2);
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["connect"]);
    stream.arrive(CONNACK);
    expect(stream.fetch()).toMatchObject([
      { cmd: "subscribe", subscriptions: [{ topic: "a/#", qos: 1 }] },
      { cmd: "publish", topic: "t", qos: 1, dup: false, payload: Buffer.from("1") },
      { cmd: "publish", topic: "t", qos: 1, dup: false, payload: Buffer.from("2") },
    ]);
    expect(events).toEqual([["connected", { type: 2, sessionPresent: false, returnCode: 0 }]]);
  });

  test.each([
    [1, "give-up"],
    [2, "new-credentials"],
    [3, "back-off"],
    [4, "new-credentials"],
    [5, "new-credentials"],
    [7, "new-credentials"],
    [13, "back-off"],
  ])("CONNACK %i is a refusal with advice %s", (returnCode, advice) => {
    let failure: { code: string; advice: string; returnCode: number } | undefined;
    const { stream } = bench({ onClosed: (reason) => (failure = reason as unknown as typeof failure) });
    stream.connect();
    stream.arrive(Uint8Array.of(0x20, 2, 0, returnCode));
    expect(failure).toMatchObject({ code: "mqtt-refused", advice, returnCode });
    expect(stream.closed).toBe(true);
  });

  test("no CONNACK in time closes", () => {
    const { stream, time, events } = bench();
    stream.connect();
    time.advance(29_999);
    expect(stream.closed).toBe(false);
    time.advance(1);
    expect(events).toEqual([["closed", "mqtt-timeout", 0]]);
    expect(stream.closed).toBe(true);
    expect(time.pending).toBe(0);
  });
});

describe("connected", () => {
  test("a PUBACK is reported under the record's sequence number", () => {
    const { client, stream, events } = connected();
    const sequence = client.publish("t", bytes("x"));
    const [sent] = stream.fetch();
    expect(events).toEqual([]);
    stream.arrive({ cmd: "puback", messageId: sent!.messageId! });
    expect(events).toEqual([["delivered", sequence]]);
  });

  test("a message is acknowledged after its handler has returned, whatever the pieces it comes in", () => {
    for (const piece of [1, 2, 3, 7, 100]) {
      const log: string[] = [];
      const it = connected({ onMessage: ({ topic }) => log.push(`${topic} acked ${it.stream.sent.length}`) });
      it.stream.arrive(
        { cmd: "publish", topic: "c/1", payload: "go", qos: 1, messageId: 7, dup: false, retain: false },
        piece,
      );
      expect(log).toEqual(["c/1 acked 0"]);
      expect(it.stream.fetch()).toMatchObject([{ cmd: "puback", messageId: 7 }]);
    }
  });

  test("a handler may publish: the answer goes out, and the message is acknowledged", () => {
    const it = connected({ onMessage: () => it.client.publish("answer", bytes("ok")) });
    it.stream.arrive({ cmd: "publish", topic: "c", payload: "go", qos: 1, messageId: 9, dup: false, retain: false });
    expect(
      it.stream
        .fetch()
        .map(({ cmd }) => cmd)
        .sort(),
    ).toEqual(["puback", "publish"]);
  });

  test("an idle client sends PINGREQ within the keep-alive, and closes when no PINGRESP comes", () => {
    const { stream, time, events } = connected();
    time.advance(60_000);
    expect(stream.fetch()).toMatchObject([{ cmd: "pingreq" }]);
    stream.arrive({ cmd: "pingresp" });
    time.advance(60_000);
    expect(stream.fetch()).toMatchObject([{ cmd: "pingreq" }]);
    time.advance(30_000);
    expect(events).toEqual([["closed", "mqtt-timeout", expect.any(Number)]]);
  });

  test("disconnect waits for what is in flight, sends DISCONNECT, and ends when the broker closes", () => {
    const { client, stream, events } = connected();
    client.publish("t", bytes("x"));
    client.disconnect();
    client.publish("t", bytes("stays in the journal"));
    const sent = stream.fetch();
    expect(sent.map(({ cmd }) => cmd)).toEqual(["publish"]);
    stream.arrive({ cmd: "puback", messageId: sent[0]!.messageId! });
    expect(stream.fetch()).toMatchObject([{ cmd: "disconnect" }]);
    stream.end();
    expect(events).toEqual([
      ["delivered", 1],
      ["closed", undefined, 0],
    ]);
    expect(stream.closed).toBe(true);
  });

  test("a connection that the peer ends is reported with the time it had lasted", () => {
    const { stream, time, events } = connected();
    time.advance(1500);
    stream.end();
    expect(events).toEqual([["closed", "mqtt-closed", 1500]]);
  });

  test("a stream with little room gets the packets in pieces, in order", () => {
    const { client, stream } = connected({}, { room: 14 });
    for (let i = 0; i < 5; i++) client.publish("topic", bytes(`payload ${i}`));
    for (let i = 0; i < 40; i++) stream.drain(3);
    const payloads = stream.fetch().flatMap((packet) => (packet.cmd === "publish" ? [String(packet.payload)] : []));
    expect(payloads).toEqual([0, 1, 2, 3, 4].map((i) => `payload ${i}`));
  });

  test("close is silent and leaves no timer", () => {
    const { client, stream, time, events } = connected();
    client.close();
    expect(stream.closed).toBe(true);
    expect(time.pending).toBe(0);
    expect(events).toEqual([]);
  });
});
