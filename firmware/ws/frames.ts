// WebSocket frames at the client's end (RFC 6455 §5): payload of binary messages out as it comes, control frames whole.
// Rules: what a client sends is masked, what it receives is not; messages are binary, as MQTT's are (MQTT 3.1.1 §6).

import { WsError } from "./errors.js";

/** Opcodes (§5.2). */
export const CONTINUATION = 0x0;
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

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws WsError `ws-protocol` or `ws-limit`; what the sink throws */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
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
    } else if (opcode !== (this.#fragmented ? CONTINUATION : BINARY)) {
      throw protocol(this.#fragmented ? "a message within a message" : "a message that is not binary");
    } else this.#fragmented = !final;
    this.#opcode = opcode;
    return length < 126 ? 0 : length === 126 ? 2 : 8;
  }

  private length(): number {
    const view = new DataView(this.#header.buffer);
    const short = this.#header[1]! & 0x7f;
    if (short < 126) return short;
    const length = short === 126 ? view.getUint16(2) : view.getUint32(2) * 0x1_0000_0000 + view.getUint32(6);
    if (length < (short === 126 ? 126 : 0x1_0000)) throw protocol("a length not in its shortest form");
    if (length > FRAME_LIMIT) throw new WsError("ws-limit", `a frame of more than ${FRAME_LIMIT} bytes`);
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

/** Status code of a close frame's payload (§7.4), or undefined when it has none. @throws WsError for a single byte */
export function closeStatus(payload: Uint8Array): number | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length === 1) throw protocol("malformed close frame");
  return (payload[0]! << 8) | payload[1]!;
}

function protocol(what: string): WsError {
  return new WsError("ws-protocol", `WebSocket: ${what}`);
}
