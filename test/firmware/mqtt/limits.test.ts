// What brokers allow beyond the standard, as a table: AWS IoT Core's, and 1NCE's policy on it.

import { describe, expect, test } from "@jest/globals";
import { AWS_IOT_LIMITS } from "../../../firmware/cloud/limits.js";
import type { MqttClientOptions } from "../../../firmware/mqtt/client.js";
import type { MqttError } from "../../../firmware/mqtt/error.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { STANDARD_LIMITS } from "../../../firmware/mqtt/limits.js";
import { SessionState } from "../../../firmware/mqtt/state.js";
import { bench, CONNACK, connected, VirtualTime } from "./support/bench.js";
import { bytes } from "./support/hex.js";

const usage = expect.objectContaining({ code: "mqtt-usage", advice: "give-up" }) as unknown as MqttError;
const connect = { clientId: "8988280666000000015", cleanSession: true, keepAlive: 600 };
const aws = (more: Partial<MqttClientOptions> = {}) => connected({ limits: AWS_IOT_LIMITS, connect, ...more });

describe("AWS IoT Core", () => {
  test("takes no QoS 2, neither in PUBLISH nor in SUBSCRIBE nor in a will", () => {
    const { client } = aws();
    expect(() => client.publish("t", bytes("x"), { qos: 2 })).toThrow(usage);
    expect(() => client.subscribe([{ filter: "t", qos: 2 }])).toThrow(usage);
    expect(() => aws({ subscriptions: [{ filter: "t", qos: 2 }] })).toThrow(usage);
    const will = { topic: "w", payload: bytes(""), qos: 2 as const, retain: false };
    expect(() => aws({ connect: { ...connect, will } })).toThrow(usage);
    expect(() => aws({ connect: { ...connect, will: { ...will, qos: 1 } } })).not.toThrow();
  });

  test("takes 8 filters a SUBSCRIBE and UNSUBSCRIBE: longer lists are split", () => {
    const { client, stream } = aws();
    client.subscribe(Array.from({ length: 9 }, (_, i) => ({ filter: `f/${i}`, qos: 1 as const })));
    client.unsubscribe(Array.from({ length: 17 }, (_, i) => `f/${i}`));
    const counts = stream.fetch().map((packet) => {
      if (packet.cmd === "subscribe") return packet.subscriptions.length;
      return packet.cmd === "unsubscribe" ? packet.unsubscriptions.length : 0;
    });
    expect(counts).toEqual([8, 1, 8, 8, 1]);
  });

  test("takes 50 subscriptions on a connection", () => {
    const { client } = aws();
    const filters = Array.from({ length: 51 }, (_, i) => ({ filter: `f/${i}`, qos: 1 as const }));
    expect(() => client.subscribe(filters)).toThrow(usage);
    expect(() => client.subscribe(filters.slice(1))).not.toThrow();
    // Those that are not answered yet count; one that is there already does not count twice.
    expect(() => client.subscribe(filters.slice(0, 1))).toThrow(usage);
    expect(() => client.subscribe(filters.slice(1, 2))).not.toThrow();
    expect(() => aws({ subscriptions: filters })).toThrow(usage);
  });

  test("takes 100 messages in flight; the window is 16 unless it is asked to be another", () => {
    const sent = (inFlight?: number) => {
      const { client, stream } = aws({ inFlight, journal: new RamJournal(200), sendBuffer: 8192 });
      for (let i = 0; i < 120; i++) client.publish("t", bytes("x"));
      return stream.fetch().length;
    };
    expect([sent(), sent(1), sent(100)]).toEqual([16, 1, 100]);
    for (const inFlight of [0, 101]) expect(() => aws({ inFlight })).toThrow(usage);
  });

  test.each([1, 10, 100, 400, 999, 1_500])(
    "drops what is published above 100 a second: a backlog goes out more slowly, with a link that delivers every %i ms too",
    (every) => {
      const records = 300;
      const { client, stream, time } = aws({ journal: new RamJournal(records), sendBuffer: 16_384 });
      for (let i = 0; i < records; i++) client.publish("t", bytes("x"));
      const arrivals: number[] = [];
      for (const end = time.now + 60_000; arrivals.length < records && time.now < end; time.advance(every)) {
        for (const packet of stream.fetch()) {
          if (packet.cmd !== "publish") continue;
          expect(packet.dup).toBe(false);
          arrivals.push(time.now);
          stream.arrive({ cmd: "puback", messageId: packet.messageId! });
        }
      }
      expect(arrivals).toHaveLength(records);
      for (const [i, at] of arrivals.entries()) {
        expect(arrivals.slice(i).filter((other) => other < at + 1_000).length).toBeLessThanOrEqual(100);
      }
      // And not much more slowly: 68 a second, or a window at a time.
      const seconds = (arrivals.at(-1)! - arrivals[0]!) / 1_000;
      expect(seconds).toBeLessThan(Math.max(5, (every / 1_000) * (records / 16)));
    },
  );

  test("takes topics of 256 bytes with 7 slashes", () => {
    const { client } = aws();
    expect(() => client.publish("ä".repeat(128), bytes(""))).not.toThrow();
    expect(() => client.publish(`${"ä".repeat(128)}x`, bytes(""))).toThrow(usage);
    expect(() => client.publish("1/2/3/4/5/6/7/8", bytes(""))).not.toThrow();
    expect(() => client.publish("1/2/3/4/5/6/7/8/9", bytes(""))).toThrow(usage);
    expect(() => client.subscribe([{ filter: "1/2/3/4/5/6/7/8/#", qos: 0 }])).toThrow(usage);
    expect(() => client.unsubscribe(["x".repeat(257)])).toThrow(usage);
  });

  test("takes payloads of 128 KB", () => {
    const { client } = aws({ journal: new RamJournal(4, 400_000) });
    expect(() => client.publish("t", new Uint8Array(128 * 1024 + 1))).toThrow(usage);
    expect(() => client.publish("t", new Uint8Array(128 * 1024))).not.toThrow();
  });

  test("takes keep-alives of 30 to 1200 s, and client ids of 128 bytes", () => {
    for (const keepAlive of [0, 29, 1201]) expect(() => aws({ connect: { ...connect, keepAlive } })).toThrow(usage);
    for (const keepAlive of [30, 1200]) expect(() => aws({ connect: { ...connect, keepAlive } })).not.toThrow();
    expect(() => aws({ connect: { ...connect, clientId: "x".repeat(129) } })).toThrow(usage);
    expect(() => aws({ connect: { ...connect, clientId: "x".repeat(128) } })).not.toThrow();
  });

  test("takes one CONNECT a second: the next one waits", () => {
    const state = new SessionState();
    const time = new VirtualTime();
    const first = bench({ limits: AWS_IOT_LIMITS, connect, state }, { time });
    first.stream.connect();
    expect(first.stream.fetch()).toHaveLength(1);
    time.advance(300);
    first.stream.end();
    const second = bench({ limits: AWS_IOT_LIMITS, connect, state }, { time });
    second.stream.connect();
    expect(second.client.state).toBe("waiting");
    time.advance(699);
    expect(second.stream.fetch()).toEqual([]);
    time.advance(1);
    expect(second.stream.fetch()).toMatchObject([{ cmd: "connect" }]);
    second.stream.arrive(CONNACK);
    expect(second.client.state).toBe("open");
  });

  test("cuts a connection off after a day: it is ended in order before", () => {
    const { client, stream, time, events } = aws();
    const life = AWS_IOT_LIMITS.connectionLifeMs;
    expect(life).toBeLessThan(86_400_000);
    // Keeps it alive until then.
    for (let at = 0; at + 500_000 < life; at += 500_000) {
      time.advance(500_000);
      client.publish("t", bytes(""), { qos: 0 });
    }
    time.advance((life % 500_000 || 500_000) - 1000);
    const id = client.publish("t", bytes("last"));
    const sent = stream.fetch().at(-1)!;
    time.advance(1000);
    expect(client.state).toBe("draining");
    client.publish("t", bytes("for the next connection"));
    stream.arrive({ cmd: "puback", messageId: sent.messageId! });
    expect(stream.fetch().map(({ cmd }) => cmd)).toContain("disconnect");
    stream.end();
    expect(events).toEqual([
      ["delivered", id],
      ["closed", "mqtt-expired", life],
    ]);
  });

  test("under 1NCE's policy retains nothing", () => {
    const { client } = aws({ limits: { ...AWS_IOT_LIMITS, retain: false } });
    expect(() => client.publish("t", bytes(""), { retain: true })).toThrow(usage);
    expect(() => client.publish("t", bytes(""))).not.toThrow();
  });

  test("a record in the journal that is not allowed here is taken out of the way, and told", () => {
    const journal = new RamJournal();
    journal.append("t", bytes("1"), 2);
    journal.append("t", bytes("2"));
    journal.append("t", bytes("3"), 1, true);
    const { stream, events } = bench({ journal, connect, limits: { ...AWS_IOT_LIMITS, retain: false } });
    stream.connect();
    stream.arrive(CONNACK);
    expect(stream.fetch().slice(1)).toMatchObject([{ cmd: "publish", payload: Buffer.from("2") }]);
    expect(events.slice(1)).toEqual([
      ["rejected", 1, "mqtt-usage"],
      ["rejected", 3, "mqtt-usage"],
    ]);
    expect(journal.size).toBe(1);
  });
});

test("the standard itself allows 65535 s, all QoS, RETAIN, and any number of slashes", () => {
  const { client } = connected({ limits: STANDARD_LIMITS });
  expect(() => client.publish("/".repeat(1000), bytes(""), { qos: 2, retain: true })).not.toThrow();
});
