// A 1NCE token at the simulated AWS IoT Core endpoint, by each transport.

import { describe, expect, test } from "@jest/globals";
import { awsBridge, type PublishForm } from "../../../firmware/cloud/1nce-aws/bridge.js";
import { planOf } from "../../../firmware/cloud/1nce-aws/plan.js";
import { tokenOf } from "../../../firmware/cloud/1nce-aws/token.js";
import type { Transport } from "../../../firmware/cloud/cloud.js";
import { httpsUplink } from "../../../firmware/cloud/https-uplink.js";
import { AWS_IOT_LIMITS } from "../../../firmware/cloud/limits.js";
import { mqttUplink } from "../../../firmware/cloud/mqtt-uplink.js";
import { topicsBelow } from "../../../firmware/cloud/topics.js";
import type { UplinkFactory } from "../../../firmware/cloud/uplink.js";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { webSocket } from "../../../firmware/ws/stream.js";
import { AwsEndpoint } from "../../../host-sim/cloud/broker/aws-endpoint.js";
import { Authorizer } from "../../../host-sim/cloud/onboarding/authorizer.js";
import { seededSigner } from "../../../host-sim/cloud/onboarding/signer.js";
import { iccidOf } from "../../../host-sim/world/sims.js";
import { CoreServer } from "../../support/core-stream.js";
import { ManualTime, settle } from "../http/fakes.js";
import { nowhere, WALL } from "./profile-means.js";

const ENDPOINT = "abc-ats.iot.eu-central-1.amazonaws.com";
const ICCID = iccidOf(1);

/** The endpoint, and an uplink that reaches it by a transport. @param spoil changes the user name */
function setUp(transport: Transport, factory: UplinkFactory, spoil = (username: string) => username) {
  const time = new ManualTime();
  time.wallAtStart = WALL;
  // The device has started a while ago: its first CONNECT need not wait.
  time.now = 1_000;
  const authorizer = new Authorizer({ signer: seededSigner("test") });
  const published: [string, string][] = [];
  const endpoint = new AwsEndpoint({
    authorizer,
    endpoint: ENDPOINT,
    onEvent: (event) => {
      if (event.type === "publish") published.push([event.topic, Buffer.from(event.payload).toString()]);
    },
  });
  const username = spoil(authorizer.mint(1, WALL));
  const token = tokenOf({ username, clientId: ICCID, endpoint: ENDPOINT }, undefined, WALL);
  const plan = planOf({ ...token, renewAt: token.expiresAt }, transport);
  const hello = { sourceAddress: "127.16.0.1", sni: ENDPOINT, alpn: plan.tls!.alpn };
  const server = new CoreServer(endpoint, hello, () => time.wall()!);
  const random = (into: Uint8Array) => into.fill(3);
  const stream = plan.ws ? webSocket(server.io, { ...plan.ws, host: plan.host }, random) : server.io;
  const journal = new RamJournal();
  const topics = topicsBelow(ICCID);
  const seen: string[] = [];
  const uplink = factory({
    stream,
    stack: { means: () => nowhere },
    plan,
    topics,
    journal,
    clock: time,
    timer: time,
    events: {
      onDelivered: (sequence) => seen.push(`delivered ${sequence}`),
      onRejected: (sequence, { code }) => seen.push(`rejected ${sequence} ${code}`),
      onRefused: ({ code }) => seen.push(`refused ${code}`),
      onMessage: (topic, payload) => seen.push(`message ${topic} ${Buffer.from(payload).toString()}`),
      onClosed: ({ code, advice }) => seen.push(`closed ${code} ${advice}`),
    },
  });
  journal.append(topics.telemetry, Buffer.from("one"));
  /** A second goes by in steps, and everybody does what is due. */
  const pass = async () => {
    for (let i = 0; i < 100; i++) {
      await settle();
      time.advance(10);
      server.poll();
    }
  };
  return { pass, uplink, seen, published, endpoint, server, topics, journal, time };
}

/** A factory of its own for each world: it remembers by the device's clock when the last CONNECT was. */
const mqtt: UplinkFactory = (parts) => mqttUplink({ limits: AWS_IOT_LIMITS, keepAliveS: 300 })(parts);
const https = (form: PublishForm) =>
  httpsUplink({ bridge: (credentials) => awsBridge(credentials, form), log: () => {} });

describe.each<[string, Transport, UplinkFactory]>([
  ["MQTT", "mqtt", mqtt],
  ["MQTT over WebSocket", "ws", mqtt],
])("%s", (_, transport, factory) => {
  test("publishes, and hears a command", async () => {
    const { uplink, seen, published, endpoint, server, topics, time, pass } = setUp(transport, factory);
    const opened = uplink.open();
    await pass();
    await opened;
    uplink.kick();
    await pass();
    expect(published).toEqual([[topics.telemetry, "one"]]);
    expect(seen).toEqual(["delivered 1"]);
    server.act(endpoint.publish(`${ICCID}/commands/x`, Buffer.from("ping"), 1, time.wall()!));
    await pass();
    expect(seen.at(-1)).toBe(`message ${ICCID}/commands/x ping`);
    const drained = uplink.finish();
    await pass();
    await drained;
    expect(server.open.size).toBe(0);
  });

  test("with a token that is refused fails for want of new credentials", async () => {
    const { uplink, pass } = setUp(transport, factory, (username) => `${username}x`);
    const opened = expect(uplink.open()).rejects.toMatchObject({ advice: "new-credentials" });
    await pass();
    await opened;
  });
});

describe.each<PublishForm>(["query", "headers", "1nce"])("HTTPS publish, form %s", (form) => {
  test("publishes", async () => {
    const { uplink, seen, published, topics, journal, server } = setUp("https", https(form));
    journal.append(topics.responses, Buffer.from("two"));
    await uplink.open();
    await settle();
    expect(published).toEqual([
      [topics.telemetry, "one"],
      [topics.responses, "two"],
    ]);
    expect(seen).toEqual(["delivered 1", "delivered 2"]);
    expect(server.open.size).toBe(0);
  });

  test("with a token that is refused asks for new credentials, and keeps the record", async () => {
    const { uplink, seen, journal } = setUp("https", https(form), (username) => `${username}x`);
    await uplink.open();
    await settle();
    expect(seen).toEqual(["closed publish-refused new-credentials"]);
    expect(journal.size).toBe(1);
  });
});
