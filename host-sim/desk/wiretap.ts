// Listens where the firmware hands its bytes to TLS and takes them from it, before any network can delay or lose
// them: the MQTT it speaks, plain or in a WebSocket, both ways, and what it publishes by HTTP; and at its UART. What
// is heard is as it was said, tokens included: whoever shows it takes the secrets out.

import type { BufferLike, SerialClass } from "../../firmware/platform/io.js";
import { bytesOf } from "../../firmware/platform/io.js";
import type { TlsClass, TlsOptions } from "../../firmware/platform/tls.js";
import { WsViolation as FrameViolation } from "../../firmware/ws/errors.js";
import { FrameReader } from "../../firmware/ws/frames.js";
import {
  type ClientPacket,
  MqttViolation,
  type OtherLevel,
  PacketReader,
  type ServerPacket,
} from "../cloud/broker/mqtt-wire.js";
import { OPCODE, WsReader, WsViolation } from "../cloud/broker/ws-frames.js";

const MAX_PAYLOAD = 128 * 1024;
const STATUS = /^HTTP\/1\.1 (\d{3}) /;
const SWITCHING = 101;
const CONNECT = 0x10;
const CONNACK = 0x20;
const HEAD_END = "\r\n\r\n";
const UPGRADE = /^GET [\s\S]*\r\nUpgrade: websocket\r\n/i;
const PUBLISH = /^POST \/topics\/([^? ]+)[\s\S]*\r\nContent-Length: (\d+)\r\n/i;
/** Bytes looked through for the CONNACK behind the head of an answer. */
const ANSWER_MAX = 4_096;

/** What a connection is dialled with. */
export interface Dial {
  /** Counted from 1, over all starts of the firmware. */
  connection: number;
  host: string;
  /** SNI. */
  serverName: string;
  /** Protocols offered by ALPN. */
  alpn: readonly string[];
  /** A server that selects none of them is refused. */
  requireAlpn: boolean;
}

/** Whoever listens, to as much as it wants to hear. Connections are numbered as `Dial` has it. */
export interface Listener {
  /** A connection is dialled. */
  dialled?: (dial: Dial) => void;
  /** A connection is no more: the firmware has closed it, or was told that it has ended. May be told twice. */
  ended?: (connection: number) => void;
  /** A whole packet was handed over. */
  packet?: (packet: ClientPacket | OtherLevel, bytes: Uint8Array, connection: number) => void;
  /** A whole packet came from the broker. */
  received?: (packet: ServerPacket, bytes: Uint8Array, connection: number) => void;
  /** Bytes of any connection, as they went. */
  stream?: (connection: number, direction: "up" | "down", bytes: Uint8Array) => void;
  /** Bytes to the modem and from it, as the firmware writes and reads them. Asked for as the firmware starts. */
  uart?: (direction: "up" | "down", bytes: Uint8Array) => void;
  /** A whole request to publish was handed over. */
  posts?: (topic: string, payload: Uint8Array) => void;
  /** A request to publish, or for a WebSocket, is answered with this status. */
  answered?: (status: number) => void;
  /** The broker has said whether it goes on with the session it had. */
  session?: (present: boolean) => void;
  /** What was handed over, or came where `received` hears it, is no MQTT. */
  violation?: (message: string) => void;
}

/** Whose line it is. */
export interface Tapped {
  /** Gives each connection its own number. */
  number(): number;
  /** False: the firmware is dead, and what it still hands over goes nowhere. */
  alive(): boolean;
}

