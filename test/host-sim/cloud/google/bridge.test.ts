import { beforeAll, describe, expect, test } from "@jest/globals";
import type { BrokerEvent } from "../../../../host-sim/cloud/broker/events.js";
import { GoogleBridge } from "../../../../host-sim/cloud/google/bridge.js";
import { DeviceRegistry } from "../../../../host-sim/cloud/google/device-registry.js";
import type { Flavour } from "../../../../host-sim/cloud/google/tokens.js";
import { connectPacket, type Peer, Probe } from "../probe.js";
import { goodClaims, type Keys, makeKeys, NOW, sign } from "../tokens.js";

const ID = "device-1";
let es: Keys;
let rs: Keys;
beforeAll(async () => {
  es = await makeKeys("ES256");
  rs = await makeKeys("RS256");
});

function setUp(flavour: Flavour = "google", withoutPubSub = false) {
  const registry = new DeviceRegistry({ project: "my-project", location: "us-central1", registry: "reg" });
  registry.add(ID, [es.publicPem, rs.publicPem], Buffer.from("config 1"));
  const events: BrokerEvent[] = [];
  const bridge = new GoogleBridge({
    registry,
    flavour,
    withoutPubSub,
    names: ["mqtt.example"],
    onEvent: (event) => events.push(event),
  });
  const probe = new Probe(bridge);
  const connect = (token: string, clientId = registry.nameOf(ID)): Peer =>
    probe
      .connect({ alpn: undefined, sni: "mqtt.example" })
      .send(connectPacket({ clientId, username: "unused", password: Buffer.from(token), keepalive: 0 }));
  const online = async (claims: object = {}): Promise<Peer> => {
    const peer = connect(await sign(es, goodClaims(claims)));
    expect(peer.expect("connack").returnCode).toBe(0);
    return peer;
  };
  return { registry, events, bridge, probe, connect, online };
}

function subscribe(topic: string, qos: 0 | 1 | 2 = 1) {
  return { cmd: "subscribe" as const, messageId: 1, subscriptions: [{ topic, qos }] };
}

function publish(topic: string, fields: object = {}) {
  return { cmd: "publish", topic, payload: "x", qos: 1, dup: false, retain: false, messageId: 2, ...fields } as const;
}

describe("the token", () => {
  test.each<[string, () => Promise<string>]>([
    ["ES256", () => sign(es, goodClaims())],
    ["RS256", () => sign(rs, goodClaims())],
    ["a clock ten minutes ahead", () => sign(es, goodClaims({ iat: NOW + 600 }))],
    ["an end less than ten minutes ago", () => sign(es, goodClaims({ iat: NOW - 7200, exp: NOW - 599 }))],
    ["24 hours and the skew", () => sign(es, goodClaims({ exp: NOW + 87_000 }))],
    ["an nbf that nobody looks at", () => sign(es, goodClaims({ nbf: NOW + 5000 }))],
    ["padding, which Google tolerates", async () => `${await sign(es, goodClaims())}==`],
  ])("with %s is accepted", async (_, make) => {
    expect(
      setUp()
        .connect(await make())
        .expect("connack").returnCode,
    ).toBe(0);
  });

  const refused: [string, () => Promise<string>][] = [
    ["another project", () => sign(es, goodClaims({ aud: "other" }))],
    ["a list of audiences", () => sign(es, goodClaims({ aud: ["my-project"] }))],
    ["no iat", () => sign(es, { exp: NOW + 60, aud: "my-project" })],
    ["times as strings", () => sign(es, goodClaims({ iat: String(NOW) }))],
    ["a clock eleven minutes ahead", () => sign(es, goodClaims({ iat: NOW + 660 }))],
    ["an end ten minutes ago", () => sign(es, goodClaims({ iat: NOW - 7200, exp: NOW - 600 }))],
    ["a life of more than 24 hours", () => sign(es, goodClaims({ exp: NOW + 87_001 }))],
    ["exp before iat, as in Google's own sample", () => sign(es, goodClaims({ iat: NOW, exp: NOW - 300 }))],
    ["no typ", () => sign(es, goodClaims(), { typ: undefined } as never)],
    ["a key that is not registered", async () => sign(await makeKeys("ES256"), goodClaims())],
    ["nonsense", async () => "nonsense"],
  ];
  test.each(refused)("with %s is refused: code 5 at Google, 13 at ClearBlade", async (_, make) => {
    const token = await make();
    const peer = setUp().connect(token);
    expect(peer.expect("connack").returnCode).toBe(5);
    expect(peer.closed).toBe(true);
    expect(setUp("clearblade").connect(token).expect("connack").returnCode).toBe(13);
  });

  test("with padding is refused by ClearBlade", async () => {
    const token = `${await sign(es, goodClaims())}==`;
    expect(setUp("clearblade").connect(token).expect("connack").returnCode).toBe(13);
  });

  test("of a device that is not there is refused: 5, or 2 at ClearBlade", async () => {
    const token = await sign(es, goodClaims());
    const name = "projects/my-project/locations/us-central1/registries/reg/devices/other";
    expect(setUp().connect(token, name).expect("connack").returnCode).toBe(5);
    expect(setUp("clearblade").connect(token, name).expect("connack").returnCode).toBe(2);
    expect(setUp("clearblade").connect(token, ID).expect("connack").returnCode).toBe(2);
  });

  test("ends Google's connection at its end and the skew, also while the device talks", async () => {
    const { online, probe, events } = setUp();
    const peer = await online({ exp: NOW + 60 });
    for (let i = 0; i < 11; i++) {
      probe.pass(59_999);
      peer.send({ cmd: "pingreq" }).expect("pingresp");
    }
    probe.pass(660_000 - 11 * 59_999);
    expect(peer.closed).toBe(true);
    expect(events.at(-1)).toMatchObject({ reason: "CUSTOMAUTH_TTL_EXPIRATION" });
  });

  test("ends ClearBlade's connection at the first packet after that", async () => {
    const { online, probe } = setUp("clearblade");
    const peer = await online({ exp: NOW + 60 });
    probe.pass(659_999);
    peer.send({ cmd: "pingreq" }).expect("pingresp");
    probe.pass(300_000);
    expect(peer.closed).toBe(false);
    peer.send({ cmd: "pingreq" });
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(true);
  });
});

