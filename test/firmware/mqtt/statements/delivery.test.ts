// MQTT 3.1.1 §4.3, §4.4, §4.6: QoS, re-delivery and order. Each test names the statement it checks.

import { describe, expect, test } from "@jest/globals";
import mqtt, { type Packet } from "mqtt-packet";
import type { MqttClientOptions } from "../../../../firmware/mqtt/client.js";
import { RECEIVED_MAX } from "../../../../firmware/mqtt/inbound.js";
import { RamJournal } from "../../../../firmware/mqtt/journal.js";
import { SENDS_MAX } from "../../../../firmware/mqtt/outbound.js";
import { SessionState } from "../../../../firmware/mqtt/state.js";
import { type Bench, bench, CONNACK, connected } from "../support/bench.js";
import { bytes, hex } from "../support/hex.js";

const publish = (id: number, qos: 1 | 2, payload = "", dup = false): Packet => ({
  cmd: "publish",
  topic: "a",
  payload,
  qos,
  messageId: id,
  dup,
  retain: false,
});

/** What was sent, shortly: `publish 1 dup x` for a PUBLISH with id 1, DUP and payload x. */
const brief = (packets: Packet[]): string[] =>
  packets.map((packet) => {
    if (packet.cmd !== "publish") return packet.messageId ? `${packet.cmd} ${packet.messageId}` : packet.cmd;
    return `publish ${packet.messageId}${packet.dup ? " dup" : ""} ${packet.payload}`;
  });

/** A connection of a session that is not clean. */
function persistent(
  state: SessionState,
  journal: RamJournal,
  present: boolean,
  more: Partial<MqttClientOptions> = {},
): Bench {
  const it = bench({ state, journal, connect: { clientId: "c", cleanSession: false, keepAlive: 60 }, ...more });
  it.stream.connect();
  it.stream.arrive({ ...CONNACK, sessionPresent: present } as Packet);
  expect(it.stream.sent.shift()).toMatchObject({ cmd: "connect", clean: false });
  return it;
}

describe("QoS 1", () => {
  test("an acknowledgement that comes before what it acknowledges was sent is none", () => {
    const journal = new RamJournal();
    journal.append("a", bytes("x"));
    const it = bench({ journal, subscriptions: [{ filter: "f", qos: 1 }] });
    it.stream.connect();
    it.stream.arrive(
      Uint8Array.from([
        ...mqtt.generate(CONNACK),
        ...mqtt.generate({ cmd: "suback", messageId: 1, granted: [1] }),
        ...mqtt.generate({ cmd: "puback", messageId: 2 }),
      ]),
    );
    expect(brief(it.stream.fetch().slice(1))).toEqual(["subscribe 1", "publish 2 x"]);
    expect(journal.size).toBe(1);
    expect(it.events.filter(([what]) => what === "delivered" || what === "subscribed")).toEqual([]);
  });

  test("[MQTT-4.3.2-1] is unacknowledged until PUBACK", () => {
    const journal = new RamJournal();
    const { client, stream, events } = connected({ journal });
    client.publish("t", bytes("x"));
    expect(journal.size).toBe(1);
    stream.arrive({ cmd: "puback", messageId: stream.fetch()[0]!.messageId! });
    expect(journal.size).toBe(0);
    expect(events).toEqual([["delivered", 1]]);
  });

  test("[MQTT-4.3.2-2] after PUBACK the same id is a new message, whatever its DUP", () => {
    const { stream, events } = connected();
    stream.arrive(publish(5, 1, "one"));
    stream.arrive(publish(5, 1, "two", true));
    expect(events).toEqual([
      ["message", "a", "one"],
      ["message", "a", "two"],
    ]);
    expect(brief(stream.fetch())).toEqual(["puback 5", "puback 5"]);
  });

  test("a second PUBACK, for a message that was sent twice, is passed over", () => {
    const { client, stream, time, events } = connected();
    client.publish("t", bytes("x"));
    time.advance(30_000);
    stream.arrive({ cmd: "puback", messageId: 1 });
    stream.arrive({ cmd: "puback", messageId: 1 });
    expect(events).toEqual([["delivered", 1]]);
    expect(stream.closed).toBe(false);
  });

  test("without an answer is sent again on the live connection, and in the end the connection is given up", () => {
    const { client, stream, time, events } = connected({
      connect: { clientId: "c", cleanSession: true, keepAlive: 0 },
    });
    client.publish("t", bytes("x"));
    time.advance(30_000 * SENDS_MAX - 1);
    expect(brief(stream.fetch())).toEqual(["publish 1 x", ...new Array(SENDS_MAX - 1).fill("publish 1 dup x")]);
    expect(events).toEqual([]);
    time.advance(1);
    expect(events).toEqual([["closed", "mqtt-timeout", 30_000 * SENDS_MAX]]);
  });
});

