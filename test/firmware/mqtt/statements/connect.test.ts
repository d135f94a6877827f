// MQTT 3.1.1 §3.1 and §3.2: CONNECT and CONNACK. Each test names the statement it checks.

import { describe, expect, test } from "@jest/globals";
import { createDecoder } from "../../../../firmware/mqtt/decoder.js";
import type { MqttError } from "../../../../firmware/mqtt/error.js";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import { type Connect, PUBACK, type Will } from "../../../../firmware/mqtt/packets.js";
import { SessionState } from "../../../../firmware/mqtt/state.js";
import { parseServer } from "../../../../host-sim/cloud/broker/parse-server.js";
import { bench, CONNACK, connected } from "../support/bench.js";
import { bytes, hex } from "../support/hex.js";

/** What a server makes of a CONNECT with these flags and this payload: the packet, or the code of the failure. */
function serverReads(flags: number, payload: string, name = "0004 4d515454", level = "04"): unknown {
  const body = hex(`${name} ${level} ${flags.toString(16).padStart(2, "0")} 003c ${payload}`);
  const decoder = createDecoder(parseServer);
  try {
    decoder.push(Uint8Array.of(0x10, body.length, ...body));
    return decoder.next();
  } catch (error) {
    return (error as MqttError).code;
  }
}

/** The CONNECT that a client with these settings sends. */
function sent(connect: Partial<Omit<Connect, "type">>): unknown {
  const { stream } = bench({ connect: { clientId: "c1", cleanSession: true, keepAlive: 60, ...connect } });
  stream.connect();
  return stream.fetch()[0];
}

const will: Will = { topic: "w/t", payload: bytes("gone"), qos: 1, retain: true };
const usage = expect.objectContaining({ code: "mqtt-usage" }) as unknown as MqttError;

