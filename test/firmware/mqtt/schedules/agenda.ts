// Virtual time for one schedule: things that happen at their times, those of one time in the order they were entered.

export class Agenda {
  now = 0;
  #entered = 0;
  #entries: { at: number; order: number; what: () => void }[] = [];

  in(ms: number, what: () => void): void {
    this.#entries.push({ at: this.now + ms, order: this.#entered++, what });
  }

  /** Does the next thing. @returns false when there is none before `end` */
  step(end: number): boolean {
    let first = -1;
    const entries = this.#entries;
    for (let i = 0; i < entries.length; i++) {
      const here = entries[i]!;
      const best = entries[first];
      if (!best || here.at < best.at || (here.at === best.at && here.order < best.order)) first = i;
    }
    const next = entries[first];
    if (!next || next.at > end) return false;
    entries[first] = entries[entries.length - 1]!;
    entries.pop();
    this.now = next.at;
    next.what();
    return true;
  }
}
