// What the ends of real lines to a modem share: the loss of a line is told once, also to whoever begins to listen
// only afterwards.

import type { UartEnd } from "../world/core.js";

/** A host's end of a line that may be lost. It outlives the Serial instances that use it one after the other. */
export abstract class LineEnd implements UartEnd {
  onData: ((bytes: Uint8Array) => void) | undefined;
  #onClosed: ((reason: Error) => void) | undefined;
  #lost: Error | undefined;

  get onClosed(): ((reason: Error) => void) | undefined {
    return this.#onClosed;
  }

  set onClosed(listener: ((reason: Error) => void) | undefined) {
    this.#onClosed = listener;
    if (this.#lost !== undefined) queueMicrotask(() => this.#tell());
  }

  abstract write(bytes: Uint8Array): void;
  abstract setBaud(baud: number): void;
  abstract close(): void;

  /** The line is gone; the first reason counts. */
  protected lose(reason: Error): void {
    this.#lost ??= reason;
    this.#tell();
  }

  #tell(): void {
    const listener = this.#onClosed;
    this.#onClosed = undefined;
    listener?.(this.#lost!);
  }
}
