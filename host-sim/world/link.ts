// One direction of a byte link, and the pair of them that a device's radio is: latency, bandwidth, jitter, loss as delay, cuts.
// What is sent arrives in the order it was sent; nothing is lost for good (TCP above it would repeat it), only late.

import type { Prng } from "./prng.js";
import type { Planned, Scheduler } from "./scheduler.js";

/** How a link behaves, per direction. */
export interface LinkProfile {
  /** One way, in milliseconds. */
  latencyMs: number;
  /** Up to this much more, evenly distributed, in milliseconds. */
  jitterMs: number;
  /** Bytes per second; Infinity: no limit. */
  bytesPerSecond: number;
  /** Probability that a segment is lost and comes `recoveryMs` later, 0 to 1. */
  loss: number;
  recoveryMs: number;
}

/** A server's link inside its data centre, or a device on the same desk. */
export const FAST: LinkProfile = {
  latencyMs: 1,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  loss: 0,
  recoveryMs: 0,
};

/** LTE-M in fair coverage: sim7080.md's theoretical rates, halved, as nobody gets them. */
export const LTE_M: LinkProfile = { latencyMs: 60, jitterMs: 30, bytesPerSecond: 37_000, loss: 0, recoveryMs: 400 };

/** One direction. */
export class Link {
  readonly #scheduler: Scheduler;
  readonly #random: Prng;
  #profile: LinkProfile;
  /** When the last byte handed in will have been put on the wire. */
  #sentUntil = 0;
  #lastArrival = 0;
  /** While the link is cut: what has arrived at the cut, in order. */
  #stalled: (() => void)[] | undefined;
  #mending: Planned | undefined;

  constructor(scheduler: Scheduler, random: Prng, profile: LinkProfile) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#profile = profile;
  }

  /** From now on the link behaves so; what is on its way keeps its time. */
  set profile(profile: LinkProfile) {
    this.#profile = profile;
  }

  /** Bytes handed in that are not on the wire yet, by the present bandwidth. */
  get backlog(): number {
    const ahead = this.#sentUntil - this.#scheduler.now;
    return ahead > 0 && Number.isFinite(this.#profile.bytesPerSecond)
      ? Math.ceil((ahead * this.#profile.bytesPerSecond) / 1000)
      : 0;
  }

  /**
   * Carries `size` bytes (0: a mere control segment) and calls `arrive` at the far end.
   * `arrive` calls only cores unless `impure`, see `Scheduler.pure`.
   */
  carry(size: number, arrive: () => void, impure = false): void {
    const { latencyMs, jitterMs, bytesPerSecond, loss, recoveryMs } = this.#profile;
    const begin = Math.max(this.#sentUntil, this.#scheduler.now);
    this.#sentUntil = begin + (size * 1000) / bytesPerSecond;
    let arrival = this.#sentUntil + latencyMs;
    if (jitterMs > 0) arrival += this.#random.unit() * jitterMs;
    if (this.#random.chance(loss)) arrival += recoveryMs;
    this.#lastArrival = Math.max(arrival, this.#lastArrival);
    const land = () => {
      if (this.#stalled !== undefined) this.#stalled.push(land);
      else arrive();
    };
    if (impure) this.#scheduler.at(this.#lastArrival, land);
    else this.#scheduler.pure(this.#lastArrival, land);
  }

  /** Cuts the link: nothing arrives any more until `restore`. */
  cut(): void {
    this.#stalled ??= [];
    this.#scheduler.cancel(this.#mending);
  }

  /** Mends the link: what had piled up arrives after one more latency, as repeated segments do. */
  restore(): void {
    if (this.#stalled === undefined) return;
    this.#scheduler.cancel(this.#mending);
    const arrival = this.#scheduler.now + this.#profile.latencyMs;
    this.#lastArrival = Math.max(this.#lastArrival, arrival);
    this.#mending = this.#scheduler.at(arrival, () => {
      const stalled = this.#stalled!;
      this.#stalled = undefined;
      for (const land of stalled) land();
    });
  }
}

/** A device's way to the network and back, shared by all its connections. */
export class Path {
  readonly up: Link;
  readonly down: Link;

  constructor(scheduler: Scheduler, random: Prng, up: LinkProfile, down: LinkProfile = up) {
    this.up = new Link(scheduler, random.split("up"), up);
    this.down = new Link(scheduler, random.split("down"), down);
  }

  /** Cuts both directions. */
  cut(): void {
    this.up.cut();
    this.down.cut();
  }

  /** Mends both directions. */
  restore(): void {
    this.up.restore();
    this.down.restore();
  }
}
