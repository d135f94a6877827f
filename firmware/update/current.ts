// The update that is under way, as those who carry it out share it: what is kept of it over restarts, and what holds for this
// life alone.

import type { UpdateCode } from "./error.js";
import type { Manifest } from "./manifest.js";
import { UpdateMemory } from "./memory.js";
import type { UpdateParts } from "./owner.js";
import type { TrialState } from "./trial.js";

export class CurrentUpdate {
  readonly parts: UpdateParts;
  readonly memory: UpdateMemory;
  /** Of the update that is under way; undefined: none is, or its image is on trial already. */
  manifest: Manifest | undefined;
  /** Of the image that runs; undefined: it is confirmed. */
  trial: TrialState | undefined;
  /** Monotonic time since which the device is connected, in milliseconds; undefined: it is not. */
  onlineAt: number | undefined;
  /** Monotonic time before which nothing is tried, in milliseconds. */
  retryAt = 0;
  /** The same where a server has asked for it, which is seldom, and no memory else: no other manifest ends that wait. */
  declare askedUntil?: number;
  /** What it waits for, as the cloud was told, and as it is to be told. */
  waitsFor: UpdateCode | undefined;
  waitsWhy: UpdateCode | undefined;

  constructor(parts: UpdateParts) {
    this.parts = parts;
    this.memory = new UpdateMemory(parts.platform);
  }
}