describe("topics", () => {
  test("events, with sub-folders, and state are acknowledged; the registry remembers the state", async () => {
    const { online, events, registry } = setUp();
    const peer = await online();
    peer.send(publish(`/devices/${ID}/events`)).expect("puback");
    peer.send(publish(`/devices/${ID}/events/alerts/fire`)).expect("puback");
    peer.send(publish(`/devices/${ID}/state`, { payload: "on" })).expect("puback");
    expect(events.filter(({ type }) => type === "publish").length).toBe(3);
    expect(Buffer.from(registry.get(ID)!.state!).toString()).toBe("on");
  });

  test.each([
    [`devices/${ID}/events`, {}],
    [`/devices/other/events`, {}],
    [`/devices/${ID}/config`, {}],
    [`/devices/${ID}/eventsmore`, {}],
    [`/devices/${ID}/state`, { payload: Buffer.alloc(64 * 1024 + 1) }],
    [`/devices/${ID}/events`, { payload: Buffer.alloc(256 * 1024 + 1) }],
    [`/devices/${ID}/events`, { qos: 2 }],
  ])("a PUBLISH to %s (%#) ends the connection", async (topic, fields) => {
    const { online } = setUp();
    const peer = await online();
    peer.send(publish(topic, fields as never));
    expect(peer.packets).toEqual([]);
    expect(peer.closed).toBe(true);
  });

  test("an event of 256 KB is taken", async () => {
    const { online } = setUp();
    const peer = await online();
    peer.send(publish(`/devices/${ID}/events`, { payload: Buffer.alloc(256 * 1024) } as never)).expect("puback");
  });

  test("events end ClearBlade's connection in a registry without a Pub/Sub topic; state does not", async () => {
    const { online } = setUp("clearblade", true);
    const peer = await online();
    peer.send(publish(`/devices/${ID}/state`)).expect("puback");
    peer.send(publish(`/devices/${ID}/events`));
    expect(peer.closed).toBe(true);
  });

  test.each([`/devices/${ID}/commands/one`, `/devices/${ID}/commands`, `/devices/+/config`, "#"])(
    "a SUBSCRIBE to %s ends the connection",
    async (topic) => {
      const { online } = setUp();
      const peer = await online();
      peer.send(subscribe(topic));
      expect(peer.packets).toEqual([]);
      expect(peer.closed).toBe(true);
    },
  );

  test("QoS 2 is granted as 1", async () => {
    const { online } = setUp();
    expect((await online()).send(subscribe(`/devices/${ID}/commands/#`, 2)).expect("suback").granted).toEqual([1]);
  });
});

