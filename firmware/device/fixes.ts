// When the device looks where it is: before a link is brought up, or between two connections once nothing waits. A device
// without the setting makes none of it.

import type { AppPosition } from "../platform/app.js";
import type { TimerId } from "../platform/clock.js";
import { restsBetween } from "../settings/rules.js";
import type { RuntimeSettings } from "./configurator.js";
import type { DeviceParts } from "./parts.js";
import { Position } from "./position.js";
import type { Runner } from "./runner.js";

/** How soon it is looked again whether nothing waits, in milliseconds. */
const BUSY_LOOK_MS = 1_000;

/** Whose position it is. */
export interface LocatedDevice extends Pick<Runner, "phase" | "send"> {
  readonly settings: RuntimeSettings;
  /** An update is on trial, which nothing is to hold up. */
  readonly onTrial: boolean;
  /** The own app has something to say yet. */
  readonly isBusy: boolean;
}

export class Fixes {
  readonly position: Position;
  readonly #parts: DeviceParts;
  readonly #device: LocatedDevice;
  #timer: TimerId;

  /** @param isWoken the device wakes from a deep sleep, before which the position was kept */
  constructor(parts: DeviceParts, device: LocatedDevice, isWoken: boolean) {
    const { platform, config } = parts;
    this.#parts = parts;
    this.#device = device;
    this.position = new Position({ platform, config, isWoken });
  }

  /** A device that sleeps looks at the wake that is nearest: the next one is some intervals away. */
  get isDue(): boolean {
    if (this.#device.onTrial) return false;
    const { power, positionS, recordsPerWake } = this.#parts.config;
    const early = restsBetween(power)
      ? Math.min(positionS, this.#device.settings.telemetryIntervalS * recordsPerWake) * 500
      : 0;
    return this.position.dueInMs <= early;
  }

  /** While the device is always online: looks for a fix when it is due and nothing waits. */
  plan(ms = this.position.dueInMs): void {
    const { platform, config, journal } = this.#parts;
    if (restsBetween(config.power)) return;
    this.stop();
    this.#timer = platform.timer.set(() => {
      if (this.position.isOverdue || (journal.size === 0 && !this.#device.isBusy))
        this.#device.send({ type: "locate" });
      else this.plan(BUSY_LOOK_MS);
    }, ms);
  }

  /** The connection is no more. */
  stop(): void {
    this.#parts.platform.timer.clear(this.#timer);
  }

  /** What the own app has of it. */
  forApp(): AppPosition {
    const { position } = this;
    const wish = () => {
      position.wish();
      if (this.#device.phase === "online") this.plan();
    };
    return { last: () => position.last(), wish };
  }
}
