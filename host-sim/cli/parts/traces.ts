// Listens to a run where its layers meet: MQTT packets and payloads at the uplink, above TLS and WebSocket, and HTTP above TLS.
// What is heard is passed on as it is.

import type { CloudParts } from "../../../firmware/cloud/cloud.js";
import type { BoundStream } from "../../../firmware/cloud/connect.js";
import type { Journal } from "../../../firmware/mqtt/journal.js";
import { type BufferLike, bytesOf } from "../../../firmware/platform/io.js";
import type { TlsClass } from "../../../firmware/platform/tls.js";
import { MqttViolation, PacketReader } from "../../cloud/broker/mqtt-wire.js";
import { tapped } from "../../desk/wiretap.js";
import { HttpHeads } from "../output/http-heads.js";
import { packetLine } from "../output/mqtt-lines.js";

type Direction = "tx" | "rx";
type Tell = (direction: Direction, line: string) => void;
/** Told of each message that the device makes or gets. */
export type Message = (direction: Direction, topic: string, payload: Uint8Array) => void;

const MAX_PAYLOAD = 128 * 1024;

/** A cloud's parts that tell of each MQTT packet of theirs. */
export function tracingMqtt(parts: CloudParts, tell: Tell): CloudParts {
  return { ...parts, uplink: (given) => parts.uplink({ ...given, stream: heard(given.stream, tell) }) };
}

/** A cloud's parts that tell of each message from the cloud. */
export function tellingMessages(parts: CloudParts, message: Message): CloudParts {
  return {
    ...parts,
    uplink: ({ events, ...given }) =>
      parts.uplink({
        ...given,
        events: {
          onDelivered: (...record) => events.onDelivered(...record),
          onRejected: (...record) => events.onRejected(...record),
          onRefused: (failure) => events.onRefused(failure),
          onClosed: (failure) => events.onClosed(failure),
          onMessage: (topic, payload, retained) => {
            message("rx", topic, payload);
            events.onMessage(topic, payload, retained);
          },
        },
      }),
  };
}

/** A journal that tells of each record as it is made. */
export function tellingJournal(journal: Journal, message: Message): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      if (name === "append")
        return (topic: string, payload: Uint8Array, ...rest: []) => {
          message("tx", topic, payload);
          return target.append(topic, payload, ...rest);
        };
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function heard(Stream: BoundStream, tell: Tell): BoundStream {
  return class extends Stream {
    readonly #said = new Packets("client", (line) => tell("tx", line));
    readonly #heard = new Packets("server", (line) => tell("rx", line));

    override write(bytes: BufferLike): number {
      this.#said.push(bytesOf(bytes).slice());
      return super.write(bytes);
    }

    override read(byteLength?: number): ArrayBuffer | undefined {
      const bytes = super.read(byteLength);
      if (bytes !== undefined) this.#heard.push(new Uint8Array(bytes.slice(0)));
      return bytes;
    }
  };
}

/** Packets of one direction, until what comes is no MQTT: HTTPS publishes by the same way. */
class Packets {
  readonly #reader: PacketReader<"client" | "server">;
  readonly #tell: (line: string) => void;
  #lost = false;

  constructor(end: "client" | "server", tell: (line: string) => void) {
    this.#reader = new PacketReader(MAX_PAYLOAD, end);
    this.#tell = tell;
  }

  push(bytes: Uint8Array): void {
    if (this.#lost) return;
    try {
      this.#reader.push(bytes);
      for (let next = this.#reader.next(); next; next = this.#reader.next()) this.#tell(packetLine(next));
    } catch (error) {
      if (!(error instanceof MqttViolation)) throw error;
      this.#lost = true;
    }
  }
}

/** A TLS class that tells the heads of what goes through it by HTTP. */
export function tracingHttp(TLS: TlsClass, tell: Tell): TlsClass {
  const connections = new Map<number, HttpHeads>();
  let count = 0;
  return tapped(
    TLS,
    {
      dialled: ({ connection }) => connections.set(connection, new HttpHeads(tell)),
      stream: (connection, direction, bytes) =>
        connections.get(connection)?.push(direction === "up" ? "tx" : "rx", bytes),
      ended: (connection) => connections.delete(connection),
    },
    { number: () => ++count, alive: () => true },
  );
}