describe("configuration", () => {
  test("comes with every subscription, by QoS 1 until it is acknowledged, and anew when it changes", async () => {
    const { online, probe, bridge, registry } = setUp();
    const peer = await online();
    peer.send(subscribe(`/devices/${ID}/config`));
    peer.expect("suback");
    const first = peer.expect("publish");
    expect(first).toMatchObject({
      topic: `/devices/${ID}/config`,
      qos: 1,
      payload: Buffer.from("config 1"),
      retain: false,
    });
    probe.pass(20_000);
    expect(peer.expect("publish")).toMatchObject({ dup: true, messageId: first.messageId });
    peer.send({ cmd: "puback", messageId: first.messageId! });
    probe.take(bridge.configure(ID, Buffer.from("config 2"), probe.now));
    expect(peer.expect("publish").payload).toEqual(Buffer.from("config 2"));
    expect(registry.get(ID)!.config.version).toBe(2);
    peer.send(subscribe(`/devices/${ID}/config`, 0));
    peer.expect("suback");
    expect(peer.expect("publish")).toMatchObject({ qos: 0, payload: Buffer.from("config 2") });
  });

  test("that is too long, or for a device that is not there, is an operator's error", () => {
    const { bridge, probe } = setUp();
    expect(() => bridge.configure(ID, Buffer.alloc(64 * 1024 + 1), probe.now)).toThrow(RangeError);
    expect(() => bridge.configure("other", Buffer.alloc(1), probe.now)).toThrow(RangeError);
  });
});

describe("commands", () => {
  test("come to the wildcard subscription, with and without a sub-folder, and are not kept", async () => {
    const { online, probe, bridge } = setUp();
    probe.take(bridge.command(ID, Buffer.from("too early"), probe.now));
    const peer = await online();
    peer.send(subscribe(`/devices/${ID}/commands/#`)).expect("suback");
    probe.take(bridge.command(ID, Buffer.from("go"), probe.now));
    probe.take(bridge.command(ID, Buffer.from("stop"), probe.now, "motor"));
    expect(peer.packets).toMatchObject([
      { topic: `/devices/${ID}/commands` },
      { topic: `/devices/${ID}/commands/motor` },
    ]);
  });
});

describe("the connection", () => {
  test("ends after 20 minutes without a packet, whatever its keep-alive", async () => {
    const { online, probe } = setUp();
    const peer = await online();
    probe.pass(1_199_999);
    expect(peer.closed).toBe(false);
    probe.pass(1);
    expect(peer.closed).toBe(true);
  });

  test("has no lasting session and no will", async () => {
    const { registry, probe } = setUp();
    const token = await sign(es, goodClaims());
    const ask = () =>
      probe.connect().send(
        connectPacket({
          clientId: registry.nameOf(ID),
          clean: false,
          username: "unused",
          password: Buffer.from(token),
          will: { topic: "/devices/x/events", payload: "w", qos: 1, retain: true },
        }),
      );
    expect(ask().expect("connack")).toMatchObject({ returnCode: 0, sessionPresent: false });
    expect(ask().expect("connack")).toMatchObject({ returnCode: 0, sessionPresent: false });
  });

  test("without SNI sees a certificate that nobody trusts; ALPN is not looked at", () => {
    const { bridge } = setUp();
    expect(bridge.clientHello({ alpn: [] })).toEqual({ certificate: "broker wrong-ca" });
    expect(bridge.clientHello({ sni: "mqtt.example", alpn: ["mqtt"] })).toEqual({
      certificate: "broker",
      alpn: undefined,
    });
  });
});

test("device ids and key counts are checked", () => {
  const registry = new DeviceRegistry({ project: "p", location: "l", registry: "r" });
  for (const id of ["ab", "1ab", "google", "a/b", `a${"b".repeat(255)}`]) {
    expect(() => registry.add(id, [])).toThrow(RangeError);
  }
  expect(() => registry.add("abc", Array(4).fill(es.publicPem))).toThrow(RangeError);
});
