// The windows of a download: in each what is missing of the file is fetched, and what is whole is made an image of. What ended
// a window decides when there is a next one, and whether.
//
// Rules: how far it has come is kept sector by sector; no window goes over the update's budget (volume.ts).

import type { RunningRequest } from "../http/client.js";
import { asFailure, storyOf } from "../platform/failure.js";
import type { CurrentUpdate } from "./current.js";
import { type UpdateCode, UpdateError } from "./error.js";
import { ImageMaking } from "./image-making.js";
import type { Manifest } from "./manifest.js";
import type { Reports } from "./reports.js";
import { updateRoots } from "./roots.js";
import { transfer } from "./transfer.js";
import { WindowVolume } from "./volume.js";

/** Windows in a row that bring nothing, and how long it is waited after them, in milliseconds. */
const FRUITLESS_MOST = 10;
const RETRY_MS = 60_000;
const RETRY_MAX_MS = 3_600_000;

export class DownloadWindow {
  readonly #current: CurrentUpdate;
  readonly #reports: Reports;
  #request: RunningRequest | undefined;
  /** Number of the window that is open: work that belongs to another ends. */
  #number = 0;

  constructor(current: CurrentUpdate, reports: Reports) {
    this.#current = current;
    this.#reports = reports;
  }

  /** The device is offline, and this has the modem to itself until it settles. Never fails. */
  async open(): Promise<void> {
    const number = ++this.#number;
    const current = this.#current;
    const { manifest, memory, parts } = current;
    if (manifest === undefined) return;
    const { clock } = parts.platform;
    const isOpen = () => number === this.#number;
    const before = memory.record.done;
    const making = new ImageMaking(current, this.#reports, manifest, isOpen);
    try {
      // What cannot be made is not fetched.
      if (memory.record.done === 0 && !(await making.hasBase())) return;
      if (memory.record.done < manifest.length) await this.fetch(manifest);
      if (isOpen() && memory.record.done === manifest.length) await making.complete();
    } catch (error) {
      if (isOpen()) this.stumble(error, before);
    }
    this.#request = undefined;
    if (isOpen()) this.#number++;
    const wait = current.retryAt - clock.monotonic();
    if (wait > 0) parts.platform.log("info", "update-retry", { ms: wait });
  }

  /** The window is over. */
  cancel(): void {
    this.#number++;
    this.#request?.cancel();
    this.#request = undefined;
  }

  private async fetch(manifest: Manifest): Promise<void> {
    const current = this.#current;
    const { memory } = current;
    const { owner, platform, update, config } = current.parts;
    const { done: from, etag: seen } = memory.record;
    const began = platform.clock.monotonic();
    const volume = new WindowVolume(current, () => this.#request?.cancel());
    volume.begin(manifest.length - from);
    platform.log("info", "update-window", { from, length: manifest.length });
    let code: string | undefined;
    try {
      this.#request = transfer({
        ...{ manifest, owner, volume, timer: platform.timer, target: update.target, from, etag: seen },
        roots: updateRoots(config.updateRoots, update.roots),
        onHead: (etag) => {
          if (etag !== 0 && etag !== memory.record.etag) memory.change({ etag });
        },
        onSector: (done) => {
          memory.change({ done, usedBytes: volume.ahead(), fruitless: 0 });
          current.waitsWhy = undefined;
        },
      });
      await this.#request.answer;
    } catch (error) {
      const failure = asFailure(volume.over ?? error);
      code = failure.code;
      throw failure;
    } finally {
      const { airBytes } = volume;
      volume.end(code === undefined);
      const ms = platform.clock.monotonic() - began;
      platform.log("info", "update-window-over", { done: memory.record.done, ms, airBytes, code });
    }
  }

  /** What follows from a window's failure. */
  private stumble(error: unknown, before: number): void {
    const current = this.#current;
    const { memory, parts } = current;
    const { record } = memory;
    const failure = asFailure(error);
    const now = parts.platform.clock.monotonic();
    if (failure.retryAfterMs !== undefined) current.askedUntil = now + failure.retryAfterMs;
    const isOurs = failure instanceof UpdateError;
    const code: UpdateCode = isOurs ? failure.code : "update-connection";
    if (code === "update-changed" || code === "update-range") {
      if (record.overs > 0) this.#reports.give(failure as UpdateError);
      else memory.change({ done: 0, etag: 0, overs: 1, toldPercent: 0 });
      return;
    }
    if (isOurs && failure.advice === "give-up") {
      this.#reports.give(failure, code === "update-format");
      return;
    }
    // Whatever ended a window that brought something: the next one brings more.
    if (record.done > before) return;
    const fruitless = record.fruitless + 1;
    parts.platform.log("warn", "failure", {
      code,
      message: storyOf(failure),
      cause: isOurs ? undefined : failure.code,
    });
    if (fruitless > FRUITLESS_MOST) {
      this.#reports.give(isOurs ? failure : new UpdateError(code, "the server cannot be reached", failure));
      return;
    }
    memory.change({ fruitless });
    if (fruitless > 1) current.waitsWhy = code;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (fruitless - 1));
    current.retryAt = now + Math.max(wait, failure.retryAfterMs ?? 0);
  }
}
