// A byte stream and a clock that a test moves by hand.

import type { Clock, Timer, TimerId } from "../../../firmware/platform/clock.js";
import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../../../firmware/platform/io.js";

/** Virtual time: `advance` runs what comes due, in order. */
export class ManualTime implements Clock, Timer {
  now = 0;
  wallAtStart: number | undefined = Date.UTC(2026, 10, 22);
  #timers: { at: number; callback: () => void }[] = [];

  monotonic(): number {
    return this.now;
  }
  wall(): number | undefined {
    return this.wallAtStart === undefined ? undefined : this.wallAtStart + this.now;
  }
  setWall(ms: number): void {
    this.wallAtStart = ms - this.now;
  }
  set(callback: () => void, ms: number): TimerId {
    const timer = { at: this.now + ms, callback };
    this.#timers.push(timer);
    return timer;
  }
  clear(id: TimerId): void {
    this.#timers = this.#timers.filter((timer) => timer !== id);
  }
  get pending(): number {
    return this.#timers.length;
  }
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.clear(next);
      this.now = next.at;
      next.callback();
    }
    this.now = end;
  }
}

/** The far end of the streams that `io` opens. */
export class Wire {
  /** What was written, as Latin-1 text. */
  sent = "";
  closed = 0;
  opened = 0;
  /** Room that `write` reports when there is some left over. */
  room = 1024;
  #callbacks: StreamCallbacks = {};
  #arrived: Uint8Array[] = [];
  readonly io: new (
    callbacks: StreamCallbacks,
  ) => ByteStream;

  constructor() {
    const wire = this;
    this.io = class implements ByteStream {
      format = "buffer";
      constructor(callbacks: StreamCallbacks) {
        wire.opened++;
        wire.#callbacks = callbacks;
      }
      read(): ArrayBuffer | undefined {
        if (wire.#arrived.length === 0) return undefined;
        const all = Buffer.concat(wire.#arrived);
        wire.#arrived = [];
        return new Uint8Array(all).buffer;
      }
      write(bytes: BufferLike): number {
        const piece = bytesOf(bytes);
        if (piece.length > wire.room) throw new Error("more written than there is room");
        wire.sent += Buffer.from(piece).toString("latin1");
        wire.room -= piece.length;
        return wire.room;
      }
      close(): void {
        wire.closed++;
      }
    };
  }

  connect(room = this.room): void {
    this.room = room;
    this.#callbacks.onWritable?.(room);
  }
  /** Bytes arrive. */
  receive(bytes: Uint8Array | string): void {
    const piece = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    this.#arrived.push(piece);
    this.#callbacks.onReadable?.(piece.length);
  }
  /** The stream ends. */
  end(error?: Error): void {
    this.#callbacks.onError?.(error);
  }
}

/** A server behind a stream class: each connection gets the next answer once a whole request head has come. */
export class Scripted {
  /** What each connection sent. */
  readonly requests: string[] = [];
  /** Connections now open. */
  open = 0;
  readonly io: new (
    callbacks: StreamCallbacks,
  ) => ByteStream;

  /** @param answer what connection number `n` (from 0) is answered; an Error ends it, undefined leaves it waiting */
  constructor(answer: (n: number) => string | Error | undefined) {
    const server = this;
    this.io = class implements ByteStream {
      format = "buffer";
      readonly #stream: ByteStream;
      readonly #wire = new Wire();
      #closed = false;
      constructor(callbacks: StreamCallbacks) {
        const wire = this.#wire;
        this.#stream = new wire.io(callbacks);
        const n = server.requests.push("") - 1;
        server.open++;
        // What a connection does, it does later.
        Promise.resolve().then(() => {
          if (this.#closed) return;
          wire.connect(65_536);
          server.requests[n] = wire.sent;
          const reply = answer(n);
          if (typeof reply === "string") wire.receive(reply);
          else if (reply !== undefined) wire.end(reply);
        });
      }
      read(): ArrayBuffer | undefined {
        return this.#stream.read();
      }
      write(bytes: BufferLike): number {
        return this.#stream.write(bytes);
      }
      close(): void {
        if (!this.#closed) server.open--;
        this.#closed = true;
        this.#stream.close();
      }
    };
  }
}

/** Lets all promises settle that are due. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
