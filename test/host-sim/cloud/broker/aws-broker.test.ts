import { describe, expect, test } from "@jest/globals";
import mqtt from "mqtt-packet";
import { AwsBroker } from "../../../../host-sim/cloud/broker/aws-broker.js";
import type { BrokerEvent } from "../../../../host-sim/cloud/broker/events.js";
import { CloudFaults } from "../../../../host-sim/cloud/faults.js";
import { Authorizer } from "../../../../host-sim/cloud/onboarding/authorizer.js";
import { seededSigner } from "../../../../host-sim/cloud/onboarding/signer.js";
import { iccidOf } from "../../../../host-sim/world/sims.js";
import { connectPacket, type Peer, Probe } from "../probe.js";

const ENDPOINT = "abc-ats.iot.eu-central-1.amazonaws.com";
const ICCID = iccidOf(1);
const CONNACK_MS = 60;

function setUp(faults: string[] = []) {
  const authorizer = new Authorizer({ signer: seededSigner("test") });
  const events: BrokerEvent[] = [];
  const broker = new AwsBroker({
    authorizer,
    endpoint: ENDPOINT,
    faults: new CloudFaults(faults),
    onEvent: (event) => events.push(event),
  });
  const probe = new Probe(broker);
  const online = (sim = 1, fields: Partial<Parameters<typeof connectPacket>[0]> = {}): Peer => {
    const peer = probe.connect({ sni: ENDPOINT });
    peer.send(connectPacket({ clientId: iccidOf(sim), username: authorizer.mint(sim, probe.now), ...fields }));
    probe.pass(CONNACK_MS);
    return peer;
  };
  const accepted = (sim = 1, fields: Partial<Parameters<typeof connectPacket>[0]> = {}): Peer => {
    const peer = online(sim, fields);
    expect(peer.expect("connack").returnCode).toBe(0);
    return peer;
  };
  const reason = () => events.findLast((event) => event.type === "close")?.reason;
  return { authorizer, broker, probe, events, online, accepted, reason };
}

function publish(topic: string, fields: object = {}) {
  return {
    cmd: "publish",
    topic,
    payload: Buffer.from("{}"),
    qos: 1,
    dup: false,
    retain: false,
    messageId: 1,
    ...fields,
  } as const;
}

function subscribe(...filters: string[]) {
  return {
    cmd: "subscribe",
    messageId: 7,
    subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })),
  } as const;
}

describe("the handshake", () => {
  const { broker } = setUp();
  test("takes the endpoint's name with ALPN mqtt and selects it", () => {
    expect(broker.clientHello({ sni: ENDPOINT, alpn: ["mqtt"] })).toEqual({ certificate: "broker", alpn: "mqtt" });
    expect(broker.clientHello({ sni: ENDPOINT.toUpperCase(), alpn: ["http/1.1", "mqtt"] })).toMatchObject({
      alpn: "mqtt",
    });
  });
  test.each([
    [{ alpn: ["mqtt"] }, "unrecognized_name"],
    [{ sni: "other.example", alpn: ["mqtt"] }, "unrecognized_name"],
    [{ sni: `${ENDPOINT}.`, alpn: ["mqtt"] }, "unrecognized_name"],
    [{ sni: ENDPOINT, alpn: [] }, "no_application_protocol"],
    [{ sni: ENDPOINT, alpn: ["x-amzn-mqtt-ca"] }, "no_application_protocol"],
  ])("refuses %j with %s", (offer, alert) => {
    expect(broker.clientHello(offer)).toEqual({ alert });
  });
  test("shows the flawed certificate that a fault asks for, as often as it says", () => {
    const faulty = setUp(["expired-certificate*1"]).broker;
    expect(faulty.clientHello({ sni: ENDPOINT, alpn: ["mqtt"] })).toMatchObject({
      certificate: "broker expired-certificate",
    });
    expect(faulty.clientHello({ sni: ENDPOINT, alpn: ["mqtt"] })).toMatchObject({ certificate: "broker" });
  });
});