describe("QoS 2", () => {
  test("[MQTT-4.3.3-1] PUBREC is answered by PUBREL with the same id; after it PUBLISH is not sent again, PUBREL is", () => {
    const journal = new RamJournal();
    const { client, stream, time, events } = connected({ journal });
    client.publish("t", bytes("x"), { qos: 2 });
    expect(brief(stream.fetch())).toEqual(["publish 1 x"]);
    stream.arrive({ cmd: "pubrec", messageId: 1 });
    expect(brief(stream.fetch())).toEqual(["pubrel 1"]);
    time.advance(30_000);
    expect(brief(stream.fetch())).toEqual(["pubrel 1"]);
    stream.arrive({ cmd: "pubrec", messageId: 1 });
    expect(brief(stream.fetch())).toEqual(["pubrel 1"]);
    expect([journal.size, events]).toEqual([1, []]);
    stream.arrive({ cmd: "pubcomp", messageId: 1 });
    expect([journal.size, events]).toEqual([0, [["delivered", 1]]]);
  });

  test("[MQTT-4.3.3-2] is handed on once until PUBREL; PUBREL is answered by PUBCOMP, also for an unknown id", () => {
    const { stream, events } = connected();
    for (const dup of [false, true, true]) stream.arrive(publish(7, 2, "once", dup));
    stream.arrive({ cmd: "pubrel", messageId: 7 });
    stream.arrive({ cmd: "pubrel", messageId: 7 });
    stream.arrive({ cmd: "pubrel", messageId: 99 });
    stream.arrive(publish(7, 2, "new"));
    expect(events).toEqual([
      ["message", "a", "once"],
      ["message", "a", "new"],
    ]);
    expect(brief(stream.fetch())).toEqual([
      "pubrec 7",
      "pubrec 7",
      "pubrec 7",
      "pubcomp 7",
      "pubcomp 7",
      "pubcomp 99",
      "pubrec 7",
    ]);
  });

  test("a PUBREC for an unknown id is answered by PUBREL, so that the broker need not wait", () => {
    const { stream } = connected();
    stream.arrive({ cmd: "pubrec", messageId: 9 });
    expect(brief(stream.fetch())).toEqual(["pubrel 9"]);
  });

  test("[MQTT-4.3.3-2] with as many unreleased as there is room for, the repeat of a known one is answered, not handed on", () => {
    const { stream, events } = connected();
    for (let id = 1; id <= RECEIVED_MAX; id++) stream.arrive(publish(id, 2, `${id}`));
    expect(events).toHaveLength(RECEIVED_MAX);
    stream.fetch();
    for (const id of [1, RECEIVED_MAX, 7]) stream.arrive(publish(id, 2, "again", true));
    expect(brief(stream.fetch())).toEqual(["pubrec 1", `pubrec ${RECEIVED_MAX}`, "pubrec 7"]);
    expect(events).toHaveLength(RECEIVED_MAX);
    stream.arrive({ cmd: "pubrel", messageId: 7 });
    stream.arrive(publish(900, 2, "new"));
    expect(brief(stream.fetch())).toEqual(["pubcomp 7", "pubrec 900"]);
    expect(events.at(-1)).toEqual(["message", "a", "new"]);
  });

  test.each([1, 3_000])(
    "[MQTT-4.8.0-2] one more than there is room for closes, neither handed on nor answered, in parts of a %i-byte message too",
    (length) => {
      const { stream, events } = connected();
      for (let id = 1; id <= RECEIVED_MAX; id++) stream.arrive(publish(id, 2));
      stream.fetch();
      events.splice(0);
      stream.arrive(publish(RECEIVED_MAX + 1, 2, "x".repeat(length)));
      expect(events).toEqual([["closed", "mqtt-too-large", 0]]);
      expect(stream.sent).toEqual([]);
    },
  );

  test("one that there was no room for comes once in the session that goes on, behind the PUBRELs", () => {
    const state = new SessionState();
    const journal = new RamJournal();
    const first = persistent(state, journal, false);
    for (let id = 1; id <= RECEIVED_MAX + 1; id++) first.stream.arrive(publish(id, 2, `${id}`));
    const second = persistent(state, journal, true);
    second.events.splice(0);
    // What a broker owes by §4.4: PUBREL for each PUBREC it had, the PUBLISH that got none.
    for (let id = 1; id <= RECEIVED_MAX; id++) second.stream.arrive({ cmd: "pubrel", messageId: id });
    second.stream.arrive(publish(RECEIVED_MAX + 1, 2, "65", true));
    expect(second.events).toEqual([["message", "a", "65"]]);
    expect(brief(second.stream.fetch()).at(-1)).toBe("pubrec 65");
    expect(second.stream.closed).toBe(false);
  });

  test.each([
    ["PUBREC", "PUBLISH QoS 1", 1, "5002 0001"],
    ["PUBCOMP", "PUBLISH QoS 1", 1, "7002 0001"],
    ["PUBACK", "PUBLISH QoS 2", 2, "4002 0001"],
    ["PUBCOMP", "PUBLISH QoS 2 before PUBREC", 2, "7002 0001"],
    ["UNSUBACK", "PUBLISH", 1, "b002 0001"],
    ["SUBACK", "PUBLISH", 1, "9003 0001 00"],
  ] as const)("%s for a %s closes", (_, __, qos, answer) => {
    const { client, stream, events } = connected();
    client.publish("t", bytes("x"), { qos });
    stream.arrive(hex(answer));
    expect(events).toEqual([["closed", "mqtt-protocol", 0]]);
  });
});