describe("CONNECT", () => {
  test("[MQTT-3.1.0-1] is the first packet, also when there is a message to send again", () => {
    const state = new SessionState();
    const journal = new RamJournal();
    const sequence = journal.append("t", bytes("again"));
    state.flights.set(7, { awaits: PUBACK, sequence, dup: true, tries: 0, sentAt: undefined });
    const { client, stream } = bench({ state, journal, subscriptions: [{ filter: "a", qos: 0 }] });
    client.publish("t", bytes("early"));
    stream.connect();
    client.kick();
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["connect"]);
  });

  test("[MQTT-3.1.0-2] is sent once per connection", () => {
    const { stream, time } = connected();
    stream.drain(65_536);
    stream.drain(65_536);
    time.advance(10_000);
    expect(stream.fetch().filter(({ cmd }) => cmd === "connect")).toEqual([]);
  });

  test("[MQTT-3.1.2-1] another protocol name closes", () => {
    expect(serverReads(2, "0001 61", "0004 4d515458")).toBe("mqtt-malformed");
    expect(serverReads(2, "0001 61", "0006 4d5149736470", "03")).toBe("mqtt-malformed");
  });

  test("[MQTT-3.1.2-2] another protocol level is told apart, for an answer with return code 1", () => {
    expect(serverReads(2, "00 0001 61", undefined, "05")).toMatchObject({ type: 1, level: 5, clientId: "" });
    expect(sent({})).toMatchObject({ protocolId: "MQTT", protocolVersion: 4 });
  });

  test("[MQTT-3.1.2-3] the reserved flag closes, and is never sent", () => {
    expect(serverReads(3, "0001 61")).toBe("mqtt-malformed");
    expect(serverReads(2, "0001 61")).toMatchObject({ clientId: "a" });
    // mqtt-packet refuses it too.
    expect(sent({})).toMatchObject({ cmd: "connect" });
  });

  test.each([0, 1, 2] as const)(
    "[MQTT-3.1.2-9] [MQTT-3.1.2-14] [MQTT-3.1.2-16] [MQTT-3.1.2-17] a will of QoS %i goes out as it is, retained or not, and is read so",
    (qos) => {
      for (const retain of [false, true]) {
        expect(sent({ will: { ...will, qos, retain } })).toMatchObject({
          will: { topic: "w/t", payload: Buffer.from("gone"), qos, retain },
        });
        const flags = 0x06 | (qos << 3) | (retain ? 0x20 : 0);
        expect(serverReads(flags, "0001 61 0001 77 0002 abcd")).toMatchObject({
          will: { topic: "w", payload: hex("abcd"), qos, retain },
        });
      }
    },
  );

  test("[MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13] [MQTT-3.1.2-15] without a will its flags are 0 and its fields absent", () => {
    expect(sent({})).not.toHaveProperty("will");
    expect(serverReads(2, "0001 61")).not.toHaveProperty("will");
    for (const flags of [0x0a, 0x12, 0x22, 0x3a]) expect(serverReads(flags, "0001 61")).toBe("mqtt-malformed");
    expect(serverReads(2, "0001 61 0001 77 0000")).toBe("mqtt-malformed");
  });

  test("[MQTT-3.1.2-14] will QoS 3 closes", () => {
    expect(serverReads(0x1e, "0001 61 0001 77 0000")).toBe("mqtt-malformed");
  });

  test("[MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.2-20] [MQTT-3.1.2-21] fields are there exactly where the flags say so", () => {
    expect(serverReads(0x02, "0001 61 0001 75")).toBe("mqtt-malformed");
    expect(serverReads(0x82, "0001 61")).toBe("mqtt-malformed");
    expect(serverReads(0x82, "0001 61 0001 75 0001 70")).toBe("mqtt-malformed");
    expect(serverReads(0xc2, "0001 61 0001 75")).toBe("mqtt-malformed");
    expect(serverReads(0xc2, "0001 61 0001 75 0001 70")).toMatchObject({ username: "u", password: hex("70") });
    expect(sent({ username: "u" })).not.toHaveProperty("password");
    expect(sent({ username: "", password: "" })).toMatchObject({ username: "", password: Buffer.alloc(0) });
  });

  test("[MQTT-3.1.2-22] a password without a username closes, and is never sent", () => {
    expect(serverReads(0x42, "0001 61 0001 70")).toBe("mqtt-malformed");
    expect(() => sent({ password: "p" })).toThrow(usage);
  });

  test("[MQTT-3.1.3-1] client id, will topic, will message, username, password come in this order", () => {
    const { stream } = bench({
      connect: { clientId: "c", cleanSession: false, keepAlive: 10, will, username: "u", password: bytes("p") },
    });
    const written: number[] = [];
    const write = stream.write.bind(stream);
    stream.write = (buffer) => {
      written.push(...new Uint8Array((buffer as Uint8Array).slice().buffer));
      return write(buffer);
    };
    stream.connect();
    const expected = "101e 0004 4d515454 04 ec 000a 0001 63 0003 772f74 0004 676f6e65 0001 75 0001 70";
    expect(written).toEqual([...hex(expected)]);
  });

  test("[MQTT-3.1.3-5] client ids of 1 to 23 letters and digits are sent, and longer ones too", () => {
    for (const clientId of ["0", "0123456789abcdefghijABC", "8988280666000123456", "x".repeat(128)]) {
      expect(sent({ clientId })).toMatchObject({ clientId });
    }
  });

  test("[MQTT-3.1.3-6] [MQTT-3.1.3-7] an empty client id needs a clean session", () => {
    expect(sent({ clientId: "", cleanSession: true })).toMatchObject({ clientId: "", clean: true });
    expect(() => sent({ clientId: "", cleanSession: false })).toThrow(usage);
    // A server reads it, to answer with return code 2 [MQTT-3.1.3-8].
    expect(serverReads(0, "0000")).toMatchObject({ clientId: "", cleanSession: false });
  });

  test("[MQTT-3.1.3-10] [MQTT-3.1.3-11] will topic and username are UTF-8", () => {
    expect(serverReads(0x82, "0001 61 0001 ff")).toBe("mqtt-malformed");
    expect(serverReads(0x06, "0001 61 0001 ff 0000")).toBe("mqtt-malformed");
    expect(sent({ username: "ü€😀" })).toMatchObject({ username: "ü€😀" });
  });

  test("§3.1.3.2 a will topic is a topic name", () => {
    expect(serverReads(0x06, "0001 61 0001 23 0000")).toBe("mqtt-malformed");
    expect(() => sent({ will: { ...will, topic: "a/+" } })).toThrow(usage);
    expect(() => sent({ will: { ...will, topic: "" } })).toThrow(usage);
  });
});

