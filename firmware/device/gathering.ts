// Records that are gathered for one wake of the modem. A chip that sleeps deeply boots for each of them, and leaves the modem
// alone but for the last: what it needs for that it has kept over its sleep.

import type { Platform } from "../platform/platform.js";
import { restsBetween } from "../settings/rules.js";
import type { Config } from "../settings/table.js";
import type { BootRecord } from "./boot-record.js";
import { keepNap, takeNap } from "./memory.js";
import type { Recorder } from "./recorder.js";

interface GatheringParts {
  platform: Pick<Platform, "clock" | "keyValue" | "log" | "sleep">;
  config: Pick<Config, "power" | "recordsPerWake">;
  boot?: Pick<BootRecord, "reset" | "safe"> | undefined;
  recorder: Recorder;
}

export class Gathering {
  readonly #parts: GatheringParts;
  /** This life has begun with a record, and it is not known yet whether the modem is to be woken. */
  #isOpen = false;

  constructor(parts: GatheringParts) {
    this.#parts = parts;
  }

  /**
   * Begins with a record where this life is a wake that the one before has planned. Its time is the one that the sleep was to
   * end at: as good as the chip's slow clock.
   * @returns whether the modem waits: `isDecided` then tells, once the record is there
   */
  begin(): boolean {
    const { platform, config, boot, recorder } = this.#parts;
    if (config.recordsPerWake <= 1 || !restsBetween(config.power)) return false;
    // One that another start finds is of no use, nor later.
    const nap = takeNap(platform);
    if (nap === undefined || boot === undefined || boot.safe || boot.reset !== "sleep") return false;
    platform.clock.setWall(nap.wallMs);
    if (recorder.news) recorder.news.isSo = nap.isSo;
    recorder.speakOn(nap.topics);
    this.#isOpen = true;
    recorder.start();
    return true;
  }

  /** A record is there. @returns true the first time in a life that begins with one */
  isDecided(): boolean {
    const was = this.#isOpen;
    this.#isOpen = false;
    return was;
  }

  /** The chip is about to sleep deeply for so many milliseconds. */
  sleeps(ms: number): void {
    const { platform, config, recorder } = this.#parts;
    const wall = platform.clock.wall();
    const { topics } = recorder;
    if (config.recordsPerWake <= 1 || wall === undefined || topics === undefined) return;
    keepNap(platform, { wallMs: wall + ms, topics, isSo: recorder.news?.isSo });
  }
}
