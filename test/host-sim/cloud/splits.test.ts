// Any split of what a client sends gives the same events and the same answers.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import mqtt from "mqtt-packet";
import { AwsBroker } from "../../../host-sim/cloud/broker/aws-broker.js";
import type { BrokerEvent } from "../../../host-sim/cloud/broker/events.js";
import { MqttViolation, PacketReader } from "../../../host-sim/cloud/broker/mqtt-wire.js";
import { HttpRequestError, HttpRequestParser } from "../../../host-sim/cloud/http/request.js";
import { ClientHelloError, readClientHello } from "../../../host-sim/cloud/node/client-hello.js";
import { Authorizer } from "../../../host-sim/cloud/onboarding/authorizer.js";
import { seededSigner } from "../../../host-sim/cloud/onboarding/signer.js";
import { iccidOf } from "../../../host-sim/world/sims.js";
import { connectPacket, Probe } from "./probe.js";

const ICCID = iccidOf(1);

/** Cuts bytes at some places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length)).filter((piece) => piece.length > 0);
}

const PLACES = fc.array(fc.nat({ max: 5000 }), { maxLength: 40 });

test("of an MQTT session", () => {
  const talk = Buffer.concat([
    mqtt.generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: `${ICCID}/#`, qos: 1 }] }),
    mqtt.generate({
      cmd: "publish",
      topic: `${ICCID}/a`,
      payload: "x".repeat(300),
      qos: 1,
      dup: false,
      retain: false,
      messageId: 2,
    }),
    mqtt.generate({ cmd: "pingreq" }),
    mqtt.generate({ cmd: "publish", topic: `${ICCID}/b`, payload: "", qos: 0, dup: false, retain: false }),
    mqtt.generate({ cmd: "puback", messageId: 1 }),
    mqtt.generate({ cmd: "unsubscribe", messageId: 3, unsubscriptions: [`${ICCID}/#`] }),
    mqtt.generate({ cmd: "disconnect" }),
  ]);
  const run = (places: readonly number[]) => {
    const events: BrokerEvent[] = [];
    const authorizer = new Authorizer({ signer: seededSigner("x") });
    const probe = new Probe(new AwsBroker({ authorizer, endpoint: "e", onEvent: (event) => events.push(event) }));
    const peer = probe.connect();
    const connect = mqtt.generate(connectPacket({ clientId: ICCID, username: authorizer.mint(1, probe.now) }));
    for (const piece of cut(connect, places)) peer.send(piece);
    probe.pass(60);
    for (const piece of cut(talk, places)) peer.send(piece);
    return { events, bytes: peer.bytes.toString("hex"), closed: peer.closed };
  };
  const whole = run([]);
  expect(whole.events.map(({ type }) => type)).toEqual([
    "connect",
    "subscribe",
    "publish",
    "publish",
    "delivered",
    "unsubscribe",
    "close",
  ]);
  fc.assert(
    fc.property(PLACES, (places) => expect(run(places)).toEqual(whole)),
    { numRuns: 100 },
  );
});

test("of HTTP requests", () => {
  const bytes = Buffer.from(
    "POST /topics/a%2Fb?qos=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nX-Y:  spaced \r\n\r\nhello world" +
      "GET / HTTP/1.0\r\n\r\n",
  );
  const run = (places: readonly number[]) => {
    const parser = new HttpRequestParser(1000);
    const requests = [];
    for (const piece of cut(bytes, places)) {
      parser.push(piece);
      for (let request = parser.next(); request !== undefined; request = parser.next()) requests.push(request);
    }
    return requests.map(({ body, headers, ...rest }) => ({
      ...rest,
      headers: [...headers],
      body: Buffer.from(body).toString(),
    }));
  };
  const whole = run([]);
  expect(whole).toMatchObject([
    { method: "POST", path: "/topics/a%2Fb", query: "qos=1", body: "hello world", keepAlive: true },
    { method: "GET", path: "/", query: "", keepAlive: false },
  ]);
  expect(whole[0]!.headers).toContainEqual(["x-y", "spaced"]);
  fc.assert(
    fc.property(PLACES, (places) => expect(run(places)).toEqual(whole)),
    { numRuns: 200 },
  );
});

test("no bytes make the parsers throw anything but their own errors", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const own = (act: () => unknown, kind: new (...args: never[]) => Error) => {
        try {
          act();
        } catch (error) {
          expect(error).toBeInstanceOf(kind);
        }
      };
      const reader = new PacketReader(1000);
      reader.push(bytes);
      own(() => {
        while (reader.next() !== undefined);
      }, MqttViolation);
      const parser = new HttpRequestParser(1000);
      parser.push(bytes);
      own(() => parser.next(), HttpRequestError);
      own(
        () => readClientHello(Buffer.concat([Buffer.from([22, 3, 1, 0, bytes.length, 1, 0, 0, bytes.length]), bytes])),
        ClientHelloError,
      );
    }),
    { numRuns: 1000 },
  );
});
