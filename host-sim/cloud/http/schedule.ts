// Bytes and closes that a core owes its connections at some later time: answers after a delay, answers that drip.

import type { ServerAction } from "../../world/core.js";
import { Deadlines } from "../broker/deadlines.js";

interface Owed {
  at: number;
  action: ServerAction;
}

/** What is owed, by connection, each connection's in order. */
export class Schedule {
  readonly #owed = new Map<number, Owed[]>();
  readonly #deadlines = new Deadlines<number>();

  /** Owes an action from `at` on, yet never before what was owed to the same connection already. */
  add(at: number, action: ServerAction): void {
    const { connection } = action;
    const queue = this.#owed.get(connection);
    if (queue === undefined) {
      this.#owed.set(connection, [{ at, action }]);
      this.#deadlines.set(connection, at);
    } else {
      queue.push({ at: Math.max(at, queue.at(-1)!.at), action });
    }
  }

  /** Everything due by `now`. */
  take(now: number): ServerAction[] {
    const actions: ServerAction[] = [];
    for (let connection = this.#deadlines.takeDue(now); connection !== undefined; ) {
      const queue = this.#owed.get(connection)!;
      while (queue.length > 0 && queue[0]!.at <= now) actions.push(queue.shift()!.action);
      if (queue.length === 0) this.#owed.delete(connection);
      else this.#deadlines.set(connection, queue[0]!.at);
      connection = this.#deadlines.takeDue(now);
    }
    return actions;
  }

  /** Everything owed to a connection, due or not. */
  takeAll(connection: number): ServerAction[] {
    const queue = this.#owed.get(connection) ?? [];
    this.forget(connection);
    return queue.map(({ action }) => action);
  }

  /** The connection is gone, and nothing is owed to it any more. */
  forget(connection: number): void {
    this.#owed.delete(connection);
    this.#deadlines.set(connection, undefined);
  }

  next(): number | undefined {
    return this.#deadlines.next();
  }
}
