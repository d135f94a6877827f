import { connect, type TLSSocket } from "node:tls";
import { afterEach, expect, test } from "@jest/globals";
import mqtt, { type Packet } from "mqtt-packet";
import { registeredKey } from "../../../../host-sim/cloud/broker/jwt-verify.js";
import { DeviceRegistry } from "../../../../host-sim/cloud/google/device-registry.js";
import { BRIDGE_HOSTS, JWT_BROKER_HOST } from "../../../../host-sim/cloud/names.js";
import { startBridge, startJwtBroker } from "../../../../host-sim/cloud/node/bridge.js";
import { connectPacket } from "../probe.js";
import { makeKeys, sign } from "../tokens.js";

const ID = "device-1";
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const claims = () => {
  const now = Math.floor(Date.now() / 1000);
  return { iat: now, exp: now + 3600, aud: "my-project" };
};

function dial(to: { host: string; port: number }, servername: string, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, servername, ca }, () => resolve(socket));
    socket.once("error", reject);
  });
}

function ask(socket: TLSSocket, packet: Packet): Promise<Packet> {
  const parser = mqtt.parser();
  socket.write(mqtt.generate(packet));
  return new Promise((resolve) => {
    parser.once("packet", resolve);
    socket.once("data", (bytes) => parser.parse(bytes));
  });
}

async function bridge(flavour: "google" | "clearblade") {
  const keys = await makeKeys("ES256");
  const registry = new DeviceRegistry({ project: "my-project", location: "us-central1", registry: "reg" });
  registry.add(ID, [keys.publicPem]);
  const cloud = await startBridge({ flavour, registry, systemKey: "sk" });
  closers.push(cloud.close);
  return { cloud, keys, registry };
}

test.each(["google", "clearblade"] as const)("%s: CONNECT, and HTTP under the other name", async (flavour) => {
  const { cloud, keys, registry } = await bridge(flavour);
  const { mqtt: names, https } = BRIDGE_HOSTS[flavour];
  for (const name of names) {
    expect(cloud.nameTable.lookup(name, 8883)).toEqual(cloud.address);
    const socket = await dial(cloud.address, name, cloud.caPem);
    const password = Buffer.from(await sign(keys, claims()));
    const packet = connectPacket({ clientId: registry.nameOf(ID), username: "unused", password });
    expect(await ask(socket, packet)).toMatchObject({ cmd: "connack", returnCode: 0 });
    socket.destroy();
  }
  const socket = await dial(cloud.address, https, cloud.caPem);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(String(await new Promise((resolve) => socket.once("data", resolve)))).toMatch(/^HTTP\/1\.1 404 /);
  socket.destroy();
});

test("a plain broker takes a JWT", async () => {
  const keys = await makeKeys("RS256");
  const cloud = await startJwtBroker({ rules: { from: "username", keys: [registeredKey(keys.publicPem)] } });
  closers.push(cloud.close);
  const socket = await dial(cloud.address, JWT_BROKER_HOST, cloud.caPem);
  const packet = connectPacket({ clientId: "c", username: await sign(keys, claims()) });
  expect(await ask(socket, packet)).toMatchObject({ cmd: "connack", returnCode: 0 });
  socket.destroy();
});