describe("a session that goes on", () => {
  test("[MQTT-4.4.0-1] [MQTT-2.3.1-3] sends PUBLISH and PUBREL again with their ids, DUP set, before anything new", () => {
    const state = new SessionState();
    const journal = new RamJournal();
    const first = persistent(state, journal, false);
    for (const [payload, qos] of [
      ["a", 1],
      ["b", 2],
      ["c", 2],
      ["d", 1],
    ] as const) {
      first.client.publish("t", bytes(payload), { qos });
    }
    first.stream.arrive({ cmd: "pubrec", messageId: 2 });
    first.stream.arrive({ cmd: "puback", messageId: 4 });
    first.stream.end();
    journal.append("t", bytes("new"));
    const second = persistent(state, journal, true);
    expect(brief(second.stream.fetch())).toEqual(["publish 1 dup a", "publish 3 dup c", "pubrel 2", "publish 5 new"]);
  });

  test("[MQTT-4.6.0-1] sends PUBLISHes again in the order they were sent in at first", () => {
    const state = new SessionState();
    const journal = new RamJournal();
    const first = persistent(state, journal, false);
    for (let i = 1; i <= 9; i++) first.client.publish("t", bytes(`${i}`), { qos: i % 2 === 0 ? 2 : 1 });
    first.stream.arrive({ cmd: "puback", messageId: 3 });
    first.stream.end();
    const second = persistent(state, journal, true);
    expect(brief(second.stream.fetch())).toEqual([1, 2, 4, 5, 6, 7, 8, 9].map((i) => `publish ${i} dup ${i}`));
  });

  test("[MQTT-4.6.0-4] sends PUBRELs in the order of the PUBRECs, at first and again", () => {
    const state = new SessionState();
    const journal = new RamJournal();
    const first = persistent(state, journal, false);
    for (let i = 1; i <= 3; i++) first.client.publish("t", bytes(`${i}`), { qos: 2 });
    first.stream.fetch();
    for (const messageId of [3, 1, 2]) first.stream.arrive({ cmd: "pubrec", messageId });
    expect(brief(first.stream.fetch())).toEqual(["pubrel 3", "pubrel 1", "pubrel 2"]);
    first.stream.end();
    expect(brief(persistent(state, journal, true).stream.fetch())).toEqual(["pubrel 3", "pubrel 1", "pubrel 2"]);
  });

  test("[MQTT-4.6.0-2] [MQTT-4.6.0-3] PUBACK and PUBREC go out in the order of what they answer", () => {
    const { stream } = connected();
    for (const [id, qos] of [
      [9, 1],
      [4, 2],
      [7, 1],
      [1, 2],
    ] as const)
      stream.arrive(publish(id, qos));
    expect(brief(stream.fetch())).toEqual(["puback 9", "pubrec 4", "puback 7", "pubrec 1"]);
  });

  test("[MQTT-3.1.2-5] takes what the broker had kept, and knows a QoS 2 message it had before", () => {
    const state = new SessionState();
    const first = persistent(state, new RamJournal(), false);
    first.stream.arrive(publish(3, 2, "before"));
    first.stream.end();
    const second = persistent(state, new RamJournal(), true);
    second.stream.arrive(publish(3, 2, "before", true));
    second.stream.arrive(publish(4, 1, "kept"));
    expect(second.events.slice(1)).toEqual([["message", "a", "kept"]]);
    expect(brief(second.stream.fetch())).toEqual(["pubrec 3", "puback 4"]);
  });

  test("a request ends with its connection; its id is free again", () => {
    const state = new SessionState();
    const first = persistent(state, new RamJournal(), false);
    first.client.subscribe([{ filter: "a", qos: 0 }]);
    first.stream.end();
    const second = persistent(state, new RamJournal(), true);
    expect(second.stream.fetch()).toEqual([]);
    expect(state.flights.size).toBe(0);
  });
});

