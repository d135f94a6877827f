// A serial line in memory whose far end is a script: for what a modem may send that the simulated one never would.

import { latin1 } from "../../../firmware/bytes/utf8.js";
import type { Clock, Timer } from "../../../firmware/platform/clock.js";
import { type BufferLike, bytesOf, type SerialClass, type SerialOptions } from "../../../firmware/platform/io.js";
import { powerOn } from "../../../host-sim/world/board.js";
import { Scheduler } from "../../../host-sim/world/scheduler.js";

/** Called with each line sent (without its CR), or with raw bytes as text when no line is complete. */
export type Script = (line: string, far: ScriptedSerial) => void;

export class ScriptedSerial {
  readonly scheduler = new Scheduler(0);
  readonly clock: Clock;
  readonly timer: Timer;
  readonly Serial: SerialClass;
  /** All that was sent, as text. */
  sent = "";
  /** Bytes one write may have. */
  room = 4096;
  bauds: number[] = [];
  #options: SerialOptions | undefined;
  #inbox: Uint8Array[] = [];
  #line = "";
  readonly #script: Script;

  constructor(script: Script = () => {}) {
    this.#script = script;
    const { clock, timer } = powerOn(this.scheduler);
    this.clock = clock;
    this.timer = timer;
    const far = this;
    this.Serial = class {
      format = "buffer";
      constructor(options: SerialOptions) {
        far.#options = options;
        far.bauds.push(options.baud);
        far.scheduler.at(far.scheduler.now, () => options.onWritable?.(far.room));
      }
      read(): ArrayBuffer | undefined {
        return far.#inbox.shift()?.slice().buffer;
      }
      write(bytes: BufferLike): number {
        far.#take(bytesOf(bytes));
        return far.room;
      }
      setBaud(baud: number): void {
        far.bauds.push(baud);
      }
      close(): void {
        far.#options = undefined;
      }
    };
  }

  /** Sends text to the host, `ms` from now. */
  say(text: string, ms = 0): void {
    this.sayBytes(
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
      ms,
    );
  }

  sayBytes(bytes: Uint8Array, ms = 0): void {
    this.scheduler.at(this.scheduler.now + ms, () => {
      if (bytes.length === 0 || !this.#options) return;
      this.#inbox.push(bytes);
      this.#options.onReadable?.(bytes.length);
    });
  }

  /** The line is gone. */
  fail(error: Error): void {
    this.#options?.onError?.(error);
  }

  /** Gives room to a host that waits for it. */
  grant(): void {
    this.scheduler.at(this.scheduler.now, () => this.#options?.onWritable?.(this.room));
  }

  async settle<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let done = false;
    const mark = () => {
      done = true;
    };
    promise.then(mark, mark);
    const reached = await this.scheduler.run(() => done, this.scheduler.now + limitMs);
    if (!reached) throw new Error(`not settled within ${limitMs} ms`);
    return promise;
  }

  #take(bytes: Uint8Array): void {
    const text = latin1(bytes);
    this.sent += text;
    this.#line += text;
    const lines = this.#line.split("\r");
    this.#line = lines.pop()!;
    for (const line of lines) this.#script(line, this);
    if (lines.length === 0) this.#script(`raw:${this.#line}`, this);
    if (lines.length === 0) this.#line = "";
  }
}
