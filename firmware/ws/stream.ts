// A WebSocket as an ECMA-419 byte stream over another one: written bytes go out as binary messages, and the payload of
// those that arrive is what is read. Pings are answered; a close frame is answered and is the stream's orderly end.

import type { HttpLimits } from "../http/response.js";
import { ResponseParser } from "../http/response.js";
import type { Clock } from "../platform/clock.js";
import { Failure } from "../platform/failure.js";
import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../platform/io.js";
import type { Random } from "../platform/system.js";
import { WsError } from "./errors.js";
import { BINARY, CLOSE, closeStatus, encodeFrame, FrameReader, OVERHEAD, PING, PONG } from "./frames.js";
import { checkUpgrade, encodeUpgrade, newKey, type WsTarget } from "./handshake.js";

/** Byte stream class whose destination is bound. */
type StreamClass = new (callbacks: StreamCallbacks) => ByteStream;

/** Payload that may wait to be read, in bytes: a consumer reads it all as it is told. */
export const UNREAD_LIMIT = 65_536;
/** Room kept back for answers to pings and the close frame, in bytes. */
const RESERVE = 2 * 139;
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
  /** Control frames that wait for room: at most one pong and one close. */
  #pong: Uint8Array | undefined;
  #close: Uint8Array | undefined;
  /** Set by a close frame: told once what came before it was offered. */
  #end: Failure | undefined;

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

  /** Ends it at once; if there is room, the peer is told by a close frame (RFC 6455 §7.4.1, 1000). */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    const frame = this.#upgraded ? this.frame(CLOSE, Uint8Array.of(1000 >> 8, 1000 & 0xff)) : undefined;
    if (frame !== undefined && frame.length <= this.#room) this.#stream.write(frame);
    this.#stream.close();
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
    this.#ended = true;
    this.#stream.close();
    this.#callbacks.onError?.(error);
  }

  private readable(): void {
    const bytes = this.#stream.read();
    if (bytes === undefined) return;
    const before = this.#unreadBytes;
    const wasUpgraded = this.#upgraded;
    let failure: unknown;
    try {
      this.take(bytesOf(bytes));
    } catch (error) {
      failure = error;
    }
    if (!wasUpgraded && this.#upgraded) this.tellRoom();
    // What came before a failure or a close frame is offered before that is told.
    if (this.#unreadBytes > before && !this.#ended) this.#callbacks.onReadable?.(this.#unreadBytes);
    if (failure !== undefined) this.fail(failure as Error);
    else if (this.#end !== undefined) this.fail(this.#end);
  }

  private take(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.#upgraded) {
      rest = bytes.subarray(this.#response.push(bytes));
      if (!this.#response.done) return;
      this.#upgraded = true;
    }
    this.#frames.push(rest);
    this.flushControl();
  }

  private data(piece: Uint8Array): void {
    if (this.#end !== undefined) throw new WsError("ws-protocol", "WebSocket: data behind the close frame");
    if (this.#unreadBytes + piece.length > UNREAD_LIMIT) {
      throw new WsError("ws-limit", `more than ${UNREAD_LIMIT} bytes wait to be read`);
    }
    this.#unread.push(piece.slice());
    this.#unreadBytes += piece.length;
  }

  private control(opcode: number, payload: Uint8Array): void {
    if (opcode === PING) this.#pong = payload.slice();
    if (opcode !== CLOSE || this.#end !== undefined) return;
    const status = closeStatus(payload);
    this.#close = payload.slice(0, 2);
    const why = status === undefined ? "" : ` with status ${status}`;
    this.#end = new Failure("closed", `the peer closed the WebSocket${why}`, "retry");
  }

  /** Answers the latest ping and a close frame (§5.5.1, §5.5.3) as far as there is room. */
  private flushControl(): void {
    const pong = this.#pong;
    if (pong !== undefined && pong.length + OVERHEAD <= this.#room) {
      this.#pong = undefined;
      this.#room = this.#stream.write(this.frame(PONG, pong));
    }
    const close = this.#close;
    if (close !== undefined && close.length + OVERHEAD <= this.#room) {
      this.#close = undefined;
      this.#room = this.#stream.write(this.frame(CLOSE, close));
    }
  }

  private writable(count: number): void {
    this.#room = count;
    while (this.#room > 0 && this.#request.length > 0) {
      const piece = this.#request.subarray(0, this.#room);
      this.#request = this.#request.subarray(piece.length);
      this.#room = this.#stream.write(piece);
    }
    if (!this.#upgraded) return;
    this.flushControl();
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
