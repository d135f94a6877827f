// One core's next deadline in the scheduler. Cores put their deadline off all the time (a keep-alive after each packet):
// a later deadline costs nothing, the old event just looks again.

import type { Planned, Scheduler } from "./scheduler.js";

/** Calls `due` when the deadline last set has come. `due` calls only cores, see `Scheduler.pure`. */
export class Alarm {
  readonly #scheduler: Scheduler;
  readonly #due: () => void;
  #deadline: number | undefined;
  #planned: Planned | undefined;

  constructor(scheduler: Scheduler, due: () => void) {
    this.#scheduler = scheduler;
    this.#due = due;
  }

  /** Sets the deadline, milliseconds since 1970; undefined: none. */
  set(deadline: number | undefined): void {
    this.#deadline = deadline;
    if (deadline === undefined) return;
    if (this.#planned !== undefined) {
      if (this.#planned.time <= deadline) return;
      this.#scheduler.cancel(this.#planned);
    }
    this.#planned = this.#scheduler.pure(deadline, () => this.#look());
  }

  #look(): void {
    this.#planned = undefined;
    const deadline = this.#deadline;
    if (deadline === undefined) return;
    if (deadline > this.#scheduler.now) {
      this.set(deadline);
    } else {
      this.#deadline = undefined;
      this.#due();
    }
  }
}
