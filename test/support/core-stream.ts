// Byte streams that lead into a simulated server's core within the process, without time between.

import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../../firmware/platform/io.js";
import type { Hello, ServerAction, ServerCore } from "../../host-sim/world/core.js";

/** Bytes that a stream takes at a time. */
const ROOM = 4096;

/** A stream class whose connections a core serves. */
export class CoreServer {
  readonly io: new (
    callbacks: StreamCallbacks,
  ) => ByteStream;
  /** Connections now open. */
  readonly open = new Map<number, CoreStream>();
  readonly #core: ServerCore;
  readonly #now: () => number;
  #last = 0;

  constructor(core: ServerCore, hello: Hello, now: () => number) {
    this.#core = core;
    this.#now = now;
    const server = this;
    this.io = class extends CoreStream {
      constructor(callbacks: StreamCallbacks) {
        super(callbacks, server, ++server.#last);
        server.open.set(this.connection, this);
        server.later(() => core.open(this.connection, hello, now()));
      }
    };
  }

  /** What happens on a connection happens later, in order. */
  later(work: () => ServerAction[]): void {
    Promise.resolve().then(() => this.act(work()));
  }

  act(actions: readonly ServerAction[]): void {
    for (const action of actions) {
      const stream = this.open.get(action.connection);
      if (action.do === "send") stream?.arrived(action.bytes);
      else {
        this.open.delete(action.connection);
        stream?.ended();
      }
    }
  }

  /** Lets what is due be done. */
  poll(): void {
    this.act(this.#core.poll(this.#now()));
  }

  sent(connection: number, bytes: Uint8Array): void {
    if (this.open.has(connection)) this.later(() => this.#core.receive(connection, bytes, this.#now()));
  }

  closed(connection: number): void {
    if (this.open.delete(connection)) this.later(() => this.#core.closed(connection, this.#now()));
  }
}

class CoreStream implements ByteStream {
  format = "buffer";
  readonly connection: number;
  readonly #callbacks: StreamCallbacks;
  readonly #server: CoreServer;
  #arrived: Uint8Array[] = [];
  #closed = false;

  constructor(callbacks: StreamCallbacks, server: CoreServer, connection: number) {
    this.#callbacks = callbacks;
    this.#server = server;
    this.connection = connection;
    this.#tellRoom();
  }

  read(): ArrayBuffer | undefined {
    if (this.#arrived.length === 0) return undefined;
    const all = new Uint8Array(Buffer.concat(this.#arrived));
    this.#arrived = [];
    return all.buffer;
  }

  write(bytes: BufferLike): number {
    const copy = bytesOf(bytes).slice();
    this.#server.sent(this.connection, copy);
    this.#tellRoom();
    return ROOM - copy.length;
  }

  close(): void {
    this.#closed = true;
    this.#server.closed(this.connection);
  }

  arrived(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#arrived.push(bytes.slice());
    this.#callbacks.onReadable?.(this.#arrived.reduce((sum, { length }) => sum + length, 0));
  }

  ended(): void {
    if (!this.#closed) this.#callbacks.onError?.();
    this.#closed = true;
  }

  #tellRoom(): void {
    Promise.resolve().then(() => {
      if (!this.#closed) this.#callbacks.onWritable?.(ROOM);
    });
  }
}
