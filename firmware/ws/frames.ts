// WebSocket frames at the client's end (RFC 6455 §5): payload of binary messages out as it comes, control frames whole.
// Rules: what a client sends is masked, what it receives is not; messages are binary, as MQTT's must be (MQTT 3.1.1 §6); a
// close frame is the last that is read (§5.5.1, §7.1.1).

import { fromUtf8 } from "../bytes/utf8.js";
import { INVALID_PAYLOAD, PROTOCOL_ERROR, TOO_BIG, UNSUPPORTED_DATA, WsViolation } from "./errors.js";

/** Opcodes (§5.2). */
const CONTINUATION = 0x0;
const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** Longest payload of a control frame (§5.5). */
export const CONTROL_LIMIT = 125;
/** Longest frame that is taken: more than a broker's largest message. */
export const FRAME_LIMIT = 0x100_0000;
/** Most bytes that a frame adds to what a client sends. */
export const OVERHEAD = 14;

const FIN = 0x80;
const RESERVED = 0x70;
const MASK = 0x80;

/** Takes what arrives. */
export interface FrameSink {
  /** A piece of a binary message; the view is valid only during the call. */
  onData(piece: Uint8Array): void;
  /** A ping, pong or close frame; the view is valid only during the call. */
  onControl(opcode: number, payload: Uint8Array): void;
}

/** Reads a server's frames in pieces of any size. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** Header of the frame being read: 2 bytes, and 2 or 8 of an extended length. */
  readonly #header = new Uint8Array(10);
  #headerLength = 0;
  #headerWanted = 2;
  readonly #control = new Uint8Array(CONTROL_LIMIT);
  #opcode = 0;
  /** Payload still to come; undefined: the header is not complete. */
  #left: number | undefined;
  #taken = 0;
  /** True within a fragmented message. */
  #fragmented = false;
  /** A close frame was read: what follows is nobody's. */
  #closed = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws WsViolation; what the sink throws */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#closed) {
      if (this.#left === undefined) this.readHeader(bytes[at++]!);
      else at = this.readPayload(bytes, at, this.#left);
    }
  }

  private readHeader(byte: number): void {
    this.#header[this.#headerLength++] = byte;
    if (this.#headerLength === 2) this.#headerWanted = 2 + this.begin(this.#header[0]!, byte);
    if (this.#headerLength < this.#headerWanted) return;
    this.#left = this.length();
    this.#headerLength = 0;
    this.#headerWanted = 2;
    this.#taken = 0;
    if (this.#left === 0) this.end();
  }

  /** Checks the first two bytes. @returns how many more the length takes */
  private begin(first: number, second: number): number {
    const opcode = first & 0xf;
    const final = (first & FIN) !== 0;
    const length = second & 0x7f;
    if ((first & RESERVED) !== 0) throw protocol("reserved bits are set");
    if ((second & MASK) !== 0) throw protocol("the server masks");
    if (opcode >= CLOSE) {
      if (opcode > PONG || !final || length > CONTROL_LIMIT) throw protocol("malformed control frame");
    } else {
      if (opcode > BINARY) throw protocol("an unknown opcode");
      const isNew = opcode !== CONTINUATION;
      if (isNew === this.#fragmented) throw protocol(isNew ? "a message within a message" : "nothing to continue");
      if (opcode === TEXT) throw new WsViolation(UNSUPPORTED_DATA, "a message that is not binary");
      this.#fragmented = !final;
    }
    this.#opcode = opcode;
    return length < 126 ? 0 : length === 126 ? 2 : 8;
  }

  private length(): number {
    const view = new DataView(this.#header.buffer);
    const short = this.#header[1]! & 0x7f;
    if (short < 126) return short;
    const length = short === 126 ? view.getUint16(2) : view.getUint32(2) * 0x1_0000_0000 + view.getUint32(6);
    if (length < (short === 126 ? 126 : 0x1_0000)) throw protocol("a length not in its shortest form");
    if (length > FRAME_LIMIT) throw new WsViolation(TOO_BIG, `a frame of more than ${FRAME_LIMIT} bytes`, "ws-limit");
    return length;
  }

  private readPayload(bytes: Uint8Array, at: number, left: number): number {
    const piece = bytes.subarray(at, at + left);
    this.#left = left - piece.length;
    if (this.#opcode >= CLOSE) this.#control.set(piece, this.#taken);
    else this.#sink.onData(piece);
    this.#taken += piece.length;
    if (this.#left === 0) this.end();
    return at + piece.length;
  }

  private end(): void {
    this.#left = undefined;
    this.#closed = this.#opcode === CLOSE;
    if (this.#opcode >= CLOSE) this.#sink.onControl(this.#opcode, this.#control.subarray(0, this.#taken));
  }
}

/**
 * One whole frame as a client sends it, masked (§5.3).
 * @param mask 4 bytes, unpredictable, anew for each frame
 */
export function encodeFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 0x1_0000 ? 2 : 8;
  const from = 2 + extended + 4;
  const frame = new Uint8Array(from + length);
  const view = new DataView(frame.buffer);
  frame[0] = FIN | opcode;
  frame[1] = MASK | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setUint32(6, length);
  frame.set(mask, 2 + extended);
  for (let i = 0; i < length; i++) frame[from + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

/**
 * Whether a close frame may bear a status (§7.4.1, §7.4.2): 1004 means nothing, 1005, 1006 and 1015 are never sent; of those
 * below 3000, 1012 to 1014 were registered since (IANA, "WebSocket Close Code Number Registry").
 */
const maySend = (status: number): boolean =>
  (status >= 1000 && status <= 1014 && (status < 1004 || status > 1006)) || (status >= 3000 && status <= 4999);

/**
 * Status of a close frame's payload (§5.5.1), or undefined when it has none.
 * @throws WsViolation for a single byte, a status that is never sent, or a reason that is no UTF-8
 */
export function closeStatus(payload: Uint8Array): number | undefined {
  if (payload.length === 0) return undefined;
  const status = payload.length === 1 ? 0 : (payload[0]! << 8) | payload[1]!;
  if (!maySend(status)) throw protocol("a close frame without a proper status");
  if (fromUtf8(payload.subarray(2)) === undefined) {
    throw new WsViolation(INVALID_PAYLOAD, "a close frame whose reason is no UTF-8");
  }
  return status;
}

function protocol(what: string): WsViolation {
  return new WsViolation(PROTOCOL_ERROR, what);
}
