// ECMA-419 IO shapes: what every byte-moving class in firmware/ and host-sim/ looks like.
// Rules: no callback is called from inside a constructor, `read` or `write`; after `close` none is called at all;
// after `onError` only `close` is useful. Bytes that had arrived are reported by `onReadable` before `onError`.

export type BufferLike = ArrayBuffer | ArrayBufferView;

/** ECMA-419 §10: the instance side of a byte stream in the "buffer" format. */
export interface ByteStream {
  /** `"buffer"` here always; the setter refuses anything else with a RangeError. */
  format: string;
  /**
   * Takes bytes that arrived.
   * @param byteLength the most to take, 1 or more; all that are there if left out
   * @returns the bytes in a buffer of the caller's own, or undefined when there are none
   */
  read(byteLength?: number): ArrayBuffer | undefined;
  /**
   * Takes over all of `bytes` (copied before it returns).
   * @returns how many more bytes may be written now; when 0, wait for `onWritable`
   * @throws Failure `output-full` when `bytes` is longer than the room last told by `onWritable` or `write`
   */
  write(bytes: BufferLike): number;
  /** Ends it at once, without a callback. Closing twice is harmless. */
  close(): void;
}

/**
 * Callbacks in the options of a byte stream's constructor. Each is called as a method of an object that has `target`: so they
 * can be functions in flash, where closures take 110 bytes of RAM each.
 */
export interface StreamCallbacks {
  /** For the callbacks, which find it in `this` (ECMA-419: so may an IO object's owner). */
  target?: unknown;
  /** Called when bytes arrive. `count`: all that `read` can now take. Called again only after more arrived. */
  onReadable?: ((this: StreamCallbacks, count: number) => void) | undefined;
  /** Called first when the stream is connected, then whenever there is room again. `count`: bytes that fit now. */
  onWritable?: ((this: StreamCallbacks, count: number) => void) | undefined;
  /**
   * Called once, when the stream has ended for whatever reason, after the bytes before it were offered.
   * `error`: a Failure; its code is `closed` for an orderly end by the peer. Moddable's own classes pass nothing:
   * treat it as `closed`.
   */
  onError?: ((this: StreamCallbacks, error?: Error) => void) | undefined;
}

/** Options of a TCP class. `host` may be a name or an address; names are checked before use. */
export interface TcpOptions extends StreamCallbacks {
  host: string;
  /** 1–65535 */
  port: number;
}

/** ECMA-419 TCP socket class: the modem, Node's sockets and a virtual link all provide one. */
export type TcpClass = new (options: TcpOptions) => ByteStream;

/** Options of a serial class. Board wiring (device, pins) is bound by the composition root. */
export interface SerialOptions extends StreamCallbacks {
  /** Bits per second. */
  baud: number;
  /** RTS/CTS; left out: none. */
  flowControl?: "none" | "hardware";
}

/** ECMA-419 Serial. `set` changes the speed after all that was written has left. */
export interface SerialPort extends ByteStream {
  /** Changes the line speed in bits per second without losing the port. */
  setBaud(baud: number): void;
}

export type SerialClass = new (options: SerialOptions) => SerialPort;

/** A view on any BufferLike, without copying. */
export function bytesOf(buffer: BufferLike): Uint8Array {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}
