// MQTT 3.1.1 packets out of bytes and back, by mqtt-packet. It is lax where a server must not be, so packets are cut out of
// the stream here, within a limit, and what it decoded is compared with what was received.

import mqtt, { type IConnectPacket, type Packet } from "mqtt-packet";

// Its cache of numbers is 65,536 buffers made at the first packet: memory and a pause for nothing.
mqtt.writeToStream.cacheNumbers = false;

export type ClientPacket = Extract<
  Packet,
  {
    cmd:
      | "connect"
      | "publish"
      | "puback"
      | "pubrec"
      | "pubrel"
      | "pubcomp"
      | "subscribe"
      | "unsubscribe"
      | "pingreq"
      | "disconnect";
  }
>;

/** What a broker sends. */
export type ServerPacket = Extract<
  Packet,
  {
    cmd: "connack" | "publish" | "puback" | "pubrec" | "pubrel" | "pubcomp" | "suback" | "unsuback" | "pingresp";
  }
>;

/** A CONNECT of another protocol level than 3.1.1's; it deserves CONNACK 1 (MQTT 3.1.1 §3.1.2.2). */
export interface OtherLevel {
  cmd: "other-level";
}

/** Bytes that break MQTT 3.1.1: the connection must end (§4.8). */
export class MqttViolation extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MqttViolation";
  }
}

const MAX_FIXED_HEADER_BYTES = 5;
const CONNECT = 0x10;
const PROTOCOL_LEVEL_3_1_1 = 4;
/** Room for what a packet holds besides its payload: topic, packet id; or a CONNECT's fields without the will. */
const HEADROOM_BYTES = 8 * 1024;
const ACKS = ["puback", "pubrec", "pubrel", "pubcomp"];
const WITH_PACKET_ID = new Set([...ACKS, "subscribe", "unsubscribe", "suback", "unsuback"]);
const FROM = {
  client: new Set([...ACKS, "publish", "connect", "subscribe", "unsubscribe", "pingreq", "disconnect"]),
  server: new Set([...ACKS, "publish", "connack", "suback", "unsuback", "pingresp"]),
};

/** What each end of a connection sends. */
interface Packets {
  client: ClientPacket | OtherLevel;
  server: ServerPacket;
}

/** Takes the bytes of one connection, as one end of it sends them. */
export class PacketReader<End extends keyof Packets = "client"> {
  readonly #limit: number;
  readonly #end: keyof Packets;
  readonly #parser = mqtt.parser({ protocolVersion: PROTOCOL_LEVEL_3_1_1 });
  #chunks: Uint8Array[] = [];
  #length = 0;
  #needed = 2;
  #parsed: Packet | undefined;
  #error: Error | undefined;

  /**
   * @param maxPayloadBytes longest payload of a PUBLISH
   * @param end who sends; the client when left out
   */
  constructor(maxPayloadBytes: number, end?: End) {
    this.#limit = maxPayloadBytes + HEADROOM_BYTES;
    this.#end = end ?? "client";
    this.#parser.on("packet", (packet) => {
      this.#parsed = packet;
    });
    this.#parser.on("error", (error) => {
      this.#error = error;
    });
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /**
   * The next whole packet, or undefined: more bytes are needed.
   * @throws MqttViolation
   */
  next(): Packets[End] | undefined {
    return this.whole()?.packet;
  }

  /** The same with the bytes that it was. @throws MqttViolation */
  whole(): { packet: Packets[End]; bytes: Uint8Array } | undefined {
    if (this.#length < this.#needed) return undefined;
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    const size = frameSize(bytes, this.#limit);
    if (size === undefined || bytes.length < size.header + size.body) {
      this.#chunks = [bytes];
      this.#needed = size === undefined ? this.#length + 1 : size.header + size.body;
      return undefined;
    }
    const length = size.header + size.body;
    this.#chunks = bytes.length > length ? [bytes.subarray(length)] : [];
    this.#length -= length;
    this.#needed = 2;
    const frame = Buffer.from(bytes.subarray(0, length));
    return { packet: this.#decode(frame, size.header) as Packets[End], bytes: frame };
  }

  #decode(frame: Buffer, header: number): Packets[keyof Packets] {
    if (isOtherLevel(frame, header)) return { cmd: "other-level" };
    this.#parsed = undefined;
    this.#parser.parse(frame);
    if (this.#error !== undefined) throw new MqttViolation(this.#error.message);
    const packet = this.#parsed as Packet | undefined;
    if (packet === undefined) throw new MqttViolation("a packet whose fields do not fill it");
    if (!FROM[this.#end].has(packet.cmd))
      throw new MqttViolation(`a ${this.#end} may not send ${packet.cmd.toUpperCase()}`);
    checkPacketId(packet);
    checkAgainstBytes(packet, frame, header);
    return packet as Packets[keyof Packets];
  }
}

/** Bytes of a packet. */
export function packetBytes(packet: Packet): Uint8Array {
  return mqtt.generate(packet);
}

/** Lengths of the fixed header and of the rest (§2.2.3); undefined: more bytes are needed. */
function frameSize(bytes: Uint8Array, limit: number): { header: number; body: number } | undefined {
  let body = 0;
  for (let i = 1; i < MAX_FIXED_HEADER_BYTES; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    body += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) {
      if (body > limit) throw new MqttViolation(`a packet of ${body} bytes is over the limit of ${limit}`);
      return { header: i + 1, body };
    }
  }
  throw new MqttViolation("a remaining length of more than four bytes");
}

function isOtherLevel(frame: Buffer, header: number): boolean {
  const level = frame[header + 6];
  return (
    frame[0] === CONNECT &&
    frame.toString("latin1", header, header + 6) === "\0\x04MQTT" &&
    level !== undefined &&
    level !== PROTOCOL_LEVEL_3_1_1
  );
}

/** A packet id that is needed is not 0 (MQTT-2.3.1-1). */
function checkPacketId(packet: Packet): void {
  const needed = WITH_PACKET_ID.has(packet.cmd) || (packet.cmd === "publish" && packet.qos > 0);
  if (needed && !(packet.messageId! > 0)) throw new MqttViolation("packet id 0");
}

/**
 * Ill-formed UTF-8, left-over bytes and reserved bits do not survive decoding: encoded again, the packet differs.
 * A PUBLISH is compared without its payload, which has no form to check.
 */
function checkAgainstBytes(packet: Packet, frame: Buffer, header: number): void {
  if (packet.cmd === "connect" && isEmptyIdWithSession(packet)) return;
  const bare = packet.cmd === "publish" ? { ...packet, payload: "" } : packet;
  let again: Buffer;
  try {
    again = mqtt.generate(bare);
  } catch (error) {
    throw new MqttViolation((error as Error).message);
  }
  const body = again.subarray(again.length - bodyLengthOf(again));
  const received = packet.cmd === "publish" ? frame.subarray(header, header + body.length) : frame.subarray(header);
  if (again[0] !== frame[0] || !body.equals(received))
    throw new MqttViolation(`a malformed ${packet.cmd.toUpperCase()}`);
}

/**
 * An empty client id with CleanSession=0 is well-formed but refused with CONNACK 2 (MQTT-3.1.3-8); mqtt-packet cannot
 * encode it.
 */
function isEmptyIdWithSession(packet: IConnectPacket): boolean {
  return packet.clientId === "" && packet.clean === false;
}

function bodyLengthOf(frame: Uint8Array): number {
  return frameSize(frame, Number.POSITIVE_INFINITY)!.body;
}
