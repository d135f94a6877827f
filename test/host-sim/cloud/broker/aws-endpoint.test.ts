import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import mqtt, { type Packet } from "mqtt-packet";
import { AwsEndpoint } from "../../../../host-sim/cloud/broker/aws-endpoint.js";
import type { BrokerEvent } from "../../../../host-sim/cloud/broker/events.js";
import { CloudFaults } from "../../../../host-sim/cloud/faults.js";
import { Authorizer, usernameParameters } from "../../../../host-sim/cloud/onboarding/authorizer.js";
import { seededSigner } from "../../../../host-sim/cloud/onboarding/signer.js";
import { iccidOf } from "../../../../host-sim/world/sims.js";
import { connectPacket, type Peer, Probe } from "../probe.js";

const ENDPOINT = "abc-ats.iot.eu-central-1.amazonaws.com";
const ICCID = iccidOf(1);

function setUp(faults: readonly string[] = []) {
  const authorizer = new Authorizer({ signer: seededSigner("test") });
  const events: BrokerEvent[] = [];
  const endpoint = new AwsEndpoint({
    authorizer,
    endpoint: ENDPOINT,
    faults: new CloudFaults(faults),
    onEvent: (event) => events.push(event),
  });
  const probe = new Probe(endpoint);
  const username = authorizer.mint(1, probe.now);
  const { name, signature, token } = usernameParameters(username) as Record<"name" | "signature" | "token", string>;
  const http = () => probe.connect({ alpn: undefined, sni: ENDPOINT });
  return {
    authorizer,
    endpoint,
    probe,
    events,
    username,
    query: username.split("?")[1]!,
    name,
    signature,
    token,
    http,
  };
}

function post(target: string, headers: Record<string, string> = {}, body = '{"data":"Lorem Ipsum"}'): string {
  const fields = { Host: ENDPOINT, "Content-Length": String(body.length), ...headers };
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}`);
  return [`POST ${target} HTTP/1.1`, ...lines, "", body].join("\r\n");
}

function answer(peer: Peer): { status: number; json: Record<string, string>; head: string } {
  const end = peer.text.indexOf("\r\n\r\n");
  const head = peer.text.slice(0, end);
  return { status: Number(head.split(" ")[1]), json: JSON.parse(peer.text.slice(end + 4)), head };
}

describe("the handshake", () => {
  test("selects mqtt for MQTT, takes a client without ALPN for HTTP, and refuses other protocols and names", () => {
    const { endpoint } = setUp();
    expect(endpoint.clientHello({ sni: ENDPOINT, alpn: ["mqtt"] })).toEqual({ certificate: "broker", alpn: "mqtt" });
    expect(endpoint.clientHello({ sni: ENDPOINT, alpn: [] })).toEqual({ certificate: "broker" });
    expect(endpoint.clientHello({ sni: ENDPOINT, alpn: ["h2", "http/1.1"] })).toEqual({ certificate: "broker" });
    expect(endpoint.clientHello({ sni: ENDPOINT, alpn: ["http/1.1", "mqtt"] })).toMatchObject({ alpn: "mqtt" });
    expect(endpoint.clientHello({ sni: ENDPOINT, alpn: ["x-amzn-mqtt-ca"] })).toEqual({
      alert: "no_application_protocol",
    });
    expect(endpoint.clientHello({ sni: "x", alpn: [] })).toEqual({ alert: "unrecognized_name" });
    expect(endpoint.clientHello({ alpn: [] })).toEqual({ alert: "unrecognized_name" });
  });

  test("a CONNECT without ALPN gets no CONNACK: the connection ends", () => {
    const { http, username } = setUp();
    const peer = http().send(connectPacket({ clientId: ICCID, username }));
    expect(peer.closed).toBe(true);
    expect(peer.text).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("HTTPS publish", () => {
  test.each<[string, (world: ReturnType<typeof setUp>) => string]>([
    ["the query", ({ query }) => post(`/topics/${ICCID}%2Ftelemetry?qos=1&${query}`)],
    [
      "headers",
      ({ name, signature, token }) =>
        post(`/topics/${ICCID}/telemetry?qos=1`, {
          "x-amz-customauthorizer-name": name,
          "X-Amz-CustomAuthorizer-Signature": signature,
          token,
        }),
    ],
    [
      "1NCE's form, query and two headers",
      ({ query, username }) =>
        post(`/topics/${ICCID}/telemetry?qos=1&${query}`, {
          username,
          clientId: ICCID,
          "Content-Type": "application/json",
        }),
    ],
  ])("takes the credentials from %s", (_, request) => {
    const world = setUp();
    const { status, json, head } = answer(world.http().send(request(world)));
    expect(status).toBe(200);
    expect(json).toEqual({
      message: "OK",
      traceId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(head).toContain(`x-amzn-RequestId: ${json.traceId}`);
    expect(head).toContain("Connection: keep-alive");
    expect(world.events).toMatchObject([{ type: "publish", clientId: ICCID, topic: `${ICCID}/telemetry`, qos: 1 }]);
    expect(JSON.stringify(world.events)).not.toContain(world.token);
  });

  test("is put off where the broker is busy", () => {
    const { http, query, events } = setUp(["broker-busy=429,300*1"]);
    const request = post(`/topics/${ICCID}/telemetry?qos=1&${query}`);
    const { status, head } = answer(http().send(request));
    expect(status).toBe(429);
    expect(head).toContain("retry-after: 300");
    expect(events).toEqual([]);
    expect(answer(http().send(request)).status).toBe(200);
  });

  test.each<[string, number, (world: ReturnType<typeof setUp>) => string]>([
    ["no credentials", 403, () => post(`/topics/${ICCID}/x?qos=1`)],
    ["a wrong signature", 403, ({ query }) => post(`/topics/${ICCID}/x?${query.replace(/(signature=.)./, "$1A")}`)],
    ["another device's topic", 403, ({ query }) => post(`/topics/${iccidOf(2)}/x?${query}`)],
    ["another clientId", 403, ({ query }) => post(`/topics/${ICCID}/x?${query}`, { clientId: iccidOf(2) })],
    ["QoS 2", 400, ({ query }) => post(`/topics/${ICCID}/x?qos=2&${query}`)],
    ["a wildcard", 400, ({ query }) => post(`/topics/${ICCID}/%23?${query}`)],
    ["a topic that is badly encoded", 400, ({ query }) => post(`/topics/${ICCID}/%zz?${query}`)],
    ["another path", 404, ({ query }) => post(`/things/x?${query}`)],
    ["GET", 405, ({ query }) => post(`/topics/${ICCID}/x?${query}`).replace("POST", "GET")],
    ["a body over 128 KB", 413, ({ query }) => post(`/topics/${ICCID}/x?${query}`, {}, "x".repeat(131_073))],
  ])("with %s is answered %i", (_, status, request) => {
    const world = setUp();
    expect(answer(world.http().send(request(world))).status).toBe(status);
    expect(world.events).toEqual([]);
  });

  test("reaches MQTT subscribers", () => {
    const { probe, username, query, http } = setUp();
    const peer = probe.connect({ sni: ENDPOINT });
    peer.send(connectPacket({ clientId: ICCID, username }));
    probe.pass(60);
    peer.expect("connack");
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `${ICCID}/#`, qos: 1 }] }).expect("suback");
    http().send(post(`/topics/${ICCID}/x?${query}`, {}, "hello"));
    expect(peer.expect("publish")).toMatchObject({ topic: `${ICCID}/x`, qos: 0, payload: Buffer.from("hello") });
  });
});

