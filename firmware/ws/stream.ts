// A WebSocket as an ECMA-419 byte stream over another one: written bytes go out as binary messages, and the payload of
// those that arrive is what is read. Rules: a ping is answered; a close frame is answered and is the stream's orderly end,
// and what comes behind it is nothing; a peer that breaks the standard is told why before the connection ends.

import type { HttpLimits } from "../http/response.js";
import { ResponseParser } from "../http/response.js";
import type { Clock } from "../platform/clock.js";
import { Failure } from "../platform/failure.js";
import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../platform/io.js";
import type { Random } from "../platform/system.js";
import { NORMAL, TOO_BIG, WsError, WsViolation } from "./errors.js";
import { BINARY, CLOSE, CONTROL_LIMIT, closeStatus, encodeFrame, FrameReader, OVERHEAD, PING, PONG } from "./frames.js";
import { checkUpgrade, encodeUpgrade, newKey, type WsTarget } from "./handshake.js";

/** Byte stream class whose destination is bound. */
type StreamClass = new (callbacks: StreamCallbacks) => ByteStream;

/** Payload that may wait to be read, in bytes: a consumer reads it all as it is told. */
export const UNREAD_LIMIT = 65_536;
/** Room kept back for our close frame, and for the answer to a ping before it, in bytes. */
const CLOSE_ROOM = OVERHEAD + 2;
const RESERVE = OVERHEAD + CONTROL_LIMIT + CLOSE_ROOM;
const UPGRADE_LIMITS: Partial<HttpLimits> = { body: 4096 };

/**
 * The WebSocket class for a target over `io`. Each `new` connects and upgrades; `onWritable` comes once that is done.
 * @param clock for a refusal that names a date to come back at; without one, such a date is passed over
 */
export function webSocket(
  io: StreamClass,
  target: WsTarget,
  random: Random,
  clock?: Pick<Clock, "wall"> | undefined,
): StreamClass {
  return class extends WebSocketStream {
    constructor(callbacks: StreamCallbacks) {
      super(callbacks, io, target, random, clock);
    }
  };
}

class WebSocketStream implements ByteStream {
  readonly #callbacks: StreamCallbacks;
  readonly #random: Random;
  readonly #stream: ByteStream;
  readonly #key: string;
  readonly #protocol: string;
  #request: Uint8Array;
  readonly #response: ResponseParser;
  readonly #frames: FrameReader;
  #upgraded = false;
  #ended = false;
  /** Bytes that the stream below takes now. */
  #room = 0;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  /** The answer to the latest ping, while there is no room for it (§5.5.3). */
  #pong: Uint8Array | undefined;
  /** Why nothing more is read: told once what came before was offered. */
  #end: Error | undefined;
  /** Status for our close frame: the peer's, which we answer, or that of its fault. */
  #closing: Uint8Array | undefined;