describe("keep-alive", () => {
  test("[MQTT-3.1.2-23] counts from the last packet sent: something goes out within it, PINGREQ if nothing else", () => {
    const { client, stream, time } = connected({ connect: { clientId: "c", cleanSession: true, keepAlive: 100 } });
    time.advance(50_000);
    client.publish("t", bytes("x"), { qos: 0 });
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["publish"]);
    time.advance(89_999);
    expect(stream.fetch()).toEqual([]);
    time.advance(1);
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["pingreq"]);
  });

  test("§3.1.2.10 packets received do not count", () => {
    const { stream, time } = connected({ connect: { clientId: "c", cleanSession: true, keepAlive: 100 } });
    time.advance(60_000);
    stream.arrive({ cmd: "publish", topic: "t", payload: "", qos: 0, dup: false, retain: false });
    time.advance(40_000);
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["pingreq"]);
  });

  test("[MQTT-3.1.2-24] §3.1.2.10 no PINGRESP in a reasonable time closes; other packets do not stand for it", () => {
    const { stream, time, events } = connected();
    time.advance(54_000);
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["pingreq"]);
    stream.arrive({ cmd: "publish", topic: "t", payload: "", qos: 0, dup: false, retain: false });
    time.advance(30_000);
    expect(events.at(-1)).toEqual(["closed", "mqtt-timeout", 84_000]);
  });

  test("§3.1.2.10 0 turns it off", () => {
    const { stream, time } = connected({ connect: { clientId: "c", cleanSession: true, keepAlive: 0 } });
    expect(time.pending).toBe(0);
    time.advance(10_000_000);
    expect(stream.fetch()).toEqual([]);
    expect(stream.closed).toBe(false);
  });

  test("§3.1.2.10 65535 s is the longest", () => {
    expect(sent({ keepAlive: 65_535 })).toMatchObject({ keepalive: 65_535 });
    expect(() => sent({ keepAlive: 65_536 })).toThrow(usage);
  });
});

