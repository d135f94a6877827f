// When a scheduler goes on after an event whose code may use promises: once all of them have settled. How that is known differs
// from engine to engine, so the world is handed it.

/** The turns of whatever runs the world. */
export interface Turn {
  /** Calls `next` once every promise has settled that can settle by itself. Cheap: once for each event. */
  afterPromises(next: () => void): void;
  /** Calls `next` after others on this thread had their turn. */
  later(next: () => void): void;
}

/**
 * Node's: it runs what `nextTick` was given from within a microtask only when no microtask is left. The same as a setImmediate,
 * at a third of its cost.
 */
export const nodeTurn: Turn = {
  afterPromises: (next) => queueMicrotask(() => process.nextTick(next)),
  later: (next) => void setImmediate(next),
};

/** The two ends of a channel of messages, as much of them as is used here. */
export interface Channel {
  readonly port1: {
    addEventListener(type: "message", listener: () => void): void;
    start(): void;
    close(): void;
  };
  readonly port2: { postMessage(message: unknown): void };
}

/** Turns that one message gives. */
const LISTENERS = 64;

/**
 * A page's: between two listeners of one event all microtasks run (HTML "clean up after running script", DOM "inner invoke"), so
 * that a message with many listeners gives as many turns at the price of one task. Promise hops, however many, promise nothing.
 * @param channel a new MessageChannel; it belongs to the turn
 */
export function portTurn(channel: Channel): Turn & { close(): void } {
  const waiting: (() => void)[] = [];
  const later: (() => void)[] = [];
  /** Listeners that the present message still has. */
  let left = 0;
  const post = () => channel.port2.postMessage(0);
  for (let i = 0; i < LISTENERS; i++) {
    // A function of its own each: the same one would be added once.
    channel.port1.addEventListener("message", () => {
      left = LISTENERS - 1 - i;
      const next = (i === 0 ? later.shift() : undefined) ?? waiting.shift();
      next?.();
      if (left === 0 && waiting.length > 0) post();
    });
  }
  channel.port1.start();
  return {
    afterPromises: (next) => {
      if (waiting.push(next) === 1 && left === 0) post();
    },
    later: (next) => {
      later.push(next);
      post();
    },
    close: () => channel.port1.close(),
  };
}
