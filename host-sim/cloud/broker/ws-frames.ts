// WebSocket frames at the server's end (RFC 6455 §5): the client's are masked, ours are not. Bounded: one frame is one buffer.

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** RFC 6455 §7.4.1. */
export const CLOSE = { normal: 1000, protocolError: 1002, unsupported: 1003, tooBig: 1009 } as const;

const MAX_CONTROL_BYTES = 125;
const MASK_BYTES = 4;

/** A frame that breaks the protocol; `code` is what the connection is to be closed with. */
export class WsViolation extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = "WsViolation";
    this.code = code;
  }
}

export interface WsFrame {
  opcode: number;
  fin: boolean;
  /** Unmasked. */
  payload: Uint8Array;
}

interface Header {
  opcode: number;
  fin: boolean;
  /** Bytes before the payload. */
  size: number;
  length: number;
}

/** Takes the bytes of one client. */
export class WsReader {
  readonly #limit: number;
  #bytes: Buffer = Buffer.alloc(0);

  /** @param limit longest payload of one frame, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  /**
   * The next whole frame, or undefined: more bytes are needed.
   * @throws WsViolation
   */
  next(): WsFrame | undefined {
    const header = readHeader(this.#bytes, this.#limit);
    if (header === undefined || this.#bytes.length < header.size + header.length) return undefined;
    const { opcode, fin, size, length } = header;
    const mask = this.#bytes.subarray(size - MASK_BYTES, size);
    const payload = this.#bytes.subarray(size, size + length).map((byte, i) => byte ^ mask[i % MASK_BYTES]!);
    this.#bytes = this.#bytes.subarray(size + length);
    return { opcode, fin, payload };
  }
}

/** An unmasked, unfragmented frame. */
export function wsFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + extended);
  header[0] = 0x80 | opcode;
  header[1] = extended === 0 ? length : extended === 2 ? 126 : 127;
  if (extended === 2) header.writeUInt16BE(length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** A close frame with its code (§5.5.1). */
export function wsClose(code: number): Uint8Array {
  return wsFrame(OPCODE.close, Uint8Array.of(code >> 8, code & 255));
}

function readHeader(bytes: Buffer, limit: number): Header | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = bytes as Buffer & [number, number];
  const opcode = first & 15;
  const fin = first >= 0x80;
  const short = second & 0x7f;
  if ((first & 0x70) !== 0) throw new WsViolation(CLOSE.protocolError, "a reserved bit");
  if (second < 0x80) throw new WsViolation(CLOSE.protocolError, "a frame without a mask");
  if (!Object.values<number>(OPCODE).includes(opcode)) throw new WsViolation(CLOSE.protocolError, "an unknown opcode");
  if (opcode >= OPCODE.close && (!fin || short > MAX_CONTROL_BYTES)) {
    throw new WsViolation(CLOSE.protocolError, "a control frame in pieces, or too long");
  }
  const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
  if (bytes.length < 2 + extended) return undefined;
  const length = extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (length > limit) throw new WsViolation(CLOSE.tooBig, "a frame that is too long");
  const size = 2 + extended + MASK_BYTES;
  return bytes.length < size ? undefined : { opcode, fin, size, length };
}
