// An ECMA-419 TCP connection as a Node Duplex, for node:tls to run over. Back-pressure passes through both ways.

import { Duplex } from "node:stream";
import { asFailure, Failure } from "../../firmware/platform/failure.js";
import type { ByteStream, TcpClass } from "../../firmware/platform/io.js";

/** Bytes taken from the connection in one go. */
const READ_LIMIT = 16_384;

export interface RecordPipeEvents {
  connected(): void;
  /** The connection has ended; bytes before its end may still wait in the pipe. `connected`: it had been connected. */
  ended(failure: Failure, connected: boolean): void;
}

/**
 * The pipe. It never ends its readable side: an end of the connection is told by `ended` alone, so that node:tls reports an
 * end only for a close_notify and the two can be told apart.
 */
export class RecordPipe extends Duplex {
  readonly #connection: ByteStream;
  readonly #events: RecordPipeEvents;
  #connected = false;
  #room = 0;
  /** The reader wants more. */
  #wanted = false;
  /** What the last write still has to send, and whom to tell. */
  #pending: { bytes: Uint8Array; at: number; done: () => void } | undefined;

  constructor(TCP: TcpClass, target: { host: string; port: number }, events: RecordPipeEvents) {
    super({ allowHalfOpen: true });
    this.#events = events;
    this.#connection = new TCP({
      host: target.host,
      port: target.port,
      onReadable: () => this.#pull(),
      onWritable: (room) => this.#writable(room),
      onError: (error) =>
        this.#over(error === undefined ? new Failure("closed", "closed", "back-off") : asFailure(error)),
    });
  }

  override _read(): void {
    this.#wanted = true;
    if (this.#connected) this.#pull();
  }

  override _write(bytes: Uint8Array, _encoding: string, done: () => void): void {
    this.#pending = { bytes, at: 0, done };
    this.#flush();
  }

  override _final(done: () => void): void {
    this.#connection.close();
    done();
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.close();
    // Whoever destroys the pipe has the reason; node:tls would report it once more.
    done();
  }

  #writable(room: number): void {
    this.#room = room;
    if (!this.#connected) {
      this.#connected = true;
      this.#events.connected();
    }
    this.#flush();
  }

  #flush(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    while (this.#room > 0 && pending.at < pending.bytes.length) {
      const part = pending.bytes.subarray(pending.at, pending.at + this.#room);
      pending.at += part.length;
      this.#room = this.#connection.write(part);
    }
    if (pending.at < pending.bytes.length) return;
    this.#pending = undefined;
    pending.done();
  }

  #pull(): void {
    while (this.#wanted) {
      const bytes = this.#connection.read(READ_LIMIT);
      if (bytes === undefined) return;
      this.#wanted = this.push(new Uint8Array(bytes));
    }
  }

  #over(failure: Failure): void {
    // What can still be read came before the end; it is bounded by the connection's own buffer.
    for (let rest = this.#connection.read(); rest !== undefined; rest = this.#connection.read()) {
      this.push(new Uint8Array(rest));
    }
    this.#pending = undefined;
    this.#events.ended(failure, this.#connected);
  }
}
