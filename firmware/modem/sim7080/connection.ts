// One TCP connection's buffers and callbacks, without any AT: what the pool of sockets moves bytes into and out of.
// Rules: memory is bounded by the two constants below; bytes are offered by onReadable before onError is called;
// once released by its owner it calls nobody.

import { type BufferLike, bytesOf, type StreamCallbacks, type TcpOptions } from "../../platform/io.js";
import { MAX_TRANSFER_BYTES } from "./commands/socket.js";
import { SocketError } from "./socket-error.js";

/** Chunks that wait to be sent: one fills while the other is under way. */
const TX_CHUNKS = 2;
/** Most bytes a caller may have written that the modem has not taken. */
export const TX_BUFFER_BYTES = TX_CHUNKS * MAX_TRANSFER_BYTES;
/** Most bytes received that the caller has not read. */
export const RX_BUFFER_BYTES = 2 * MAX_TRANSFER_BYTES;
/** In the place of an owner's callbacks once it has closed: what hangs on them need not wait for AT+CACLOSE. */
const NOBODY: StreamCallbacks = {};
const NOTHING = new Uint8Array(0);

interface Chunk {
  /** Grows to MAX_TRANSFER_BYTES. */
  bytes: Uint8Array;
  /** Bytes from `start` to `end` are to be sent. */
  start: number;
  end: number;
}

/** The buffers of one connection, between its owner and the pool of sockets. */
export class Connection {
  readonly host: string;
  readonly port: number;
  /** True until the owner has closed it; only then callbacks are called. */
  owned = true;
  /** True once onError was called or will never be. */
  ended = false;
  #owner: StreamCallbacks;
  #open = false;
  #broken = false;
  readonly #full: Chunk[] = [];
  readonly #received: Uint8Array[] = [];
  #receivedAt = 0;
  #receivedBytes = 0;
  #onWork: () => void;

  /** @param onWork called when the owner wrote, read or closed, from inside that call */
  constructor(options: TcpOptions, onWork: () => void) {
    this.host = options.host;
    this.port = options.port;
    this.#owner = options;
    this.#onWork = onWork;
  }

  /** Bytes the owner may write now. */
  get room(): number {
    if (!this.#open || this.#broken || this.ended) return 0;
    return TX_BUFFER_BYTES - this.#full.reduce((sum, chunk) => sum + chunk.end, 0);
  }

  /** Bytes that the owner can read now. */
  get readable(): number {
    return this.#receivedBytes;
  }

  /** True when one more transfer from the modem fits. */
  get hasRoomToReceive(): boolean {
    return this.#receivedBytes + MAX_TRANSFER_BYTES <= RX_BUFFER_BYTES;
  }

  /** The connection stands: tells the owner its room. */
  opened(): void {
    this.#open = true;
    this.tellRoom();
  }

  tellRoom(): void {
    const room = this.room;
    if (this.owned && room > 0) this.#owner.onWritable?.(room);
  }

  /** The next bytes to send, at most `limit`, or undefined. They stay until `sent`. */
  pending(limit: number): Uint8Array | undefined {
    const chunk = this.#broken ? undefined : this.#full[0];
    return chunk && chunk.end > chunk.start
      ? chunk.bytes.subarray(chunk.start, Math.min(chunk.end, chunk.start + limit))
      : undefined;
  }

  /** The modem has taken `count` of the bytes that `pending` gave. */
  sent(count: number): void {
    const chunk = this.#full[0]!;
    chunk.start += count;
    if (chunk.start === chunk.end) this.#full.shift();
  }

  /** Nothing more can be sent; what waits is dropped. */
  breakOutput(): void {
    this.#broken = true;
    this.#full.length = 0;
  }

  /** Bytes from the peer: `tellBytes` offers them. */
  received(bytes: Uint8Array): void {
    if (!this.owned || this.ended) return;
    this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
  }

  tellBytes(): void {
    if (this.#receivedBytes > 0) this.#owner.onReadable?.(this.#receivedBytes);
  }

  /** Ends it for the owner. */
  end(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    if (this.owned) this.#owner.onError?.(error);
  }

  read(byteLength = this.#receivedBytes): ArrayBuffer | undefined {
    const count = Math.min(byteLength, this.#receivedBytes);
    if (!(count > 0)) return undefined;
    const first = this.#received[0]!;
    if (this.#receivedAt === 0 && first.length === count) {
      this.#received.shift();
      this.take(count);
      return first.buffer as ArrayBuffer;
    }
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const head = this.#received[0]!;
      const part = head.subarray(this.#receivedAt, this.#receivedAt + count - at);
      bytes.set(part, at);
      at += part.length;
      this.#receivedAt += part.length;
      if (this.#receivedAt === head.length) {
        this.#received.shift();
        this.#receivedAt = 0;
      }
    }
    this.take(count);
    return bytes.buffer;
  }

  private take(count: number): void {
    this.#receivedBytes -= count;
    this.#onWork();
  }

  write(buffer: BufferLike): number {
    const bytes = bytesOf(buffer);
    if (this.ended || this.#broken) return 0;
    if (bytes.length > this.room) {
      throw new SocketError("output-full", `${bytes.length} bytes written where ${this.room} fit`, "retry");
    }
    for (let at = 0; at < bytes.length; ) {
      const chunk = this.filling(bytes.length - at);
      const part = bytes.subarray(at, at + chunk.bytes.length - chunk.end);
      chunk.bytes.set(part, chunk.end);
      chunk.end += part.length;
      at += part.length;
    }
    if (bytes.length > 0) this.#onWork();
    return this.room;
  }

  /** A chunk with room for some of `count` bytes behind its own. One that `pending` handed out may grow behind what it gave. */
  private filling(count: number): Chunk {
    let chunk = this.#full.at(-1);
    if (!chunk || chunk.end === MAX_TRANSFER_BYTES) {
      chunk = { bytes: NOTHING, start: 0, end: 0 };
      this.#full.push(chunk);
    }
    const { bytes, end } = chunk;
    if (end === bytes.length) {
      chunk.bytes = new Uint8Array(Math.min(MAX_TRANSFER_BYTES, Math.max(end + count, 2 * end)));
      chunk.bytes.set(bytes);
    }
    return chunk;
  }

  close(): void {
    if (!this.owned) return;
    this.owned = false;
    this.#owner = NOBODY;
    this.#received.length = 0;
    this.#receivedBytes = 0;
    this.#onWork();
  }
}
