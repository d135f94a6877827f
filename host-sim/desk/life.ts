// A platform whose firmware can die: an error that nobody catches ends it, as an abort does on the chip, a power cut
// ends it at whatever step the flash was, and the engine that runs it may end by itself at any step of its own.

import type { Timer, TimerId } from "../../firmware/platform/clock.js";
import type { BufferLike, SerialClass, SerialOptions, StreamCallbacks } from "../../firmware/platform/io.js";
import type { Platform } from "../../firmware/platform/platform.js";
import type { Flash } from "../../firmware/platform/storage.js";
import type { TlsClass, TlsOptions } from "../../firmware/platform/tls.js";
import { PowerCut } from "../platform/nor-flash.js";

export interface Life {
  /** Timers that run. */
  readonly timers: Set<TimerId>;
  /** False once the board it ran on was restarted or switched off. */
  alive(): boolean;
  /** The flash lost its power in the middle of its work. */
  powerCut(): void;
  /**
   * The firmware begins something, or asks something of its platform.
   * @returns false when it got no further: what runs on after that runs on nothing
   */
  step(): boolean;
  /** An error came out of the firmware. */
  crashed(error: unknown): void;
}

/** `platform` for one boot. */
export function mortal(platform: Platform, life: Life): Platform {
  const { timer, Serial, TLS, log, keyValue } = platform;
  return {
    ...platform,
    timer: timerOf(timer, life),
    Serial: serialOf(Serial, life),
    TLS: tlsOf(TLS, life),
    log: (...line) => {
      if (!life.alive()) return;
      log(...line);
      life.step();
    },
    keyValue: {
      read: (key) => keyValue.read(key),
      write: (key, value) => {
        if (life.step()) keyValue.write(key, value);
      },
      delete: (key) => {
        if (life.step()) keyValue.delete(key);
      },
    },
  };
}

/** Runs code of the firmware. */
export function guarded<T extends unknown[]>(life: Life, run: (...args: T) => void): (...args: T) => void {
  return (...args) => {
    try {
      if (life.alive() && life.step()) run(...args);
    } catch (error) {
      // What runs on after a power cut runs on nothing.
      if (!(error instanceof PowerCut) && life.alive()) life.crashed(error);
    }
  };
}

function timerOf(timer: Timer, life: Life): Timer {
  return {
    set: (callback, ms) => {
      if (!life.step()) return undefined;
      const id = timer.set(
        guarded(life, () => {
          life.timers.delete(id);
          callback();
        }),
        ms,
      );
      life.timers.add(id);
      return id;
    },
    clear: (id) => {
      life.timers.delete(id);
      timer.clear(id);
    },
  };
}

function serialOf(Serial: SerialClass, life: Life): SerialClass {
  return class extends Serial {
    constructor(options: SerialOptions) {
      super({ ...options, ...callbacksOf(options, life) });
    }
    override write(bytes: BufferLike): number {
      return life.step() ? super.write(bytes) : 0;
    }
  };
}

function tlsOf(TLS: TlsClass, life: Life): TlsClass {
  return class extends TLS {
    constructor(options: TlsOptions) {
      super({ ...options, ...callbacksOf(options, life) });
    }
  };
}

const callbacksOf = (options: StreamCallbacks, life: Life): StreamCallbacks => ({
  onReadable: guarded(life, (count: number) => options.onReadable?.(count)),
  onWritable: guarded(life, (count: number) => options.onWritable?.(count)),
  onError: guarded(life, (error?: Error) => options.onError?.(error)),
});

/** Does a step of a life's work on flash; a power cut in it ends the life. @throws PowerCut */
export function whileAlive<T>(life: Life, work: () => T): T {
  if (!life.alive() || !life.step()) throw new PowerCut();
  try {
    return work();
  } catch (error) {
    if (error instanceof PowerCut) life.powerCut();
    throw error;
  }
}

/** The flash as one boot's firmware has it: with its power, and no longer than that firmware lives. */
export function mortalFlash(flash: Flash, life: Life): Flash {
  return {
    read: (length, offset) => whileAlive(life, () => flash.read(length, offset)),
    write: (bytes, offset) => whileAlive(life, () => flash.write(bytes, offset)),
    eraseBlock: (block) => whileAlive(life, () => flash.eraseBlock(block)),
    status: () => flash.status(),
  };
}