describe("a session that does not", () => {
  test.each([
    ["a clean session", { connect: { clientId: "c", cleanSession: true, keepAlive: 60 } }],
    ["a session that the broker has forgotten", { connect: { clientId: "c", cleanSession: false, keepAlive: 60 } }],
  ])(
    "[MQTT-3.1.2-6] [MQTT-3.3.1-1] after %s records are offered anew: DUP 0, new ids, the same sequence numbers",
    (_, more) => {
      const options = { state: new SessionState(), journal: new RamJournal(), ...more };
      const connect = () => {
        const it = bench(options);
        it.stream.connect();
        it.stream.arrive(CONNACK);
        it.stream.fetch();
        it.events.splice(0);
        return it;
      };
      const first = connected(options);
      for (const payload of ["a", "b", "c"])
        first.client.publish("t", bytes(payload), { qos: payload === "b" ? 2 : 1 });
      first.stream.arrive({ cmd: "puback", messageId: 1 });
      first.stream.arrive({ cmd: "pubrec", messageId: 2 });
      first.stream.arrive(publish(8, 2, "mine"));
      first.stream.end();
      const again = bench(options);
      again.stream.connect();
      again.stream.arrive(CONNACK);
      expect(brief(again.stream.fetch()).slice(1)).toEqual(["publish 4 b", "publish 5 c"]);
      // What was received in the old session is unknown to the new one.
      again.events.splice(0);
      again.stream.arrive(publish(8, 2, "theirs"));
      again.stream.arrive({ cmd: "puback", messageId: 5 });
      expect(again.events).toEqual([
        ["message", "a", "theirs"],
        ["delivered", 3],
      ]);
      again.stream.end();
      expect(connect().events).toEqual([]);
    },
  );
});

