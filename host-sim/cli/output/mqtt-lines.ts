// What `--trace mqtt` shows of a packet: one line, without the secrets that a CONNECT bears and without payloads.

import type { ClientPacket, OtherLevel, ServerPacket } from "../../cloud/broker/mqtt-wire.js";

type Any = ClientPacket | ServerPacket | OtherLevel;
type Named<C extends Any["cmd"]> = Extract<Any, { cmd: C }>;

/** Return codes of CONNACK (MQTT 3.1.1 §3.2.2.3). */
const CONNACK = [
  "accepted",
  "unacceptable protocol level",
  "client id rejected",
  "server unavailable",
  "bad user name or password",
  "not authorized",
];

const hidden = (name: string, value: string | Uint8Array | undefined) =>
  value === undefined ? "" : `, ${name} ${Buffer.byteLength(value)} bytes […]`;

const TEXTS: { readonly [C in Any["cmd"]]?: (packet: Named<C>) => string } = {
  connect: ({ clientId, keepalive, clean, username, password, will }) =>
    `client id ${clientId}, keep-alive ${keepalive} s, ${clean ? "clean session" : "persistent session"}` +
    hidden("user name", username) +
    hidden("password", password) +
    (will === undefined ? "" : `, will on ${will.topic}`),
  connack: ({ returnCode = 0, sessionPresent }) =>
    `${returnCode} ${CONNACK[returnCode] ?? ""}${sessionPresent ? ", session present" : ""}`,
  publish: ({ topic, payload, qos, dup, retain }) =>
    `QoS ${qos}${dup ? " DUP" : ""}${retain ? " retained" : ""} ${topic}, ${Buffer.byteLength(payload)} bytes`,
  subscribe: ({ subscriptions }) => subscriptions.map(({ topic, qos }) => `${topic} QoS ${qos}`).join(", "),
  suback: ({ granted }) => `granted ${granted.join(", ")}`,
  unsubscribe: ({ unsubscriptions }) => unsubscriptions.join(", "),
};

/** The packet as MQTT's standard calls it, its number, and what it says. */
export function packetLine(packet: Any): string {
  const text = (TEXTS[packet.cmd] as ((packet: Any) => string) | undefined)?.(packet) ?? "";
  const number = "messageId" in packet && packet.messageId !== undefined ? ` #${packet.messageId}` : "";
  return `${packet.cmd.toUpperCase()}${number} ${text}`.trimEnd();
}
