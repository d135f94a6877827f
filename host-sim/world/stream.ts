// The bookkeeping that all byte streams of host-sim/ share: the inbox, the room for output, and the rules of
// firmware/platform/io.ts (no callback after `close`, one `onError`, never more output than there is room for).

import { Failure } from "../../firmware/platform/failure.js";
import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../../firmware/platform/io.js";
import { ByteQueue } from "./byte-queue.js";

type State = "opening" | "open" | "ended" | "closed";

/**
 * Base of a byte stream. A subclass moves the bytes: it calls `deliver`, `grant` and `fail` from events only, never from
 * inside its constructor, `transmit`, `consumed` or `shut`.
 */
export abstract class StreamBase implements ByteStream {
  readonly #callbacks: StreamCallbacks;
  readonly #inbox = new ByteQueue();
  #state: State = "opening";
  #room = 0;

  constructor(callbacks: StreamCallbacks) {
    this.#callbacks = callbacks;
  }

  get format(): string {
    return "buffer";
  }

  set format(format: string) {
    if (format !== "buffer") throw new RangeError(`format "${format}" is not supported, only "buffer"`);
  }

  read(byteLength?: number): ArrayBuffer | undefined {
    if (this.#state === "closed") return undefined;
    const bytes = this.#inbox.take(byteLength);
    if (bytes === undefined) return undefined;
    this.consumed(bytes.length);
    return bytes.buffer;
  }

  write(buffer: BufferLike): number {
    if (this.#state === "closed" || this.#state === "ended") {
      throw new Failure("closed", "write on a stream that has ended", "back-off");
    }
    const bytes = bytesOf(buffer);
    if (bytes.length > this.#room) {
      throw new Failure("output-full", `write of ${bytes.length} bytes where ${this.#room} fit`, "retry");
    }
    if (bytes.length > 0) this.#room = this.transmit(bytes.slice());
    return this.#room;
  }

  close(): void {
    if (this.#state === "closed") return;
    const before = this.#state;
    this.#state = "closed";
    this.#inbox.clear();
    this.shut(before === "open");
  }

  /** True until the end was reported or the stream was closed. */
  protected get alive(): boolean {
    return this.#state === "opening" || this.#state === "open";
  }

  /** Bytes that arrived and were not read yet. */
  protected get unread(): number {
    return this.#inbox.length;
  }

  /** Bytes arrived; the stream keeps them. */
  protected deliver(bytes: Uint8Array): void {
    if (!this.alive || bytes.length === 0) return;
    this.#inbox.push(bytes);
    this.#callbacks.onReadable?.(this.#inbox.length);
  }

  /** There is room for `room` bytes of output; the first time: the stream is open. */
  protected grant(room: number): void {
    if (!this.alive) return;
    if (this.#state === "open" && room <= this.#room) return;
    this.#state = "open";
    this.#room = room;
    this.#callbacks.onWritable?.(room);
  }

  /** The stream has ended. What arrived before can still be read until `close`. */
  protected fail(failure: Failure): void {
    if (!this.alive) return;
    this.#state = "ended";
    this.#callbacks.onError?.(failure);
  }

  /** Sends bytes on. @returns the room that is left */
  protected abstract transmit(bytes: Uint8Array<ArrayBuffer>): number;
  /** Lets go of what lies beneath. `open`: the stream was open and had not ended. Called once. */
  protected abstract shut(open: boolean): void;
  /** `count` bytes were read: the place to lift back-pressure. */
  protected consumed(_count: number): void {}
}
