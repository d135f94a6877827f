import { describe, expect, test } from "@jest/globals";
import type { ISubscribePacket } from "mqtt-packet";
import { Broker } from "../../../../host-sim/cloud/broker/broker.js";
import { type BrokerProfile, PLAIN_PROFILE } from "../../../../host-sim/cloud/broker/profile.js";
import { connectPacket, type Peer, Probe } from "../probe.js";

function setUp(profile: Partial<BrokerProfile> = {}) {
  const broker = new Broker({ profile: { ...PLAIN_PROFILE, ...profile } });
  const probe = new Probe(broker);
  const online = (clientId: string, fields: object = {}): Peer => {
    const peer = probe.connect({ alpn: undefined }).send(connectPacket({ clientId, ...fields }));
    peer.expect("connack");
    return peer;
  };
  return { broker, probe, online };
}

function subscribe(topic: string, qos: 0 | 1 | 2 = 1): ISubscribePacket {
  return { cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] };
}

function publish(topic: string, payload: string, fields: object = {}) {
  return { cmd: "publish", topic, payload, qos: 0, dup: false, retain: false, ...fields } as const;
}

describe("a plain broker", () => {
  test("answers CONNECT at once and takes what follows it in the same bytes", () => {
    const { probe } = setUp();
    const peer = probe
      .connect()
      .send(connectPacket({ clientId: "a", clean: true }))
      .send({ cmd: "pingreq" });
    expect(peer.packets.map(({ cmd }) => cmd)).toEqual(["connack", "pingresp"]);
  });

  test("gives a message to each subscriber once, with the lower QoS", () => {
    const { online } = setUp();
    const [a, b] = [online("a"), online("b")];
    a.send(subscribe("x/#", 0)).expect("suback");
    a.send(subscribe("x/+", 1)).expect("suback");
    b.send(subscribe("+/y", 2));
    expect(b.expect("suback").granted).toEqual([2]);
    b.send(publish("x/y", "1", { qos: 1, messageId: 5 }));
    expect(a.packets).toMatchObject([{ topic: "x/y", qos: 1 }]);
    expect(b.packets.map(({ cmd }) => cmd)).toEqual(["puback", "publish"]);
    a.packets = [];
    a.send(publish("x", "2"));
    expect(a.packets).toMatchObject([{ topic: "x", qos: 0 }]);
  });

  test("keeps a retained message for new subscriptions, and an empty one clears it", () => {
    const { online } = setUp();
    const a = online("a");
    a.send(publish("r/1", "kept", { retain: true }));
    a.send(subscribe("r/#"));
    a.expect("suback");
    expect(a.expect("publish")).toMatchObject({ retain: true, payload: Buffer.from("kept") });
    a.send(publish("r/1", "", { retain: true }));
    expect(a.expect("publish")).toMatchObject({ retain: false });
    const b = online("b").send(subscribe("r/#"));
    b.expect("suback");
    expect(b.packets).toEqual([]);
  });

  test("publishes the will of a client that is lost, not of one that says DISCONNECT", () => {
    const { online } = setUp();
    const watcher = online("w");
    watcher.send(subscribe("will/#")).expect("suback");
    const will = { topic: "will/x", payload: "gone", qos: 0, retain: false };
    online("a", { will }).send({ cmd: "disconnect" });
    expect(watcher.packets).toEqual([]);
    online("b", { will }).end();
    expect(watcher.expect("publish").payload).toEqual(Buffer.from("gone"));
  });

  test("keeps no more messages in flight than its window, and no more waiting than its queue", () => {
    const { online, broker, probe } = setUp({ maxInflight: 2, maxQueued: 3 });
    const a = online("a");
    a.send(subscribe("t")).expect("suback");
    for (let i = 0; i < 7; i++) probe.take(broker.publish("t", Buffer.from(String(i)), 1, probe.now));
    expect(a.packets.length).toBe(2);
    for (let i = 0; i < 5; i++) a.send({ cmd: "puback", messageId: a.packets[i]!.messageId! });
    expect(a.packets.map((packet) => String((packet as { payload: Buffer }).payload))).toEqual([
      "0",
      "1",
      "4",
      "5",
      "6",
    ]);
    expect(broker.counters).toMatchObject({ dropped: 2, delivered: 5 });
  });

  test("takes a QoS 2 message once, however often it is repeated before its PUBREL (§4.3.3)", () => {
    const { online } = setUp();
    const a = online("a").send(subscribe("t", 0));
    a.expect("suback");
    const message = publish("t", "once", { qos: 2, messageId: 9 });
    a.send(message).send({ ...message, dup: true });
    expect(a.packets.map(({ cmd }) => cmd)).toEqual(["pubrec", "publish", "pubrec"]);
    a.packets = [];
    a.send({ cmd: "pubrel", messageId: 9 }).expect("pubcomp");
    a.send({ cmd: "pubrel", messageId: 9 }).expect("pubcomp");
    a.send(message);
    expect(a.packets.map(({ cmd }) => cmd)).toEqual(["pubrec", "publish"]);
  });

  test("sends a QoS 2 message again until PUBREC, then PUBREL until PUBCOMP, also in a resumed session", () => {
    const { online, broker, probe } = setUp();
    const first = online("a", { clean: false }).send(subscribe("t", 2));
    first.expect("suback");
    probe.take(broker.publish("t", Buffer.from("x"), 2, probe.now));
    const { messageId } = first.expect("publish");
    probe.pass(20_000);
    expect(first.expect("publish")).toMatchObject({ qos: 2, dup: true, messageId });
    first.send({ cmd: "pubrec", messageId: messageId! }).expect("pubrel");
    probe.pass(20_000);
    first.expect("pubrel");
    first.end();
    const second = online("a", { clean: false });
    expect(second.expect("pubrel").messageId).toBe(messageId);
    second.send({ cmd: "pubcomp", messageId: messageId! });
    probe.pass(60_000);
    expect(second.packets).toEqual([]);
    expect(broker.counters.delivered).toBe(1);
  });

  test("selects mqtt by ALPN if it is offered, and takes what else is offered or nothing", () => {
    const { broker } = setUp();
    expect(broker.clientHello({ alpn: ["mqtt"] })).toEqual({ certificate: "broker", alpn: "mqtt" });
    expect(broker.clientHello({ alpn: ["h2"] })).toEqual({ certificate: "broker", alpn: undefined });
    expect(broker.clientHello({ alpn: [], sni: "any.example" })).toEqual({ certificate: "broker", alpn: undefined });
  });

  test("has nothing left to do once everybody is gone", () => {
    const { online, broker, probe } = setUp();
    online("a").end();
    online("b").send({ cmd: "disconnect" });
    online("c", { clean: false }).end();
    probe.pass(24 * 3_600_000);
    expect(broker.nextDeadline()).toBeUndefined();
    expect(broker.isConnected("c")).toBe(false);
  });

  test("ends a connection for its operator", () => {
    const { online, broker, probe } = setUp();
    const a = online("a");
    probe.take(broker.disconnect("a", probe.now));
    expect(a.closed).toBe(true);
    expect(broker.counters.closes).toEqual({ SERVER_INITIATED_DISCONNECT: 1 });
  });
});