describe("a record that can never be sent", () => {
  /** As a firmware left it that took any topic. */
  class OldJournal extends RamJournal {
    override next(after: number) {
      const record = super.next(after);
      return record?.sequence === 2 ? { ...record, topic: this.topic } : record;
    }
    topic = "t";
  }

  test.each(["a\u0001", "\u007f", "a\u0085b", "\ufdd0", "\uffff", "\u{1fffe}", "\ud800", "a\0", "a/+", ""])(
    "with the topic %j is dropped with a report, and what is behind it goes on",
    (topic) => {
      const journal = new OldJournal();
      for (const payload of ["1", "2", "3"]) journal.append("t", bytes(payload));
      journal.topic = topic;
      const { stream, events } = persistent(new SessionState(), journal, false);
      expect(brief(stream.sent)).toEqual(["publish 1 1", "publish 3 3"]);
      expect(events.slice(1)).toEqual([["rejected", 2, "mqtt-usage"]]);
      for (const { messageId } of stream.fetch()) stream.arrive({ cmd: "puback", messageId: messageId! });
      expect(journal.size).toBe(0);
    },
  );

  test.each([1, 2] as const)("is taken out where it was under way in the session already, with QoS %i", (qos) => {
    const state = new SessionState();
    const journal = new OldJournal();
    const first = persistent(state, journal, false);
    for (const payload of ["1", "2", "3"]) first.client.publish("t", bytes(payload), { qos });
    first.stream.end();
    journal.topic = "a\u0001";
    const second = persistent(state, journal, true);
    const freed = qos === 2 ? ["pubrel 2"] : [];
    expect(brief(second.stream.sent)).toEqual(["publish 1 dup 1", "publish 3 dup 3", ...freed]);
    expect(second.events.slice(1)).toEqual([["rejected", 2, "mqtt-usage"]]);
  });

  test("because it is longer than the send buffer is taken out where it was under way already", () => {
    const state = new SessionState();
    const journal = new RamJournal();
    const first = persistent(state, journal, false);
    first.client.publish("t", new Uint8Array(600));
    first.client.publish("t", bytes("2"));
    first.stream.end();
    const second = persistent(state, journal, true, { sendBuffer: 512 });
    expect(brief(second.stream.sent)).toEqual(["publish 2 dup 2"]);
    expect(second.events.slice(1)).toEqual([["rejected", 1, "mqtt-too-large"]]);
  });
});

describe("the window", () => {
  test("holds as many messages as the limits say, and moves on with each acknowledgement", () => {
    const { client, stream } = connected();
    for (let i = 1; i <= 20; i++) client.publish("t", bytes(`${i}`));
    expect(stream.fetch()).toHaveLength(16);
    stream.arrive({ cmd: "puback", messageId: 2 });
    stream.arrive({ cmd: "puback", messageId: 1 });
    expect(brief(stream.fetch())).toEqual(["publish 17 17", "publish 18 18"]);
  });

  test("[MQTT-4.6.0-4] the PUBREL of a dropped record that got no PUBREC goes behind those that did", () => {
    const journal = new RamJournal(2);
    const { client, stream, time } = connected({ journal });
    for (let i = 1; i <= 3; i++) client.publish("t", bytes(`${i}`), { qos: 2 });
    stream.arrive({ cmd: "pubrec", messageId: 2 });
    client.publish("t", bytes("4"));
    expect(journal.dropped).toBe(2);
    stream.fetch();
    time.advance(30_000);
    expect(brief(stream.fetch())).toEqual(["publish 3 dup 3", "pubrel 2", "publish 4 dup 4", "pubrel 1"]);
  });

  test("a record that the journal cannot read now stays there, for the next connection", () => {
    class Flaky extends RamJournal {
      reads = 0;
      override next(after: number) {
        if (++this.reads === 2) throw new Error("no answer from the flash");
        return super.next(after);
      }
    }
    const journal = new Flaky();
    const { client, events } = connected({ journal });
    journal.reads = 0;
    client.publish("t", bytes("x"));
    expect(events).toEqual([["closed", "unexpected", 0]]);
    const again = connected({ journal });
    expect(journal.size).toBe(1);
    again.client.kick();
    again.stream.arrive({ cmd: "puback", messageId: 1 });
    expect(again.events).toEqual([["delivered", 1]]);
  });

  test("a record that the journal drops while it is under way leaves no id behind", () => {
    const journal = new RamJournal(2);
    const { client, stream, time } = connected({ journal });
    client.publish("t", bytes("1"), { qos: 2 });
    for (let i = 2; i <= 4; i++) client.publish("t", bytes(`${i}`));
    expect(brief(stream.fetch())).toEqual(["publish 1 1", "publish 2 2", "publish 3 3", "publish 4 4"]);
    expect(journal.dropped).toBe(2);
    time.advance(30_000);
    // The QoS 2 handshake is brought to its end; the QoS 1 message is only forgotten.
    expect(brief(stream.fetch())).toEqual(["publish 3 dup 3", "publish 4 dup 4", "pubrel 1"]);
    stream.arrive({ cmd: "pubcomp", messageId: 1 });
    stream.arrive({ cmd: "puback", messageId: 2 });
    expect(stream.closed).toBe(false);
  });
});
