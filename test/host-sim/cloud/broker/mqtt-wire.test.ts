import { describe, expect, test } from "@jest/globals";
import mqtt from "mqtt-packet";
import { MqttViolation, PacketReader } from "../../../../host-sim/cloud/broker/mqtt-wire.js";

function read(bytes: Uint8Array | string) {
  const reader = new PacketReader(1000);
  reader.push(typeof bytes === "string" ? Buffer.from(bytes, "hex") : bytes);
  return reader.next();
}

describe("a packet is refused for", () => {
  test.each([
    ["reserved flags of SUBSCRIBE", "8006000100016100"],
    ["QoS 3", "3604000161ff"],
    ["packet id 0", "8206000000016100"],
    ["a remaining length of five bytes", "30ffffffff01"],
    ["a remaining length over the limit", "30ffff7f"],
    ["ill-formed UTF-8 in a topic", "3005000361c328"],
    ["a surrogate in a topic", "30050003eda080"],
    ["bytes left over in PUBACK", "4003000100"],
    ["bytes left over in CONNECT", "100e00044d5154540402003c00016100"],
    ["the reserved bit of CONNECT", "100d00044d5154540403003c000161"],
    ["a password without a username", "101000044d5154540442003c00016100017a"],
    ["another protocol name", "100d00044d5154580402003c000161"],
    ["a field that is longer than the packet", "100d00044d5154540402003c000961"],
    ["a packet of a server", "20020000"],
    ["wrong flags of PUBREL", "60020001"],
    ["an empty PINGREQ that is not empty", "c00100"],
  ])("%s", (_, hex) => {
    expect(() => read(hex)).toThrow(MqttViolation);
  });
});

test("a CONNECT of another level is told apart from a malformed one", () => {
  expect(read("100d00044d5154540302003c000161")).toEqual({ cmd: "other-level" });
  expect(read(mqtt.generate({ cmd: "connect", protocolVersion: 5, clientId: "a", clean: true, keepalive: 0 }))).toEqual(
    { cmd: "other-level" },
  );
});

test("a remaining length in more bytes than it needs is understood", () => {
  expect(read("c08000")).toMatchObject({ cmd: "pingreq" });
});

test("a CONNECT with all its fields survives", () => {
  const packet = {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: false,
    keepalive: 65_535,
    clientId: "c".repeat(128),
    username: "u".repeat(1060),
    password: Buffer.from([0, 255]),
    will: { topic: "t", payload: Buffer.alloc(0), qos: 1, retain: true },
  } as const;
  expect(read(mqtt.generate(packet))).toMatchObject({
    clientId: packet.clientId,
    username: packet.username,
    will: { qos: 1 },
  });
});
