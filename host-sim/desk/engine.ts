// The engine that runs a firmware, counted in steps: each time it begins something or asks something of its platform. It can be
// made to end at any of them, without a word, as XS does when its stack or its heap is full.

export class Engine {
  /** Steps until it ends; the step of each life at which it does; and steps of this life. */
  #left = Number.POSITIVE_INFINITY;
  #last = Number.POSITIVE_INFINITY;
  #steps = 0;

  /** It ends after so many steps more; infinity: it does not. */
  endAfter(steps: number): void {
    this.#left = steps;
  }

  /** It ends at this step of each life, counted from the firmware's composition; infinity: it does not. */
  endAt(step: number): void {
    this.#last = step;
  }

  /**
   * A life begins. One that ended before it has noted its start and planned to wait could not wait: that is beyond
   * any firmware.
   */
  begin(): void {
    this.#steps = Number.NEGATIVE_INFINITY;
  }

  /** The firmware is about to be composed. */
  compose(): void {
    this.#steps = 0;
  }

  /** @returns false when it ends with this step */
  step(): boolean {
    if (--this.#left > 0 && ++this.#steps < this.#last) return true;
    this.#left = Number.POSITIVE_INFINITY;
    return false;
  }
}
