// Virtual time: events in order of their time, and of their making where times are equal. The clock jumps from one to the next.
// After an event that may have run code with promises, all of them settle before the next one; a `pure` event calls
// synchronous cores only, so nothing can be pending after it and the next one runs at once.

import { nodeTurn, type Turn } from "./turn.js";

/** A planned event, to cancel it by. */
export interface Planned {
  readonly time: number;
}

interface Entry extends Planned {
  readonly order: number;
  readonly pure: boolean;
  run: (() => void) | undefined;
}

/** Events run without giving the engine's own loop a turn: bounds how long a storm can shut out a signal or a test's timeout. */
const BURST_LIMIT = 4096;

/** The virtual clock and its queue. */
export class Scheduler {
  #now: number;
  #order = 0;
  #events = 0;
  #running = false;
  /** Binary heap by (time, order). */
  readonly #heap: Entry[] = [];
  readonly #turn: Turn;

  /**
   * @param startMs where virtual time begins, milliseconds since 1970-01-01 UTC
   * @param turn of the engine that runs this; left out: Node's
   */
  constructor(startMs: number, turn: Turn = nodeTurn) {
    this.#now = startMs;
    this.#turn = turn;
  }

  /** Milliseconds since 1970-01-01 UTC, with fractions. */
  get now(): number {
    return this.#now;
  }

  /** Events run so far. */
  get events(): number {
    return this.#events;
  }

  /** When the next event is due, milliseconds since 1970; undefined: none is planned. */
  get next(): number | undefined {
    while (this.#heap[0]?.run === undefined && this.#heap.length > 0) this.#removeFirst();
    return this.#heap[0]?.time;
  }

  /** Plans `run` at `time` (the past means: next). What it calls may use promises. */
  at(time: number, run: () => void): Planned {
    return this.#plan(time, false, run);
  }

  /** Plans a `run` that reaches no code with promises: no firmware, no test, only cores. Much cheaper. */
  pure(time: number, run: () => void): Planned {
    return this.#plan(time, true, run);
  }

  /** Takes a planned event back; one that has run is harmless. */
  cancel(planned: Planned | undefined): void {
    if (planned !== undefined) (planned as Entry).run = undefined;
  }

  /**
   * Runs events until a time or until a condition holds.
   * @param goal a time: runs all events up to it, and the clock then stands there; or a condition, asked before each event
   * @param deadline the latest time for a condition
   * @returns true when the goal was reached; false when the deadline or the last event came first
   * @throws what an event threw, or an Error when it is running already
   */
  run(goal: number | (() => boolean), deadline = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (this.#running) throw new Error("the scheduler is running already");
    this.#running = true;
    const done = typeof goal === "number" ? () => false : goal;
    const end = typeof goal === "number" ? goal : deadline;
    return new Promise<boolean>((resolve, reject) => {
      const finish = (reached: boolean) => {
        if (!reached && Number.isFinite(end)) this.#now = Math.max(this.#now, end);
        resolve(reached || typeof goal === "number");
      };
      let burstEnd = 0;
      const burst = () => {
        burstEnd = this.#events + BURST_LIMIT;
        step();
      };
      const step = () => {
        try {
          while (this.#events < burstEnd) {
            if (done()) return finish(true);
            const entry = this.#next(end);
            if (entry === undefined) return finish(false);
            const run = entry.run!;
            entry.run = undefined;
            this.#now = entry.time;
            this.#events++;
            run();
            if (!entry.pure) return this.#turn.afterPromises(step);
          }
        } catch (error) {
          return reject(error);
        }
        this.#turn.later(burst);
      };
      this.#turn.later(burst);
    }).finally(() => {
      this.#running = false;
    });
  }

  #plan(time: number, pure: boolean, run: () => void): Planned {
    const entry: Entry = { time: Math.max(time, this.#now), order: this.#order++, pure, run };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.time <= entry.time) break; // an equal time was planned earlier: it stays in front
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
    return entry;
  }

  /** Removes and returns the first entry that was not cancelled, if its time is not past `end`. */
  #next(end: number): Entry | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (first.time > end && first.run !== undefined)) return undefined;
      this.#removeFirst();
      if (first.run !== undefined) return first;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
