// Listens where the firmware hands its bytes to TLS and takes them from it: what MQTT it speaks, plain or in a WebSocket,
// and what it publishes by HTTP, before any network can delay or lose it.

import type { BufferLike } from "../../firmware/platform/io.js";
import { bytesOf } from "../../firmware/platform/io.js";
import type { TlsClass, TlsOptions } from "../../firmware/platform/tls.js";
import { type ClientPacket, MqttViolation, type OtherLevel, PacketReader } from "../cloud/broker/mqtt-wire.js";
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

export interface Listener {
  /** A connection is dialled. */
  dialled(host: string): void;
  /** A whole packet was handed over. */
  packet(packet: ClientPacket | OtherLevel): void;
  /** A whole request to publish was handed over. */
  posts(topic: string, payload: Uint8Array): void;
  /** A request to publish, or for a WebSocket, is answered with this status. */
  answered(status: number): void;
  /** The broker has said whether it goes on with the session it had. */
  session(present: boolean): void;
  /** What was handed over is no MQTT. */
  violation(message: string): void;
}

/** A TLS class that tells what goes through it. */
export function tapped(TLS: TlsClass, listener: Listener): TlsClass {
  return class extends TLS {
    readonly #ear: Ear;

    constructor(options: TlsOptions) {
      super(options);
      listener.dialled(options.host);
      this.#ear = new Ear(listener);
    }

    override write(bytes: BufferLike): number {
      const room = super.write(bytes);
      this.#ear.said(Buffer.from(bytesOf(bytes)));
      return room;
    }

    override read(byteLength?: number): ArrayBuffer | undefined {
      const bytes = super.read(byteLength);
      if (bytes !== undefined) this.#ear.heard(bytes);
      return bytes;
    }
  };
}

/** One connection. */
class Ear {
  readonly #listener: Listener;
  /** What carries the MQTT; undefined: it is not known yet; "other": this is none. */
  #kind: "mqtt" | "ws" | "http" | "other" | undefined;
  #head = Buffer.alloc(0);
  readonly #packets = new PacketReader(MAX_PAYLOAD);
  readonly #frames = new WsReader(MAX_PAYLOAD);
  #post: { topic: string; length: number; body: Buffer } | undefined;
  #told = false;
  #answer: Buffer | undefined = Buffer.alloc(0);

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  said(bytes: Buffer): void {
    try {
      if (this.#kind === "mqtt") this.#mqtt(bytes);
      else if (this.#kind === "ws") this.#webSocket(bytes);
      else if (this.#kind === "http") this.#http(bytes);
      else if (this.#kind === undefined) this.#begin(bytes);
    } catch (error) {
      if (!(error instanceof MqttViolation || error instanceof WsViolation)) throw error;
      this.#listener.violation(error.message);
    }
  }

  heard(bytes: ArrayBuffer): void {
    if (this.#answer === undefined || this.#kind === undefined || this.#kind === "other") return;
    this.#answer = Buffer.concat([this.#answer, Buffer.from(bytes)]);
    if (this.#kind !== "mqtt" && !this.#accepted()) return;
    const from = this.#kind === "ws" ? this.#answer.indexOf(HEAD_END) + HEAD_END.length + 2 : 0;
    const connack = this.#answer.subarray(from, from + 4);
    const isThere = connack.length === 4 && (this.#kind === "mqtt" || this.#answer.includes(HEAD_END));
    if (isThere && connack[0] === CONNACK) this.#listener.session(connack[2] === 1);
    if (isThere || this.#answer.length > ANSWER_MAX) this.#answer = undefined;
  }

  /** Whether the answer's head is there, and a WebSocket begins behind it. */
  #accepted(): boolean {
    const status = Number(STATUS.exec(this.#answer!.toString("latin1", 0, 16))?.[1]);
    if (Number.isNaN(status)) return false;
    if (!this.#told) this.#listener.answered(status);
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
    this.#listener.posts(topic, body.subarray(0, length));
  }

  #webSocket(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
      if (frame.opcode === OPCODE.binary || frame.opcode === OPCODE.continuation) this.#mqtt(frame.payload);
    }
  }

  #mqtt(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    for (let packet = this.#packets.next(); packet; packet = this.#packets.next()) {
      this.#listener.packet(packet);
    }
  }
}