describe("CONNACK", () => {
  test("[MQTT-3.2.0-1] must come first: any other packet closes", () => {
    const { stream, events } = bench();
    stream.connect();
    stream.arrive({ cmd: "pingresp" });
    expect(events).toEqual([["closed", "mqtt-protocol", 0]]);
  });

  test("[MQTT-3.1.0-2] a second one closes", () => {
    const { stream, events } = connected();
    stream.arrive(CONNACK);
    expect(events).toEqual([["closed", "mqtt-protocol", 0]]);
  });

  test("[MQTT-3.2.2-1] session present after a clean session closes, whatever is known of it", () => {
    const state = new SessionState();
    const known = bench({ state });
    known.stream.connect();
    known.stream.arrive(CONNACK);
    known.stream.end();
    for (const options of [{}, { state }]) {
      const { stream, events } = bench(options);
      stream.connect();
      stream.arrive({ ...CONNACK, sessionPresent: true } as typeof CONNACK);
      expect(events).toEqual([["closed", "mqtt-protocol", 0]]);
    }
  });

  test("[MQTT-3.2.2-2] [MQTT-3.1.2-4] session present: what was granted is not asked for again", () => {
    const state = new SessionState();
    const options = {
      state,
      connect: { clientId: "c", cleanSession: false, keepAlive: 60 },
      subscriptions: [{ filter: "a", qos: 1 as const }],
    };
    const first = bench(options);
    first.stream.connect();
    first.stream.arrive(CONNACK);
    const [, subscribe] = first.stream.fetch();
    first.stream.arrive({ cmd: "suback", messageId: subscribe!.messageId!, granted: [1] });
    first.stream.end();
    const second = bench(options);
    second.stream.connect();
    second.stream.arrive({ ...CONNACK, sessionPresent: true } as typeof CONNACK);
    expect(second.stream.fetch().map(({ cmd }) => cmd)).toEqual(["connect"]);
    expect(second.events).toEqual([["connected", { type: 2, sessionPresent: true, returnCode: 0 }]]);
  });

  test("[MQTT-3.2.2-3] no session present: it is subscribed again", () => {
    const state = new SessionState();
    state.granted.set("a", 1);
    const { stream } = bench({
      state,
      connect: { clientId: "c", cleanSession: false, keepAlive: 60 },
      subscriptions: [{ filter: "a", qos: 1 }],
    });
    stream.connect();
    stream.arrive(CONNACK);
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["connect", "subscribe"]);
  });

  test("§3.2.2.2 a session present that we know nothing of is cleared away, before QoS 2 ids can be mixed up", () => {
    const state = new SessionState();
    const connect = () => {
      const it = bench({ state, connect: { clientId: "c", cleanSession: false, keepAlive: 60 } });
      it.stream.connect();
      return it;
    };
    const first = connect();
    first.stream.arrive({ ...CONNACK, sessionPresent: true } as typeof CONNACK);
    expect(first.events).toEqual([["closed", "mqtt-protocol", 0]]);
    const second = connect();
    expect(second.stream.fetch()).toMatchObject([{ cmd: "connect", clean: true }]);
    second.stream.arrive(CONNACK);
    second.stream.end();
    expect(connect().stream.fetch()).toMatchObject([{ cmd: "connect", clean: false }]);
  });

  test("§3.2.2.2 after a CONNECT without CONNACK a session present may be a new one: it is subscribed again", () => {
    const state = new SessionState();
    const options = {
      state,
      journal: new RamJournal(),
      connect: { clientId: "c", cleanSession: false, keepAlive: 60 },
      subscriptions: [{ filter: "a", qos: 1 as const }],
    };
    const connect = () => {
      const it = bench(options);
      it.stream.connect();
      expect(it.stream.fetch()).toMatchObject([{ cmd: "connect", clean: false }]);
      return it;
    };
    const first = connect();
    first.stream.arrive(CONNACK);
    first.stream.arrive({ cmd: "suback", messageId: first.stream.fetch()[0]!.messageId!, granted: [1] });
    first.client.publish("t", bytes("x"));
    first.stream.end();
    connect().stream.end();
    const refused = connect();
    refused.stream.arrive(hex("2002 0003"));
    const second = connect();
    second.stream.arrive({ ...CONNACK, sessionPresent: true } as typeof CONNACK);
    expect(second.stream.fetch()).toMatchObject([{ cmd: "publish", dup: true, messageId: 2 }, { cmd: "subscribe" }]);
  });

  test("§3.2.2.2 and where a QoS 2 message is half way it is cleared away", () => {
    const state = new SessionState();
    const options = {
      state,
      journal: new RamJournal(),
      connect: { clientId: "c", cleanSession: false, keepAlive: 60 },
    };
    const connect = () => {
      const it = bench(options);
      it.stream.connect();
      return it;
    };
    const first = connect();
    first.stream.arrive(CONNACK);
    first.client.publish("t", bytes("x"), { qos: 2 });
    first.stream.arrive({ cmd: "pubrec", messageId: 1 });
    first.stream.end();
    connect().stream.end();
    const doubtful = connect();
    doubtful.stream.arrive({ ...CONNACK, sessionPresent: true } as typeof CONNACK);
    expect(doubtful.events).toEqual([["closed", "mqtt-protocol", 0]]);
    const clean = connect();
    clean.stream.arrive(CONNACK);
    expect(clean.stream.fetch()).toMatchObject([{ clean: true }, { cmd: "publish", dup: false, qos: 2 }]);
  });

  test("[MQTT-3.2.2-4] session present in a refusal is malformed, and so are other flags", () => {
    for (const body of ["01 05", "02 00", "80 00"]) {
      const { stream, events } = bench();
      stream.connect();
      stream.arrive(hex(`2002 ${body}`));
      expect(events).toEqual([["closed", "mqtt-malformed", 0]]);
    }
  });

  test("[MQTT-3.2.2-5] [MQTT-3.1.3-8] [MQTT-3.1.3-9] after any code from 1 up the connection is closed, 7 and 13 too", () => {
    for (const returnCode of [1, 2, 3, 4, 5, 6, 7, 13, 19, 128, 255]) {
      const { stream, events } = bench();
      stream.connect();
      stream.arrive(hex(`2002 00 ${returnCode.toString(16).padStart(2, "0")}`));
      expect(events).toEqual([["closed", "mqtt-refused", 0]]);
      expect(stream.closed).toBe(true);
    }
  });

  test("[MQTT-3.2.2-6] a close without CONNACK is told", () => {
    const { stream, events } = bench();
    stream.connect();
    stream.end();
    expect(events).toEqual([["closed", "mqtt-closed", 0]]);
  });

  test("§3.1.4 though a client may, nothing is sent before it", () => {
    const { client, stream, events } = bench({ subscriptions: [{ filter: "a", qos: 0 }] });
    stream.connect();
    client.publish("t", bytes("1"), { qos: 2 });
    expect(() => client.publish("t", bytes("1"), { qos: 0 })).toThrow(
      expect.objectContaining({ code: "mqtt-offline", advice: "retry" }) as unknown as MqttError,
    );
    expect(() => client.subscribe([{ filter: "b", qos: 0 }])).toThrow(
      expect.objectContaining({ code: "mqtt-offline" }) as unknown as MqttError,
    );
    expect(stream.fetch().map(({ cmd }) => cmd)).toEqual(["connect"]);
    expect(events).toEqual([]);
  });
});