/** A TLS class that tells what goes through it. */
export function tapped(TLS: TlsClass, listener: Listener, { number, alive }: Tapped): TlsClass {
  return class extends TLS {
    readonly #ear: Ear;
    readonly #number = number();

    constructor(options: TlsOptions) {
      const { host, secure } = options;
      super({
        ...options,
        onError: (error) => {
          listener.ended?.(this.#number);
          options.onError?.(error);
        },
      });
      const { serverName, applicationLayerProtocolNegotiation: alpn = [], requireAlpn = false } = secure;
      listener.dialled?.({ connection: this.#number, host, serverName, alpn, requireAlpn });
      this.#ear = new Ear(listener, this.#number);
    }

    override close(): void {
      super.close();
      listener.ended?.(this.#number);
    }

    override write(bytes: BufferLike): number {
      const room = super.write(bytes);
      if (!alive()) return room;
      const said = Buffer.from(bytesOf(bytes));
      listener.stream?.(this.#number, "up", said);
      this.#ear.said(said);
      return room;
    }

    override read(byteLength?: number): ArrayBuffer | undefined {
      const bytes = super.read(byteLength);
      if (bytes === undefined) return undefined;
      const heard = Buffer.from(bytes);
      listener.stream?.(this.#number, "down", heard);
      this.#ear.heard(heard);
      return bytes;
    }
  };
}

/** A serial class that tells what goes through it. */
export function tappedSerial(Serial: SerialClass, listener: Listener): SerialClass {
  if (listener.uart === undefined) return Serial;
  return class extends Serial {
    override write(bytes: BufferLike): number {
      listener.uart?.("up", bytesOf(bytes).slice());
      return super.write(bytes);
    }

    override read(byteLength?: number): ArrayBuffer | undefined {
      const bytes = super.read(byteLength);
      if (bytes !== undefined) listener.uart?.("down", new Uint8Array(bytes.slice(0)));
      return bytes;
    }
  };
}

/** One connection. */
class Ear {
  readonly #listener: Listener;
  readonly #connection: number;
  /** What carries the MQTT; undefined: it is not known yet; "other": this is none. */
  #kind: "mqtt" | "ws" | "http" | "other" | undefined;
  #head = Buffer.alloc(0);
  readonly #packets = new PacketReader(MAX_PAYLOAD);
  readonly #frames = new WsReader(MAX_PAYLOAD);
  readonly #answers: Answers | undefined;
  #post: { topic: string; length: number; body: Buffer } | undefined;
  #told = false;
  #answer: Buffer | undefined = Buffer.alloc(0);

  constructor(listener: Listener, connection: number) {
    this.#listener = listener;
    this.#connection = connection;
    if (listener.received) this.#answers = new Answers(listener, connection);
  }

  said(bytes: Buffer): void {
    this.#judged(() => {
      if (this.#kind === "mqtt") this.#mqtt(bytes);
      else if (this.#kind === "ws") this.#webSocket(bytes);
      else if (this.#kind === "http") this.#http(bytes);
      else if (this.#kind === undefined) this.#begin(bytes);
    });
  }

  heard(bytes: Buffer): void {
    const kind = this.#kind;
    if (kind === "mqtt" || kind === "ws") this.#judged(() => this.#answers?.heard(bytes, kind));
    if (this.#answer === undefined || this.#kind === undefined || this.#kind === "other") return;
    this.#answer = Buffer.concat([this.#answer, bytes]);
    if (this.#kind !== "mqtt" && !this.#accepted()) return;
    const from = this.#kind === "ws" ? this.#answer.indexOf(HEAD_END) + HEAD_END.length + 2 : 0;
    const connack = this.#answer.subarray(from, from + 4);
    const isThere = connack.length === 4 && (this.#kind === "mqtt" || this.#answer.includes(HEAD_END));
    if (isThere && connack[0] === CONNACK) this.#listener.session?.(connack[2] === 1);
    if (isThere || this.#answer.length > ANSWER_MAX) this.#answer = undefined;
  }

  #judged(listen: () => void): void {
    try {
      listen();
    } catch (error) {
      if (!(error instanceof MqttViolation || error instanceof WsViolation || error instanceof FrameViolation))
        throw error;
      this.#listener.violation?.(error.message);
    }
  }

  /** Whether the answer's head is there, and a WebSocket begins behind it. */
  #accepted(): boolean {
    const status = Number(STATUS.exec(this.#answer!.toString("latin1", 0, 16))?.[1]);
    if (Number.isNaN(status)) return false;
    if (!this.#told) this.#listener.answered?.(status);
    this.#told = true;
    if (status !== SWITCHING) this.#answer = undefined;
    return status === SWITCHING;
  }

  #begin(bytes: Buffer): void {
    this.#head = Buffer.concat([this.#head, bytes]);
    if (this.#head[0] === CONNECT) {
      this.#kind = "mqtt";
      this.#mqtt(this.#head);
      return;
    }
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#head.toString("latin1", 0, end + 2);
    const publish = PUBLISH.exec(head);
    this.#kind = UPGRADE.test(head) ? "ws" : publish ? "http" : "other";
    const behind = this.#head.subarray(end + HEAD_END.length);
    if (this.#kind === "ws") this.#webSocket(behind);
    else if (publish) {
      this.#post = { topic: decodeURIComponent(publish[1]!), length: Number(publish[2]), body: Buffer.alloc(0) };
      this.#http(behind);
    }
  }

  /** One request a connection. */
  #http(bytes: Uint8Array): void {
    if (this.#post === undefined) return;
    this.#post.body = Buffer.concat([this.#post.body, bytes]);
    const { topic, length, body } = this.#post;
    if (body.length < length) return;
    this.#post = undefined;
    this.#listener.posts?.(topic, body.subarray(0, length));
  }

  #webSocket(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
      if (frame.opcode === OPCODE.binary || frame.opcode === OPCODE.continuation) this.#mqtt(frame.payload);
    }
  }

  #mqtt(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    for (let next = this.#packets.whole(); next; next = this.#packets.whole()) {
      this.#listener.packet?.(next.packet, next.bytes, this.#connection);
    }
  }
}

/** What the broker says on one connection. */
class Answers {
  readonly #packets = new PacketReader(MAX_PAYLOAD, "server");
  readonly #frames = new FrameReader({ onData: (piece) => this.#mqtt(piece.slice()), onControl: () => {} });
  readonly #listener: Listener;
  readonly #connection: number;
  /** Of an answer to the request for a WebSocket, until it is there; frames come behind it. */
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(listener: Listener, connection: number) {
    this.#listener = listener;
    this.#connection = connection;
  }

  heard(bytes: Buffer, kind: "mqtt" | "ws"): void {
    if (kind === "mqtt") this.#mqtt(bytes);
    else if (this.#head === undefined) this.#frames.push(bytes);
    else {
      this.#head = Buffer.concat([this.#head, bytes]);
      const end = this.#head.indexOf(HEAD_END);
      // A refusal is followed by no frames, and ends the connection.
      if (end < 0 || Number(STATUS.exec(this.#head.toString("latin1", 0, 16))?.[1]) !== SWITCHING) return;
      const frames = this.#head.subarray(end + HEAD_END.length);
      this.#head = undefined;
      this.#frames.push(frames);
    }
  }

  #mqtt(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    for (let next = this.#packets.whole(); next; next = this.#packets.whole()) {
      this.#listener.received?.(next.packet, next.bytes, this.#connection);
    }
  }
}
