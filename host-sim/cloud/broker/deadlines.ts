// Many deadlines, the earliest of them at hand: a binary heap with one entry for each owner.
// Moving a deadline later, as each packet does to a keep-alive, costs nothing: the heap notices when the old time comes up.

interface Entry<T> {
  at: number;
  owner: T;
}

/** Deadlines by owner, in milliseconds. `set` is O(log n), and O(1) when it moves a deadline later. */
export class Deadlines<T> {
  readonly #wanted = new Map<T, number>();
  readonly #heap: Entry<T>[] = [];

  /** Sets the one deadline of `owner`; undefined takes it away. */
  set(owner: T, at: number | undefined): void {
    if (at === undefined) {
      this.#wanted.delete(owner);
      return;
    }
    const before = this.#wanted.get(owner);
    this.#wanted.set(owner, at);
    if (before === undefined || at < before) this.#push({ at, owner });
  }

  /** The earliest deadline, or undefined when there is none. */
  next(): number | undefined {
    this.#settle();
    return this.#heap[0]?.at;
  }

  /** Takes out one owner whose deadline is not after `now`: the earliest first. */
  takeDue(now: number): T | undefined {
    this.#settle();
    const head = this.#heap[0];
    if (head === undefined || head.at > now) return undefined;
    this.#pop();
    this.#wanted.delete(head.owner);
    return head.owner;
  }

  /** Brings an entry to the head that still holds: drops those taken away, puts back those moved later. */
  #settle(): void {
    for (;;) {
      const head = this.#heap[0];
      if (head === undefined) return;
      const wanted = this.#wanted.get(head.owner);
      if (wanted === head.at) return;
      this.#pop();
      if (wanted !== undefined && wanted > head.at) this.#push({ at: wanted, owner: head.owner });
    }
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= entry.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
