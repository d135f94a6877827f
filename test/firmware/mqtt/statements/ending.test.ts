// MQTT 3.1.1 §3.14 and §4.8: how a connection ends. Each test names the statement it checks.

import { describe, expect, test } from "@jest/globals";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import { Failure } from "../../../../firmware/platform/failure.js";
import { bench, connected } from "../support/bench.js";
import { bytes, hex } from "../support/hex.js";

describe("DISCONNECT", () => {
  test("[MQTT-3.14.4-1] the client closes after it, though the broker does not", () => {
    const { client, stream, time, events } = connected();
    client.disconnect();
    expect(stream.fetch()).toMatchObject([{ cmd: "disconnect" }]);
    expect(stream.closed).toBe(false);
    time.advance(2000);
    expect(stream.closed).toBe(true);
    expect(events).toEqual([["closed", undefined, 2000]]);
    expect(time.pending).toBe(0);
  });

  test("[MQTT-3.14.4-2] nothing is sent after it", () => {
    const { client, stream, time } = connected();
    client.disconnect();
    stream.fetch();
    client.publish("t", bytes("x"));
    expect(() => client.publish("t", bytes("x"), { qos: 0 })).toThrow();
    client.disconnect();
    stream.arrive(hex("3205 0001 61 0001 | 6202 0001"));
    time.advance(1999);
    expect(stream.fetch()).toEqual([]);
  });

  test("[MQTT-3.14.4-2] asked for by a handler: its message is acknowledged first", () => {
    const it = connected({ onMessage: () => it.client.disconnect() });
    it.stream.arrive(hex("3205 0001 61 0001 | 3205 0001 61 0002"));
    expect(it.stream.fetch().map(({ cmd }) => cmd)).toEqual(["puback", "puback", "disconnect"]);
  });

  test("[MQTT-3.14.4-2] not even what waits to be sent again", () => {
    const { client, stream, time } = connected({ sendBuffer: 512 }, { room: 16 });
    // The stream has no room: one message is in the send buffer, a second does not fit behind it.
    const payload = new Uint8Array(120);
    client.publish("t", payload);
    client.publish("t", payload);
    time.advance(30_000);
    client.disconnect();
    time.advance(20_000);
    for (let i = 0; i < 40; i++) {
      stream.drain(16);
      client.kick();
    }
    expect(stream.fetch().at(-1)).toMatchObject({ cmd: "disconnect" });
  });

  test("[MQTT-3.14.4-3] [MQTT-3.1.2-10] `close` leaves it out, so that the broker publishes the will", () => {
    for (const waiting of [false, true]) {
      const { client, stream } = connected();
      if (waiting) client.publish("t", bytes("x"));
      stream.fetch();
      client.close();
      client.close();
      expect(stream.fetch()).toEqual([]);
      expect(stream.closed).toBe(true);
    }
  });

  test("[MQTT-3.14.1-1] with a body or flags is malformed; that is for a server to check", () => {
    const { stream, events } = connected();
    stream.arrive(hex("e000"));
    expect(events).toEqual([["closed", "mqtt-malformed", 0]]);
  });

  test("waits for acknowledgements, but not for ever; what is not acknowledged stays in the journal", () => {
    const journal = new RamJournal();
    const { client, stream, time, events } = connected({ journal });
    client.publish("t", bytes("1"));
    client.publish("t", bytes("2"), { qos: 2 });
    client.disconnect();
    expect(client.state).toBe("draining");
    stream.arrive({ cmd: "puback", messageId: 1 });
    stream.arrive({ cmd: "pubrec", messageId: 2 });
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["publish", "publish", "pubrel"]);
    time.advance(20_000);
    expect(stream.fetch()).toMatchObject([{ cmd: "disconnect" }]);
    time.advance(2000);
    expect(events).toEqual([
      ["delivered", 1],
      ["closed", undefined, 22_000],
    ]);
    expect(journal.size).toBe(1);
  });

  test("before CONNACK `disconnect` ends it at once", () => {
    for (const upTo of ["opening", "connecting"]) {
      const { client, stream, events } = bench();
      if (upTo === "connecting") stream.connect();
      expect(client.state).toBe(upTo);
      client.disconnect();
      expect(events).toEqual([["closed", undefined, 0]]);
      expect(stream.closed).toBe(true);
      expect(client.state).toBe("closed");
    }
  });
});

describe("violations", () => {
  test.each([
    ["20 02 00 00", "mqtt-protocol"],
    ["10 02 00 00", "mqtt-malformed"],
    ["30 01 00", "mqtt-malformed"],
    ["d0 01 00", "mqtt-malformed"],
  ])("[MQTT-4.8.0-1] %s closes with a typed failure, and nothing is said about its contents", (text, code) => {
    let failure: Failure | undefined;
    const { stream } = connected({ onClosed: (reason) => (failure = reason) });
    stream.arrive(hex(text));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code, advice: "back-off" });
    expect(failure!.message.length).toBeLessThan(60);
    expect(stream.closed).toBe(true);
    expect(stream.fetch()).toEqual([]);
  });

  test("[MQTT-4.8.0-2] a handler that fails closes, and its message is not acknowledged", () => {
    const { stream, events } = connected({
      onMessage: () => {
        throw new Error("no memory");
      },
    });
    stream.arrive(hex("3205 0001 61 0001"));
    expect(events).toEqual([["closed", "unexpected", 0]]);
    expect(stream.fetch()).toEqual([]);
  });

  test("what comes behind a violation in the same read is not looked at", () => {
    const { stream, events } = connected();
    stream.arrive(hex("d001 00 | 3003 0001 61"));
    expect(events).toEqual([["closed", "mqtt-malformed", 0]]);
  });
});
