// How a device rests between two wakes, with the power profiles `psm` and `off`: when, and for how long it sleeps. A device
// that is always online makes none of it.
//
// Rule: it rests once all is delivered, no command has come for a while, and neither the app nor an update has anything to do.

import type { TimerId } from "../platform/clock.js";
import type { Sleep } from "../platform/system.js";
import type { RuntimeSettings } from "./configurator.js";
import type { OwnApp } from "./own-app.js";
import type { DeviceParts } from "./parts.js";
import type { Recorder } from "./recorder.js";
import type { Restarts } from "./restarts.js";
import type { Runner } from "./runner.js";
import type { Updates } from "./updates.js";
import type { Usage } from "./usage.js";

/** How soon it is looked again whether the own app is ready for a rest, in milliseconds. */
const BUSY_LOOK_MS = 1_000;

/** Who rests. */
export interface RestingDevice extends Pick<Runner, "phase" | "send" | "waitFor"> {
  readonly settings: RuntimeSettings;
  readonly updates: Updates | undefined;
  readonly onTrial: boolean;
  readonly restarts: Pick<Restarts, "why">;
  usage(): Usage;
  /** A restart starts a new image. */
  onReady(): void;
  /** The chip is about to sleep deeply; its modem rests so. */
  onSleep(ms: number, modemRests: string | undefined): void;
}

export class Rests {
  readonly #parts: DeviceParts;
  readonly #device: RestingDevice;
  readonly #recorder: Pick<Recorder, "dueInMs" | "wakeInMs">;
  readonly #own: OwnApp | undefined;
  #timer: TimerId;
  /** How the modem was put to rest; of a chip that has left it alone, by the life before. */
  #modemRests: string | undefined;

  constructor(
    parts: DeviceParts,
    device: RestingDevice,
    recorder: Pick<Recorder, "dueInMs" | "wakeInMs">,
    own: OwnApp | undefined,
  ) {
    this.#parts = parts;
    this.#device = device;
    this.#recorder = recorder;
    this.#own = own;
    this.#modemRests = parts.boot?.modemRests;
  }

  /** The modem is woken. */
  wakes(): void {
    this.#modemRests = undefined;
  }

  /** All may be delivered by now: rests after a while in which no command comes. */
  plan(atLeastMs = 0): void {
    const { platform, journal } = this.#parts;
    const device = this.#device;
    this.stop();
    this.#timer = platform.timer.set(
      () => {
        // What the app has been asked for is to be said before.
        const wants = device.updates?.wants;
        if (this.#own?.isBusy || device.onTrial) this.plan(BUSY_LOOK_MS);
        else if (journal.size > 0) return;
        else if (wants === "restart") device.onReady();
        else device.send({ type: wants === "window" ? "update" : "rest" });
      },
      Math.max(atLeastMs, device.settings.listenS * 1_000),
    );
  }

  /** The connection is no more. */
  stop(): void {
    this.#parts.platform.timer.clear(this.#timer);
  }

  /** Puts the modem to rest. @throws Failure */
  async rest(): Promise<void> {
    const { link, platform } = this.#parts;
    const how = await link.rest?.();
    this.#modemRests = how;
    platform.log("info", "resting", { how, ...this.#device.usage() });
  }

  /** Until the next record that wakes the modem: the chip sleeps if it can, else the device waits. */
  sleep(): void {
    const { platform, journal } = this.#parts;
    const { sleep, log } = platform;
    const own = this.#own;
    const ms = own?.isUrgent && journal.size > 0 ? 0 : this.#recorder.wakeInMs;
    if (own) own.isUrgent = false;
    log("info", "asleep", { ms });
    // A restart that was granted comes within seconds; a chip that slept would forget it.
    if (!sleep || this.#device.restarts.why !== undefined) {
      this.#device.waitFor(ms);
      return;
    }
    const closing = own?.close();
    if (closing) closing.then(() => this.sleepDeeply(sleep, ms));
    else this.sleepDeeply(sleep, ms);
  }

  /** What runs ends here, and begins anew when the next record is due. */
  private sleepDeeply(sleep: Sleep, longestMs: number): void {
    // Stopped while the app took its leave.
    if (this.#device.phase !== "asleep") return;
    const ms = Math.min(longestMs, this.#recorder.dueInMs);
    this.#device.onSleep(ms, this.#modemRests);
    sleep(ms);
  }
}