  constructor(
    callbacks: StreamCallbacks,
    io: StreamClass,
    target: WsTarget,
    random: Random,
    clock: Pick<Clock, "wall"> | undefined,
  ) {
    this.#callbacks = callbacks;
    this.#random = random;
    this.#key = newKey(random);
    this.#protocol = target.protocol;
    this.#request = encodeUpgrade(target, this.#key);
    this.#response = new ResponseParser(
      { onHead: (head) => checkUpgrade(head, this.#key, this.#protocol, clock?.wall()) },
      { upgrade: true, limits: UPGRADE_LIMITS },
    );
    this.#frames = new FrameReader({
      onData: (piece) => this.data(piece),
      onControl: (opcode, payload) => this.control(opcode, payload),
    });
    this.#stream = new io({
      onReadable: () => this.guard(() => this.readable()),
      onWritable: (count) => this.guard(() => this.writable(count)),
      onError: (error) => this.guard(() => this.fail(error ?? new Failure("closed", "closed by the peer", "retry"))),
    });
  }

  get format(): string {
    return "buffer";
  }
  set format(format: string) {
    if (format !== "buffer") throw new RangeError("only the buffer format");
  }

  read(byteLength = Number.POSITIVE_INFINITY): ArrayBuffer | undefined {
    const length = Math.min(byteLength, this.#unreadBytes);
    if (length <= 0) return undefined;
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const first = this.#unread[0]!;
      const piece = first.subarray(0, length - at);
      bytes.set(piece, at);
      at += piece.length;
      if (piece.length === first.length) this.#unread.shift();
      else this.#unread[0] = first.subarray(piece.length);
    }
    this.#unreadBytes -= length;
    return bytes.buffer;
  }

  write(bytes: BufferLike): number {
    const payload = bytesOf(bytes);
    if (payload.length > this.payloadRoom()) throw new WsError("ws-usage", "more bytes than there is room for");
    if (payload.length > 0) this.#room = this.#stream.write(this.frame(BINARY, payload));
    return this.payloadRoom();
  }

  /** Ends it at once; if there is room, the peer is told by a close frame (RFC 6455 §7.1.2). */
  close(): void {
    if (!this.#ended) this.finish(this.#closing ?? statusBytes(NORMAL));
  }

  /** Runs a callback's work; what it throws is the stream's end. */
  private guard(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private fail(error: Error): void {
    if (this.#ended) return;
    this.finish(this.#closing);
    this.#callbacks.onError?.(error);
  }

  /** @param closing payload of our close frame; undefined: there is nobody to tell */
  private finish(closing: Uint8Array | undefined): void {
    this.#ended = true;
    const frame = this.#upgraded && closing !== undefined ? this.frame(CLOSE, closing) : undefined;
    if (frame !== undefined && frame.length <= this.#room) this.#stream.write(frame);
    this.#stream.close();
  }

  private readable(): void {
    const bytes = this.#stream.read();
    if (bytes === undefined) return;
    const before = this.#unreadBytes;
    const wasUpgraded = this.#upgraded;
    try {
      this.take(bytesOf(bytes));
    } catch (error) {
      this.#end = error as Error;
      if (error instanceof WsViolation) this.#closing = statusBytes(error.status);
    }
    if (!wasUpgraded && this.#upgraded && this.#end === undefined) this.tellRoom();
    // What came before a failure or a close frame is offered before that is told, and may still be answered (§5.5.1).
    if (this.#unreadBytes > before && !this.#ended) this.#callbacks.onReadable?.(this.#unreadBytes);
    if (this.#end !== undefined) this.fail(this.#end);
  }

  private take(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.#upgraded) {
      rest = bytes.subarray(this.#response.push(bytes));
      if (!this.#response.done) return;
      this.#upgraded = true;
    }
    this.#frames.push(rest);
  }

  private data(piece: Uint8Array): void {
    if (this.#unreadBytes + piece.length > UNREAD_LIMIT) {
      throw new WsViolation(TOO_BIG, `more than ${UNREAD_LIMIT} bytes wait to be read`, "ws-limit");
    }
    this.#unread.push(piece.slice());
    this.#unreadBytes += piece.length;
  }

  private control(opcode: number, payload: Uint8Array): void {
    if (opcode === PING) {
      this.#pong = payload.slice();
      this.flushPong();
    }
    if (opcode !== CLOSE) return;
    const status = closeStatus(payload);
    this.#closing = payload.slice(0, 2);
    const why = status === undefined ? "" : ` with status ${status}`;
    this.#end = new Failure("closed", `the peer closed the WebSocket${why}`, "retry");
  }

  /** Answers the latest ping (§5.5.3), if there is room besides a close frame. */
  private flushPong(): void {
    const pong = this.#pong;
    if (pong === undefined || pong.length + OVERHEAD + CLOSE_ROOM > this.#room) return;
    this.#pong = undefined;
    this.#room = this.#stream.write(this.frame(PONG, pong));
  }

  private writable(count: number): void {
    this.#room = count;
    while (this.#room > 0 && this.#request.length > 0) {
      const piece = this.#request.subarray(0, this.#room);
      this.#request = this.#request.subarray(piece.length);
      this.#room = this.#stream.write(piece);
    }
    if (!this.#upgraded) return;
    this.flushPong();
    this.tellRoom();
  }

  private tellRoom(): void {
    const room = this.payloadRoom();
    if (room > 0) this.#callbacks.onWritable?.(room);
  }

  /** Payload that one message may have now. */
  private payloadRoom(): number {
    return this.#upgraded ? Math.max(0, this.#room - OVERHEAD - RESERVE) : 0;
  }

  private frame(opcode: number, payload: Uint8Array): Uint8Array {
    const mask = new Uint8Array(4);
    this.#random(mask);
    return encodeFrame(opcode, payload, mask);
  }
}

const statusBytes = (status: number): Uint8Array => Uint8Array.of(status >> 8, status & 0xff);
