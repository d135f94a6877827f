// When and why a device restarts by itself, and when the starts before this one are forgotten.

import type { TimerId } from "../platform/clock.js";
import type { Platform } from "../platform/platform.js";
import { unit } from "../platform/system.js";
import type { BootRecord, Intent } from "./boot-record.js";

/**
 * How long a life with a proof must last until the starts before it are forgotten, in milliseconds: what kills a device
 * may come after each connection, with its rest or its second record.
 */
const STEADY_MS = 600_000;
/** How long a restart waits for its answer to arrive, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;

interface RestartsParts {
  platform: Pick<Platform, "clock" | "timer" | "random" | "log" | "restart">;
  boot?: BootRecord | undefined;
}

export class Restarts {
  /** Why the device restarts once it has ended; undefined: it does not. */
  why: Intent | undefined;
  readonly #parts: RestartsParts;
  /** Ends in order. */
  readonly #device: { stop(): void };
  /** Monotonic time of this object's making, in milliseconds. */
  readonly #bornAt: number;
  /** A connection of this life has proven itself and lasted. */
  #isProven = false;
  /** Sequence number of the answer to a restart command: behind it the device ends. */
  #answer: number | undefined;
  #timer: TimerId;

  constructor(parts: RestartsParts, device: { stop(): void }) {
    this.#parts = parts;
    this.#device = device;
    this.#bornAt = parts.platform.clock.monotonic();
  }

  /** A connection has proven itself and lasted. */
  proven(): void {
    const { boot, platform } = this.#parts;
    if (boot === undefined || this.#isProven) return;
    this.#isProven = true;
    if (boot.safe && platform.restart) this.planSafeEnd(boot);
    else {
      const alive = platform.clock.monotonic() - this.#bornAt;
      platform.timer.set(() => boot.proven(), Math.max(0, STEADY_MS - alive));
    }
  }

  /**
   * The device sleeps, and starts anew after it; its modem rests so. A life that came so far, with a proof in between, is one
   * that does not kill.
   */
  sleeps(modemRests: string | undefined): void {
    const { boot } = this.#parts;
    if (this.#isProven) boot?.proven();
    boot?.sleeps(modemRests);
  }

  /** Ends and restarts once the answer has arrived; without one it would be sent after the restart. */
  after(answer: number): void {
    const { timer } = this.#parts.platform;
    this.#answer = answer;
    // One that comes while the device ends to start a new image, or ordinarily again, has that for its restart.
    this.why ??= "command";
    timer.clear(this.#timer);
    this.#timer = timer.set(() => this.#device.stop(), ANSWER_LIMIT_MS);
  }

  /** Record `sequence` has arrived. */
  delivered(sequence: number): void {
    if (sequence === this.#answer) this.#device.stop();
  }

  /** The device is ending: nothing is to end it again. */
  forget(): void {
    this.#parts.platform.timer.clear(this.#timer);
  }

  /** The settings that are stored, and the persistent session, are tried again after a while. */
  private planSafeEnd(boot: BootRecord): void {
    if (this.#timer !== undefined) return;
    const { platform } = this.#parts;
    const ms = boot.safeMs(unit(platform.random));
    platform.log("info", "safe-end-planned", { ms });
    this.#timer = platform.timer.set(() => {
      boot.proven();
      this.why = "safe-end";
      this.#device.stop();
    }, ms);
  }
}
