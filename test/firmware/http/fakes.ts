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
