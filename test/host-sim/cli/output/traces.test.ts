// What --trace and --show make of bytes: lines for people, whole however the bytes come, and no secret in them.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import mqtt from "mqtt-packet";
import { HttpHeads } from "../../../../host-sim/cli/output/http-heads.js";
import { packetLine } from "../../../../host-sim/cli/output/mqtt-lines.js";
import { payloadText } from "../../../../host-sim/cli/output/payload.js";
import { PacketReader } from "../../../../host-sim/cloud/broker/mqtt-wire.js";

const REQUEST = [
  "POST /topics/898/telemetry?qos=1&x-amz-customauthorizer-signature=c2VjcmV0&token=s3cr3t&x=s3cr3t HTTP/1.1",
  "Host: a.iot.eu-central-1.amazonaws.com",
  "username: s3cr3t",
  "Authorization: Bearer s3cr3t",
  "Cookie: s3cr3t",
  "no field s3cr3t",
  "Content-Length: 6",
  "",
  "s3cr3t",
].join("\r\n");
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nSet-Cookie: s3cr3t\r\n\r\ns3cr3t";

/** Lines of bytes that come in pieces of these sizes. */
function linesOf(sides: readonly (readonly ["tx" | "rx", string])[], cuts: readonly number[]): string[] {
  const lines: string[] = [];
  const heads = new HttpHeads((direction, line) => lines.push(`${direction} ${line}`));
  for (const [direction, text] of sides) {
    const bytes = Buffer.from(text, "latin1");
    const at = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
    for (const [i, begin] of [0, ...at].entries()) heads.push(direction, bytes.subarray(begin, at[i] ?? bytes.length));
  }
  return lines;
}

describe("the heads of HTTP", () => {
  const whole = linesOf(
    [
      ["tx", REQUEST],
      ["rx", ANSWER],
    ],
    [],
  );

  test("show what is no secret, and nothing of a body", () => {
    expect(whole).toEqual([
      "tx POST /topics/898/telemetry?qos=1&x-amz-customauthorizer-signature=[…]&token=[…]&x=[…] HTTP/1.1",
      "tx Host: a.iot.eu-central-1.amazonaws.com",
      "tx username: […]",
      "tx Authorization: […]",
      "tx Cookie: […]",
      "tx […]",
      "tx Content-Length: 6",
      "rx HTTP/1.1 200 OK",
      "rx Content-Type: text/csv",
      "rx Set-Cookie: […]",
    ]);
  });

  test("are the same in whatever pieces they come", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 12 }), (cuts) => {
        expect(
          linesOf(
            [
              ["tx", REQUEST],
              ["rx", ANSWER],
            ],
            cuts,
          ),
        ).toEqual(whole);
      }),
    );
  });

  test("of a second request on the same connection are shown too", () => {
    const lines = linesOf(
      [
        ["tx", "GET /a HTTP/1.1\r\n\r\n"],
        ["rx", "HTTP/1.1 200 OK\r\n\r\nbody"],
        ["tx", "GET /b HTTP/1.1\r\n\r\n"],
        ["rx", "HTTP/1.1 404 Not Found\r\n\r\n"],
      ],
      [],
    );
    expect(lines).toEqual([
      "tx GET /a HTTP/1.1",
      "rx HTTP/1.1 200 OK",
      "tx GET /b HTTP/1.1",
      "rx HTTP/1.1 404 Not Found",
    ]);
  });

  test.each<[what: string, bytes: string]>([
    ["MQTT", "\x10\x20\x00\x04MQTT\x04\x02s3cr3t\r\n\r\n"],
    ["a head without an end", `GET /${"s3cr3t".repeat(10_000)}`],
    ["another method", "STEAL /s3cr3t HTTP/1.1\r\n\r\n"],
  ])("are not looked for in %s", (_what, bytes) => {
    expect(linesOf([["tx", bytes]], [3, 9])).toEqual([]);
  });
});

describe("a packet of MQTT in one line", () => {
  const decoded = (packet: mqtt.Packet, end: "client" | "server") => {
    const reader = new PacketReader(1_000, end);
    reader.push(mqtt.generate(packet));
    return packetLine(reader.next()!);
  };

  test.each<[mqtt.Packet, string]>([
    [
      {
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 4,
        clientId: "898",
        keepalive: 300,
        clean: true,
        username: "s3cr3t",
        password: Buffer.from("s3cr3t!"),
      },
      "CONNECT client id 898, keep-alive 300 s, clean session, user name 6 bytes […], password 7 bytes […]",
    ],
    [
      { cmd: "publish", topic: "898/telemetry", payload: "s3cr3t", qos: 1, messageId: 7, dup: true, retain: true },
      "PUBLISH #7 QoS 1 DUP retained 898/telemetry, 6 bytes",
    ],
    [
      { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "898/commands/#", qos: 1 }] },
      "SUBSCRIBE #1 898/commands/# QoS 1",
    ],
    [{ cmd: "puback", messageId: 7 }, "PUBACK #7"],
    [{ cmd: "pingreq" }, "PINGREQ"],
    [{ cmd: "disconnect" }, "DISCONNECT"],
  ])("%j", (packet, line) => expect(decoded(packet, "client")).toBe(line));

  test.each<[mqtt.Packet, string]>([
    [{ cmd: "connack", returnCode: 5, sessionPresent: false }, "CONNACK 5 not authorized"],
    [{ cmd: "connack", returnCode: 0, sessionPresent: true }, "CONNACK 0 accepted, session present"],
    [{ cmd: "suback", messageId: 1, granted: [128] }, "SUBACK #1 granted 128"],
    [{ cmd: "pingresp" }, "PINGRESP"],
  ])("%j", (packet, line) => expect(decoded(packet, "server")).toBe(line));
});

describe("a payload", () => {
  const SECRETS = new Set(["pin"]);
  test.each<[what: string, payload: string | Uint8Array, text: string]>([
    ["that is JSON is shown as it came", '{"seq": 1}', '{"seq": 1}'],
    ["that is no text is shown by its bytes", Uint8Array.of(0xff, 0, 1), "ff0001"],
    ["that is long and no text is shown by its begin", new Uint8Array(70).fill(0xee), `${"ee".repeat(64)} … 70 bytes`],
    ["with a secret setting", '{"cmd":"set","pin":"8365"}', '{"cmd":"set","pin":"[…]"}'],
    ["with one further below", '[{"a":{"pin":{"x":"8365"}}}]', '[{"a":{"pin":"[…]"}}]'],
    ["with a token", '{"jwt":"eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}', '{"jwt":"[token]"}'],
    ["with one, and broken", '{"pin":"8365"', "[…]"],
    ["compact records", Buffer.from("bf0001ff", "hex"), `{"seq":1}`],
  ])("%s", (_what, payload, text) => {
    expect(payloadText(typeof payload === "string" ? Buffer.from(payload) : payload, SECRETS)).toBe(text);
  });

  test("that is long is cut", () => {
    expect(payloadText(Buffer.from("x".repeat(5_000)), SECRETS).length).toBeLessThan(1_100);
  });
});