describe("CONNECT", () => {
  test("with a minted username of about 1060 bytes is accepted after the authorizer's time", () => {
    const { authorizer, probe } = setUp();
    const username = authorizer.mint(1, probe.now);
    expect(username.length).toBeGreaterThan(1000);
    expect(username.length).toBeLessThan(1120);
    const peer = probe.connect();
    peer.send(connectPacket({ clientId: ICCID, username }));
    probe.pass(CONNACK_MS - 1);
    expect(peer.packets).toEqual([]);
    probe.pass(1);
    expect(peer.expect("connack")).toMatchObject({ returnCode: 0, sessionPresent: false });
  });

  test.each<[string, (good: string) => string | undefined]>([
    ["no username", () => undefined],
    ["a username without parameters", () => "somebody"],
    ["another authorizer", (good) => good.replace("1nce-authorizer", "other")],
    ["a changed signature", (good) => good.replace(/(signature=.)./, "$1_")],
    ["a changed token", (good) => good.replace(/(&token=.{60})./, "$1_")],
    ["a signature decoded and not encoded again", (good) => decodeURIComponent(good).replaceAll("+", "%zz")],
  ])("with %s is refused with CONNACK 5, then the connection ends", (_, change) => {
    const { authorizer, probe, online, reason } = setUp();
    const username = change(authorizer.mint(1, probe.now));
    const peer = online(1, username === undefined ? { username: "" } : { username });
    expect(peer.expect("connack").returnCode).toBe(5);
    expect(peer.closed).toBe(true);
    expect(reason()).toBe("AUTH_ERROR");
  });

  test("with the ICCID of another SIM is refused", () => {
    const { online } = setUp();
    expect(online(1, { clientId: iccidOf(2) }).expect("connack").returnCode).toBe(5);
  });

  test("with a token past its 24 hours is refused, one second before it is not", () => {
    const { authorizer, probe, online } = setUp();
    const username = authorizer.mint(1, probe.now);
    probe.pass(86_399_000);
    expect(online(1, { username }).expect("connack").returnCode).toBe(0);
    probe.pass(1000);
    expect(online(1, { username }).expect("connack").returnCode).toBe(5);
  });

  test("of MQTT 5 is answered with CONNACK 1", () => {
    const peer = setUp().probe.connect();
    peer.send(connectPacket({ clientId: ICCID, protocolVersion: 5 }));
    expect(peer.expect("connack").returnCode).toBe(1);
    expect(peer.closed).toBe(true);
  });

  test("with a client id over 128 bytes or an empty one for a lasting session is answered with CONNACK 2", () => {
    const { online, probe } = setUp();
    expect(online(1, { clientId: "x".repeat(129) }).expect("connack").returnCode).toBe(2);
    const peer = probe.connect();
    peer.send(Buffer.from("100c00044d5154540400003c0000", "hex"));
    probe.pass(CONNACK_MS);
    expect(peer.expect("connack").returnCode).toBe(2);
  });

  test("followed by anything before CONNACK ends the connection without one", () => {
    const { authorizer, probe, reason } = setUp();
    const peer = probe.connect();
    peer.send(connectPacket({ clientId: ICCID, username: authorizer.mint(1, probe.now) }));
    peer.send(subscribe(`${ICCID}/#`));
    expect(peer.closed).toBe(true);
    expect(peer.packets).toEqual([]);
    expect(reason()).toBe("CLIENT_ERROR");
  });

  test("twice within a second for one client id ends the second connection", () => {
    const { accepted, online, reason, probe } = setUp();
    accepted();
    const second = online();
    expect(second.closed).toBe(true);
    expect(reason()).toBe("THROTTLED");
    probe.pass(1000);
    accepted();
  });

  test("of a client id that is connected ends the older connection", () => {
    const { accepted, events, probe } = setUp();
    const older = accepted();
    probe.pass(1000);
    const newer = accepted();
    expect(older.closed).toBe(true);
    expect(newer.closed).toBe(false);
    expect(events.find((event) => event.type === "close")).toMatchObject({
      reason: "DUPLICATE_CLIENTID",
      connection: 1,
    });
  });

  test.each([
    ["refused by a fault with code 7", "broker-refuses=7", 7],
    ["refused by default with code 5", "broker-refuses", 5],
  ])("is %s", (_, fault, code) => {
    expect(setUp([fault]).online().expect("connack").returnCode).toBe(code);
  });

  test("is refused by a fault without CONNACK", () => {
    const peer = setUp(["broker-refuses=close"]).online();
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test("is never answered by a silent broker", () => {
    const { probe, online } = setUp(["broker-silent"]);
    const peer = online();
    probe.pass(60_000);
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(false);
  });

  test("a connection without CONNECT ends after ten seconds", () => {
    const { probe } = setUp();
    const peer = probe.connect();
    probe.pass(9_999);
    expect(peer.closed).toBe(false);
    probe.pass(1);
    expect(peer.closed).toBe(true);
  });
});

describe("PUBLISH", () => {
  test("below the ICCID is acknowledged and observed", () => {
    const { accepted, events, broker } = setUp();
    const peer = accepted();
    peer.send(publish(`${ICCID}/telemetry`, { messageId: 9 }));
    expect(peer.expect("puback").messageId).toBe(9);
    expect(events.at(-1)).toMatchObject({ type: "publish", topic: `${ICCID}/telemetry`, qos: 1, packetId: 9 });
    expect(broker.counters.publishes).toBe(1);
  });

  test.each<[string, object]>([
    ["the bare ICCID", publish(ICCID)],
    ["another device's topic", publish(`${iccidOf(2)}/telemetry`)],
    ["a reserved topic", publish(`$aws/things/${ICCID}/shadow/get`)],
    ["a topic with a wildcard", publish(`${ICCID}/+/x`)],
    ["QoS 2", publish(`${ICCID}/x`, { qos: 2 })],
    ["RETAIN", publish(`${ICCID}/x`, { retain: true })],
    ["eight slashes", publish(`${ICCID}/1/2/3/4/5/6/7/8`)],
    ["257 bytes of topic", publish(`${ICCID}/${"x".repeat(237)}`)],
    ["a payload over 128 KB", publish(`${ICCID}/x`, { payload: Buffer.alloc(128 * 1024 + 1) })],
    ["packet id 0", publish(`${ICCID}/x`, { messageId: 0 })],
  ])("with %s ends the connection", (_, packet) => {
    const peer = setUp().accepted();
    peer.send(mqtt.generate(packet as never));
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test("at each limit is taken", () => {
    const peer = setUp().accepted();
    peer.send(publish(`${ICCID}/2/3/4/5/6/7/8`));
    peer.send(publish(`${ICCID}/${"x".repeat(236)}`, { messageId: 2 }));
    peer.send(publish(`${ICCID}/x`, { payload: Buffer.alloc(128 * 1024), messageId: 3 }));
    expect(peer.packets.map(({ messageId }) => messageId)).toEqual([1, 2, 3]);
  });

  test("more than 100 times a second is dropped without PUBACK", () => {
    const { accepted, broker, probe } = setUp();
    const peer = accepted();
    for (let i = 1; i <= 101; i++) peer.send(publish(`${ICCID}/x`, { messageId: i }));
    expect(peer.packets.length).toBe(100);
    expect(broker.counters.throttled).toBe(1);
    probe.pass(1000);
    peer.send(publish(`${ICCID}/x`, { messageId: 101, dup: true }));
    expect(peer.packets.length).toBe(101);
  });

  test("gets no PUBACK while a fault says so, then it does", () => {
    const { accepted, events } = setUp(["no-puback*1"]);
    const peer = accepted();
    peer.send(publish(`${ICCID}/x`));
    expect(peer.packets).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: "publish", acknowledged: false });
    peer.send(publish(`${ICCID}/x`, { dup: true }));
    expect(peer.expect("puback").messageId).toBe(1);
  });
});

describe("SUBSCRIBE", () => {
  test("is answered late while a fault says so", () => {
    const { accepted, probe } = setUp(["late-suback=5*1"]);
    const peer = accepted();
    peer.send(subscribe(`${ICCID}/commands/#`));
    probe.pass(4_999);
    expect(peer.packets).toEqual([]);
    probe.pass(1);
    expect(peer.expect("suback")).toMatchObject({ messageId: 7, granted: [1] });
  });

  test("below the ICCID is granted, at most QoS 1, and its messages arrive until acknowledged", () => {
    const { accepted, broker, probe } = setUp();
    const peer = accepted();
    peer.send(subscribe(`${ICCID}/commands/#`));
    expect(peer.expect("suback")).toMatchObject({ messageId: 7, granted: [1] });
    probe.take(broker.publish(`${ICCID}/commands/request`, Buffer.from("ping"), 1, probe.now));
    const first = peer.expect("publish");
    expect(first).toMatchObject({ topic: `${ICCID}/commands/request`, qos: 1, dup: false, retain: false });
    probe.pass(20_000);
    expect(peer.expect("publish")).toMatchObject({ dup: true, messageId: first.messageId });
    peer.send({ cmd: "puback", messageId: first.messageId! });
    probe.pass(40_000);
    expect(peer.packets).toEqual([]);
    expect(broker.counters.delivered).toBe(1);
  });

  test("to a/# does not match a, as AWS has it", () => {
    const { accepted, broker, probe } = setUp();
    const peer = accepted();
    peer.send(subscribe(`${ICCID}/commands/#`)).expect("suback");
    probe.take(broker.publish(`${ICCID}/commands`, Buffer.from("x"), 0, probe.now));
    expect(peer.packets).toEqual([]);
  });

  test.each<[string, object]>([
    ["another device's topics", subscribe(`${iccidOf(2)}/#`)],
    ["everything", subscribe("#")],
    ["one level in place of the ICCID", subscribe("+/commands")],
    ["nine filters", subscribe(...Array.from({ length: 9 }, (_, i) => `${ICCID}/${i}`))],
    ["QoS 2", { ...subscribe(), subscriptions: [{ topic: `${ICCID}/x`, qos: 2 }] }],
    ["a misplaced wildcard", subscribe(`${ICCID}/a#`)],
    ["no filter", Buffer.from([0x82, 2, 0, 1])],
  ])("for %s ends the connection", (_, packet) => {
    const peer = setUp().accepted();
    peer.send(packet instanceof Uint8Array ? packet : mqtt.generate(packet as never));
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test("beyond 50 subscriptions fails in its SUBACK", () => {
    const peer = setUp().accepted();
    for (let i = 0; i < 50; i++) peer.send(subscribe(`${ICCID}/${i}`)).expect("suback");
    expect(peer.send(subscribe(`${ICCID}/50`, `${ICCID}/0`)).expect("suback").granted).toEqual([0x80, 1]);
  });

  test("denied may be told by SUBACK instead", () => {
    const { authorizer } = setUp();
    const broker = new AwsBroker({ authorizer, endpoint: ENDPOINT, profile: { deniedSubscribe: "suback" } });
    const probe = new Probe(broker);
    const peer = probe.connect();
    peer.send(connectPacket({ clientId: ICCID, username: authorizer.mint(1, probe.now) }));
    probe.pass(CONNACK_MS);
    peer.expect("connack");
    expect(peer.send(subscribe("#", `${ICCID}/#`)).expect("suback").granted).toEqual([0x80, 1]);
  });

  test("brings a message twice under another packet id if a fault says so", () => {
    const { accepted, broker, probe } = setUp(["delivers-twice*1"]);
    const peer = accepted();
    peer.send(subscribe(`${ICCID}/#`)).expect("suback");
    probe.take(broker.publish(`${ICCID}/a`, Buffer.from("x"), 1, probe.now));
    const [first, second] = [peer.expect("publish"), peer.expect("publish")];
    expect(first.messageId).not.toBe(second.messageId);
    expect([first.dup, second.dup]).toEqual([false, false]);
  });

  test.each(["pubrec", "pubrel", "pubcomp"] as const)("%s, which belongs to QoS 2, ends the connection", (cmd) => {
    expect(setUp().accepted().send({ cmd, messageId: 1 }).closed).toBe(true);
  });

  test("UNSUBSCRIBE ends delivery", () => {
    const { accepted, broker, probe } = setUp();
    const peer = accepted();
    peer.send(subscribe(`${ICCID}/a`, `${ICCID}/b`)).expect("suback");
    peer.send({ cmd: "unsubscribe", messageId: 8, unsubscriptions: [`${ICCID}/a`, `${ICCID}/never`] });
    expect(peer.expect("unsuback").messageId).toBe(8);
    probe.take(broker.publish(`${ICCID}/a`, Buffer.from("x"), 0, probe.now));
    probe.take(broker.publish(`${ICCID}/b`, Buffer.from("x"), 0, probe.now));
    expect(peer.expect("publish").topic).toBe(`${ICCID}/b`);
    expect(peer.packets).toEqual([]);
  });
});

describe("time", () => {
  test.each([
    [60, 90],
    [1, 45],
    [0, 1800],
    [65_535, 1800],
  ])("a keep-alive of %i s ends a silent connection after %i s", (keepalive, seconds) => {
    const { accepted, probe, reason } = setUp();
    const peer = accepted(1, { keepalive });
    probe.pass(seconds * 1000 - 1);
    expect(peer.closed).toBe(false);
    probe.pass(1);
    expect(peer.closed).toBe(true);
    expect(reason()).toBe("MQTT_KEEP_ALIVE_TIMEOUT");
  });

  test("PINGREQ is answered and starts the keep-alive anew", () => {
    const { accepted, probe } = setUp();
    const peer = accepted(1, { keepalive: 30 });
    for (let i = 0; i < 5; i++) {
      probe.pass(44_000);
      peer.send({ cmd: "pingreq" }).expect("pingresp");
    }
    expect(peer.closed).toBe(false);
  });

  test("the token's end ends the connection without a word", () => {
    const { authorizer, probe, accepted, reason } = setUp();
    const peer = accepted(1, { username: authorizer.mint(1, probe.now, 40) });
    probe.pass(39_939);
    expect(peer.closed).toBe(false);
    probe.pass(1);
    expect(peer.closed).toBe(true);
    expect(peer.packets).toEqual([]);
    expect(reason()).toBe("CUSTOMAUTH_TTL_EXPIRATION");
  });
});

describe("a persistent session", () => {
  test("is present within an hour, keeps subscriptions and queued messages, and repeats what was unacknowledged with DUP", () => {
    const { accepted, online, broker, probe } = setUp();
    const first = accepted(1, { clean: false });
    first.send(subscribe(`${ICCID}/#`)).expect("suback");
    probe.take(broker.publish(`${ICCID}/a`, Buffer.from("1"), 1, probe.now));
    const { messageId } = first.expect("publish");
    first.end();
    probe.take(broker.publish(`${ICCID}/a`, Buffer.from("2"), 1, probe.now));
    probe.take(broker.publish(`${ICCID}/a`, Buffer.from("3"), 0, probe.now));
    probe.pass(3_500_000);
    const second = online(1, { clean: false });
    expect(second.expect("connack")).toMatchObject({ returnCode: 0, sessionPresent: true });
    expect(second.expect("publish")).toMatchObject({ messageId, dup: true });
    expect(second.expect("publish")).toMatchObject({ dup: false, payload: Buffer.from("2") });
    expect(second.packets).toEqual([]);
  });

  test("is served ten messages a second of those that waited", () => {
    const { accepted, online, broker, probe } = setUp();
    accepted(1, { clean: false })
      .send(subscribe(`${ICCID}/#`))
      .end();
    for (let i = 0; i < 25; i++) probe.take(broker.publish(`${ICCID}/a`, Buffer.from(String(i)), 1, probe.now));
    probe.pass(1000);
    const peer = online(1, { clean: false });
    peer.expect("connack");
    expect(peer.packets.length).toBe(1);
    probe.pass(1000);
    expect(peer.packets.length).toBe(11);
    probe.pass(1400);
    expect(peer.packets.map((packet) => String((packet as { payload: Buffer }).payload))).toEqual(
      Array.from({ length: 25 }, (_, i) => String(i)),
    );
    probe.take(broker.publish(`${ICCID}/a`, Buffer.from("at once"), 1, probe.now));
    expect(peer.packets.length).toBe(26);
  });

  test("is gone after an hour, and after a CONNECT with CleanSession", () => {
    const { accepted, online, probe } = setUp();
    accepted(1, { clean: false }).end();
    probe.pass(3_600_000);
    expect(online(1, { clean: false }).expect("connack").sessionPresent).toBe(false);
    probe.pass(1000);
    expect(online(1).expect("connack").sessionPresent).toBe(false);
    probe.pass(1000);
    expect(online(1, { clean: false }).expect("connack").sessionPresent).toBe(false);
  });
});

test("no event holds a token or a signature", () => {
  const { accepted, events, authorizer, probe, online } = setUp();
  accepted()
    .send(publish(`${ICCID}/x`))
    .send({ cmd: "disconnect" });
  probe.pass(1000);
  online(1, { username: `${authorizer.mint(1, probe.now)}x` });
  const text = JSON.stringify(events);
  expect(events.length).toBeGreaterThan(3);
  expect(text).not.toContain("eyJ");
  expect(text).not.toContain("x-amz");
});
