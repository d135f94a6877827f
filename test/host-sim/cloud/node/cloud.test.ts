import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import mqtt, { type Packet } from "mqtt-packet";
import { CloudFaults } from "../../../../host-sim/cloud/faults.js";
import { type Cloud, type CloudEvent, startCloud } from "../../../../host-sim/cloud/node/cloud.js";
import { DEFAULT_SIM, iccidOf } from "../../../../host-sim/world/sims.js";
import { connectPacket } from "../probe.js";

const ICCID = iccidOf(DEFAULT_SIM);
const REQUEST =
  "GET /device-api/onboarding/mqtt/tokens HTTP/1.1\r\nHost: device.connectivity-suite.cloud\r\nAccept: text/csv\r\nConnection: close\r\n\r\n";

let cloud: Cloud;
const events: CloudEvent[] = [];
beforeAll(async () => {
  cloud = await startCloud({ faults: new CloudFaults(), onEvent: (event) => events.push(event) });
});
afterAll(() => cloud.close());

/** A verified TLS connection, or the error that Node gives for it. */
function dial(to: { host: string; port: number }, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, ...options }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function readAll(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    socket.on("data", (part) => parts.push(part));
    socket.on("end", () => resolve(Buffer.concat(parts).toString()));
    socket.on("error", reject);
  });
}

async function onboard(): Promise<string[]> {
  const socket = await dial(cloud.address, { servername: cloud.names.onboarding, ca: cloud.caPem });
  socket.write(REQUEST);
  const answer = await readAll(socket);
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  return body.slice(1, -1).split('","');
}

const toBroker = (ca: string): ConnectionOptions => ({ servername: cloud.names.endpoint, ALPNProtocols: ["mqtt"], ca });

test("onboarding's CSV leads to the broker: its root verifies the endpoint, its username is accepted, a command arrives", async () => {
  const [username, clientId, endpoint, url, root] = (await onboard()) as [string, string, string, string, string];
  expect([clientId, endpoint, url]).toEqual([
    ICCID,
    cloud.names.endpoint,
    "https://www.amazontrust.com/repository/AmazonRootCA1.pem",
  ]);
  const ca = root.replaceAll("\\n", "\n");
  const socket = await dial(cloud.address, toBroker(ca));
  expect(socket.alpnProtocol).toBe("mqtt");
  const parser = mqtt.parser();
  const waiting: ((packet: Packet) => void)[] = [];
  parser.on("packet", (packet) => waiting.shift()?.(packet));
  socket.on("data", (bytes) => parser.parse(bytes));
  const ask = (packet: Packet): Promise<Packet> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      socket.write(mqtt.generate(packet));
    });
  expect(await ask(connectPacket({ clientId, username }))).toMatchObject({ cmd: "connack", returnCode: 0 });
  const suback = await ask({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: `${ICCID}/commands/#`, qos: 1 }],
  });
  expect(suback).toMatchObject({ cmd: "suback", granted: [1] });
  const command = new Promise<Packet>((resolve) => waiting.push(resolve));
  cloud.sendCommand(ICCID, { id: "1", cmd: "ping" });
  expect(await command).toMatchObject({ cmd: "publish", payload: Buffer.from('{"id":"1","cmd":"ping"}') });
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["onboarding", "connect", "subscribe"]));
  socket.destroy();
});

describe("the handshake that Node's TLS client sees", () => {
  test.each<[string, string[], object, string]>([
    ["another ALPN", [], { ALPNProtocols: ["x-amzn-mqtt-ca"] }, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
    ["another SNI", [], { servername: "x.example" }, "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
    ["no SNI", [], { servername: "" }, "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"],
    ["the fault wrong-alpn", ["wrong-alpn"], {}, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"],
    ["the fault wrong-name", ["wrong-name"], {}, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["the fault expired-certificate", ["expired-certificate"], {}, "CERT_HAS_EXPIRED"],
    ["the fault early-certificate", ["early-certificate"], {}, "CERT_NOT_YET_VALID"],
    ["the fault wrong-ca", ["wrong-ca"], {}, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ])("with %s fails", async (_, faults, options, code) => {
    for (const fault of faults) cloud.faults.set(`${fault}*1`);
    const refused = dial(cloud.address, { ...toBroker(cloud.endpointCaPem), ...options });
    await expect(refused).rejects.toMatchObject({ code });
  });

  test("selects no ALPN under the fault wrong-alpn=none", async () => {
    cloud.faults.set("wrong-alpn=none*1");
    const socket = await dial(cloud.address, toBroker(cloud.endpointCaPem));
    expect(socket.alpnProtocol).toBe(false);
    socket.destroy();
  });

  test("passes without ALPN, yet to the HTTP front: a CONNECT gets no CONNACK", async () => {
    const socket = await dial(cloud.address, { ...toBroker(cloud.endpointCaPem), ALPNProtocols: undefined });
    expect(socket.alpnProtocol).toBe(false);
    socket.write(mqtt.generate(connectPacket({ clientId: ICCID })));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("does not pass with the other host's root", async () => {
    await expect(dial(cloud.address, toBroker(cloud.caPem))).rejects.toMatchObject({
      code: expect.stringMatching(/UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED/),
    });
  });

  test("ends for bytes that are no TLS", async () => {
    const socket = await import("node:net").then((net) => net.connect(cloud.address));
    socket.write("GET / HTTP/1.1\r\n\r\n");
    const bytes = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    expect(bytes).toEqual(Buffer.from([21, 3, 3, 0, 2, 2, 40]));
    socket.destroy();
  });
});

test("the root CA's URL can be followed, verified by the onboarding host's root", async () => {
  const url = new URL((await onboard())[3]!);
  const socket = await dial(cloud.address, { servername: url.hostname, ca: cloud.caPem });
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.hostname}\r\nConnection: close\r\n\r\n`);
  expect(await readAll(socket)).toContain(`\r\n\r\n${cloud.endpointCaPem}`);
  expect(cloud.nameTable.lookup(url.hostname, 443)).toEqual(cloud.address);
});

test("a client that still sends gets the whole of an answer that ends the connection", async () => {
  const socket = await dial(cloud.address, { servername: cloud.names.endpoint, ca: cloud.endpointCaPem });
  socket.write(`POST /topics/x HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n`);
  const answer = readAll(socket);
  for (let i = 0; i < 50; i++) socket.write(Buffer.alloc(16_384));
  expect(await answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"message":"Payload Too Large"/);
  socket.destroy();
});

test("a port in use is an error that says so", async () => {
  await expect(startCloud({ port: cloud.address.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
