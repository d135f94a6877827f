// The windows of a download: in each what is missing of the file is fetched, and what is whole is made an image of. What ended
// a window decides when there is a next one, and whether.
//
// Rules: how far it has come is kept sector by sector, and its volume before it is used; no window goes over its budget.

import type { RunningRequest } from "../http/client.js";
import { asFailure, storyOf } from "../platform/failure.js";
import type { CurrentUpdate } from "./current.js";
import { type UpdateCode, UpdateError } from "./error.js";
import { ImageMaking } from "./image-making.js";
import type { Manifest } from "./manifest.js";
import type { Reports } from "./reports.js";
import { updateRoots } from "./roots.js";
import { transfer } from "./transfer.js";

/** Volume that is kept ahead: what is used between two times that it is kept is less. */
const AHEAD_BYTES = 16_384;
/** A connection takes this at least: where less is left none is made. */
const LEAST_BYTES = 8_192;
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
    const { record } = memory;
    const began = platform.clock.monotonic();
    const airBefore = owner.airBytes();
    const budget = config.updateBudgetKb * 1_000 || Number.POSITIVE_INFINITY;
    const before = record.usedBytes;
    const used = () => before + owner.airBytes() - airBefore;
    if (before + LEAST_BYTES > budget) throw overBudget();
    platform.log("info", "update-window", { from: record.done, length: manifest.length });
    let kept = before + AHEAD_BYTES;
    memory.change({ usedBytes: kept });
    let code: string | undefined;
    try {
      this.#request = transfer({
        ...{ manifest, owner, timer: platform.timer, target: update.target, from: record.done, etag: record.etag },
        roots: updateRoots(config.updateRoots, update.roots),
        onHead: (etag, bytes) => {
          // A sixteenth for records, headers and acknowledgements.
          if (used() + (bytes * 17) / 16 > budget) throw overBudget();
          if (etag !== 0 && etag !== memory.record.etag) memory.change({ etag });
        },
        onSector: (done) => {
          if (used() > budget) throw overBudget();
          if (owner.day() !== "ok") throw new UpdateError("update-day", "the day's volume is near its end");
          if (used() + AHEAD_BYTES / 2 > kept) kept = used() + AHEAD_BYTES;
          memory.change({ done, usedBytes: kept, fruitless: 0 });
          current.waitsWhy = undefined;
        },
      });
      await this.#request.answer;
    } catch (error) {
      code = asFailure(error).code;
      throw error;
    } finally {
      const airBytes = owner.airBytes() - airBefore;
      if (memory.record.seq === manifest.seq) memory.change({ usedBytes: before + airBytes });
      const ms = platform.clock.monotonic() - began;
      platform.log("info", "update-window-over", { done: memory.record.done, ms, airBytes, code });
    }
  }

  /** What follows from a window's failure. */
  private stumble(error: unknown, before: number): void {
    const current = this.#current;
    const { memory } = current;
    const { record } = memory;
    const failure = asFailure(error);
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
    const { platform } = current.parts;
    const fruitless = record.fruitless + 1;
    platform.log("warn", "failure", { code, message: storyOf(failure), cause: isOurs ? undefined : failure.code });
    if (fruitless > FRUITLESS_MOST) {
      this.#reports.give(isOurs ? failure : new UpdateError(code, "the server cannot be reached", failure));
      return;
    }
    memory.change({ fruitless });
    if (fruitless > 1) current.waitsWhy = code;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (fruitless - 1));
    current.retryAt = platform.clock.monotonic() + Math.max(wait, failure.retryAfterMs ?? 0);
  }
}

const overBudget = () => new UpdateError("update-budget", "the update has taken the volume that one may take");
