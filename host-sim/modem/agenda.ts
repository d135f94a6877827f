// What is to happen later: a binary heap by time, then by order of entry. Adding and taking cost O(log n), looking O(1).

/** One thing to do at a time. `cancel` is harmless once it has run. */
export class Job {
  readonly at: number;
  readonly order: number;
  /** True: it stays when the module loses its power (a finger on PWRKEY does). */
  readonly survives: boolean;
  #run: (() => void) | undefined;

  constructor(at: number, order: number, survives: boolean, run: () => void) {
    this.at = at;
    this.order = order;
    this.survives = survives;
    this.#run = run;
  }

  get live(): boolean {
    return this.#run !== undefined;
  }

  cancel(): void {
    this.#run = undefined;
  }

  run(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.();
  }
}

function before(a: Job, b: Job): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export class Agenda {
  #heap: Job[] = [];
  #order = 0;

  /** Adds a job for the time `at`. */
  add(at: number, run: () => void, survives = false): Job {
    const job = new Job(at, this.#order++, survives, run);
    this.#heap.push(job);
    this.#rise(this.#heap.length - 1);
    return job;
  }

  /** Time of the first job that is still to run. */
  next(): number | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.live) this.#removeFirst();
    return this.#heap[0]?.at;
  }

  /** Takes the first job if it is due at `now`. */
  take(now: number): Job | undefined {
    const at = this.next();
    return at !== undefined && at <= now ? this.#removeFirst() : undefined;
  }

  /** Drops all jobs but those that survive a loss of power. */
  clear(): void {
    const kept = this.#heap.filter((job) => job.survives && job.live);
    for (const job of this.#heap) if (!job.survives) job.cancel();
    this.#heap = kept.sort((a, b) => (before(a, b) ? -1 : 1));
  }

  #removeFirst(): Job {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #rise(index: number): void {
    const heap = this.#heap;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(index: number): void {
    const heap = this.#heap;
    let at = index;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}
