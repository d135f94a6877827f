// One direction of the modem's radio in real time: latency, bandwidth, jitter, loss as delay (host-sim/world/link.ts).
// What is sent arrives in the order it was sent. Without a profile it is as if there were none.

import type { LinkProfile } from "../world/link.js";
import type { Prng } from "../world/prng.js";

interface Crossing {
  at: number;
  arrive: () => void;
}

export class Air {
  readonly #profile: LinkProfile | undefined;
  readonly #random: Prng;
  #sentUntil = 0;
  #lastArrival = 0;
  #crossings: Crossing[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(profile: LinkProfile | undefined, random: Prng) {
    this.#profile = profile;
    this.#random = random;
  }

  /** Carries `size` bytes (0: a mere control segment); `arrive` is called at the far end, without a profile at once. */
  carry(size: number, arrive: () => void): void {
    const profile = this.#profile;
    if (!profile) {
      arrive();
      return;
    }
    this.#sentUntil = Math.max(this.#sentUntil, performance.now()) + (size * 1000) / profile.bytesPerSecond;
    const lost = this.#random.chance(profile.loss) ? profile.recoveryMs : 0;
    const at = this.#sentUntil + profile.latencyMs + this.#random.unit() * profile.jitterMs + lost;
    this.#lastArrival = Math.max(this.#lastArrival, at);
    this.#crossings.push({ at: this.#lastArrival, arrive });
    if (this.#crossings.length === 1) this.#wait();
  }

  /** Drops what is under way. */
  close(): void {
    clearTimeout(this.#timer);
    this.#crossings = [];
  }

  #wait(): void {
    const first = this.#crossings[0];
    if (first) this.#timer = setTimeout(() => this.#land(), Math.max(0, first.at - performance.now()));
  }

  #land(): void {
    const now = performance.now();
    // A timer may fire a fraction of a millisecond early.
    while (this.#crossings[0] && this.#crossings[0].at <= now + 1) this.#crossings.shift()!.arrive();
    this.#wait();
  }
}