describe("MQTT over WebSocket", () => {
  const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  const upgradeFields = {
    Host: ENDPOINT,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "mqtt",
  };

  function upgrade(fields: Record<string, string | undefined>, target = "/mqtt"): string {
    const lines = Object.entries({ ...upgradeFields, ...fields }).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}: ${value}`],
    );
    return [`GET ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  }

  /** A masked client frame. */
  function frame(opcode: number, payload: Uint8Array, fin = true): Buffer {
    const mask = Buffer.from([1, 2, 3, 4]);
    const length = payload.length;
    const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
    return Buffer.concat([
      Buffer.from([(fin ? 0x80 : 0) | opcode, ...head]),
      mask,
      payload.map((byte, i) => byte ^ mask[i % 4]!),
    ]);
  }

  /** The server's frames behind the 101. */
  function frames(peer: Peer): { opcode: number; payload: Buffer }[] {
    let rest = peer.bytes.subarray(peer.bytes.indexOf("\r\n\r\n") + 4);
    const found = [];
    while (rest.length > 0) {
      const short = rest[1]!;
      const [size, length] = short === 126 ? [4, rest.readUInt16BE(2)] : [2, short];
      found.push({ opcode: rest[0]! & 15, payload: rest.subarray(size, size + length) });
      rest = rest.subarray(size + length);
    }
    return found;
  }

  function packets(peer: Peer): Packet[] {
    const parser = mqtt.parser();
    const found: Packet[] = [];
    parser.on("packet", (packet) => found.push(packet));
    for (const { opcode, payload } of frames(peer)) if (opcode === 2) parser.parse(payload);
    return found;
  }

  function authorized({ name, signature, token }: ReturnType<typeof setUp>) {
    return { "X-Amz-CustomAuthorizer-Name": name, "X-Amz-CustomAuthorizer-Signature": signature, token };
  }

  function open() {
    const world = setUp();
    const peer = world.http().send(upgrade(authorized(world)));
    return { ...world, peer };
  }

  test("is opened by an upgrade with the decoded values as headers (RFC 6455 §1.3's key and answer)", () => {
    const { peer } = open();
    expect(peer.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(peer.text).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    expect(peer.text).toContain("Sec-WebSocket-Protocol: mqtt\r\n");
    expect(createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")).toBe(
      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    );
  });

  test("carries a session, whatever the frames' bounds, both ways", () => {
    const { peer, probe, endpoint, events } = open();
    const connect = mqtt.generate(connectPacket({ clientId: ICCID }));
    peer.send(
      Buffer.concat([
        frame(2, connect.subarray(0, 5), false),
        frame(9, Buffer.from("hi")),
        frame(0, connect.subarray(5)),
      ]),
    );
    probe.pass(60);
    peer.send(
      frame(
        2,
        Buffer.concat([
          mqtt.generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `${ICCID}/#`, qos: 1 }] }),
          mqtt.generate({
            cmd: "publish",
            topic: `${ICCID}/x`,
            payload: "y".repeat(200),
            qos: 1,
            dup: false,
            retain: false,
            messageId: 2,
          }),
        ]),
      ),
    );
    probe.take(endpoint.publish(`${ICCID}/command`, Buffer.from("go"), 1, probe.now));
    expect(packets(peer).map(({ cmd }) => cmd)).toEqual(["connack", "suback", "puback", "publish", "publish"]);
    expect(frames(peer)[0]).toEqual({ opcode: 10, payload: Buffer.from("hi") });
    peer.send(frame(8, Buffer.from([3, 232])));
    expect(frames(peer).at(-1)).toEqual({ opcode: 8, payload: Buffer.from([3, 232]) });
    expect(peer.closed).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: "close", reason: "CONNECTION_LOST" });
    expect(endpoint.isConnected(ICCID)).toBe(false);
  });

  test("refuses a CONNECT with another client id than the token's ICCID, then closes with a close frame", () => {
    const { peer, probe } = open();
    peer.send(frame(2, mqtt.generate(connectPacket({ clientId: iccidOf(2) }))));
    probe.pass(60);
    expect(packets(peer)).toMatchObject([{ cmd: "connack", returnCode: 5 }]);
    expect(frames(peer).at(-1)?.opcode).toBe(8);
    expect(peer.closed).toBe(true);
  });

  test("has its credentials in the query too", () => {
    const { http, query } = setUp();
    expect(http().send(upgrade({}, `/mqtt?${query}`)).text).toMatch(/^HTTP\/1\.1 101 /);
  });

  test.each<[string, number, Record<string, string | undefined>]>([
    ["no credentials", 403, { token: undefined }],
    ["another version", 426, { "Sec-WebSocket-Version": "8" }],
    ["no key", 400, { "Sec-WebSocket-Key": undefined }],
    ["another sub-protocol", 400, { "Sec-WebSocket-Protocol": "chat" }],
    ["no Connection: Upgrade", 400, { Connection: "keep-alive" }],
  ])("with %s is answered %i", (_, status, fields) => {
    const world = setUp();
    expect(answer(world.http().send(upgrade({ ...authorized(world), ...fields }))).status).toBe(status);
  });

  test.each<[string, Buffer, number]>([
    ["a frame without a mask", Buffer.from([0x82, 1, 0]), 1002],
    ["a text frame", frame(1, Buffer.from("x")), 1003],
    ["an unknown opcode", frame(3, Buffer.from("x")), 1002],
    ["a ping in pieces", frame(9, Buffer.from("x"), false), 1002],
    ["a reserved bit", Buffer.from([0xc2, 0x80, 0, 0, 0, 0]), 1002],
    ["a frame of a gigabyte", Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ])("ends at %s with the right code", (_, bytes, code) => {
    const { peer } = open();
    peer.send(bytes);
    expect(frames(peer).at(-1)).toEqual({ opcode: 8, payload: Buffer.from([code >> 8, code & 255]) });
    expect(peer.closed).toBe(true);
  });

  test("ends when its keep-alive or its token's time is over, also for the HTTP side", () => {
    const { peer, probe, endpoint } = open();
    peer.send(frame(2, mqtt.generate(connectPacket({ clientId: ICCID, keepalive: 30 }))));
    probe.pass(60 + 45_000);
    expect(peer.closed).toBe(true);
    expect(endpoint.nextDeadline()).toBeUndefined();
  });
});
