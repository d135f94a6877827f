// A connection to a cloud as the device uses it, whatever carries it.

import type { BatchRule } from "../mqtt/batch.js";
import type { Journal } from "../mqtt/journal.js";
import type { Clock, Timer } from "../platform/clock.js";
import type { Failure } from "../platform/failure.js";
import type { BoundStream, Means } from "./connect.js";
import type { Plan } from "./plan.js";
import type { Topics } from "./profile.js";

/** What happens on an uplink. Never called from inside its methods. */
export interface UplinkEvents {
  /**
   * The cloud has taken over record `sequence`: the way is proven. `whole`: on a connection of its own, which is over and
   * was not cut.
   */
  onDelivered: (sequence: number, whole?: boolean) => void;
  /** Record `sequence` can never be sent on this uplink, and has left the journal. */
  onRejected: (sequence: number, failure: Failure) => void;
  /**
   * `payload` is a view: copy what is to be kept. `retained`: the broker kept it, and hands it to each new subscription
   * (MQTT 3.1.1 §3.3.1.3).
   */
  onMessage: (topic: string, payload: Uint8Array, retained: boolean) => void;
  /** The credentials were refused, and it goes on with them by another way: no other connection is to be made with them. */
  onRefused: (failure: Failure) => void;
  /** Once, when it has ended by itself after `open` had succeeded. */
  onClosed: (failure: Failure) => void;
}

/** What an uplink is made of. */
export interface UplinkParts {
  /** Dials by the plan. */
  stream: BoundStream;
  /** Has what to dial by another plan with. Asked then: kept, it would be memory as long as the connection. */
  stack: { means(): Means };
  plan: Plan;
  topics: Topics;
  /** Records wait here until the cloud has them. */
  journal: Journal;
  /** Which of them travel together; left out: each by itself. */
  batch?: BatchRule | undefined;
  clock: Clock;
  timer: Timer;
  events: UplinkEvents;
  /** Its end leads back to another way, which has failed: a delivery is no proof before this one has lasted. */
  mustLast?: boolean;
}

/** Makes the connection for a plan: MQTT, or another carrier. */
export type UplinkFactory = (parts: UplinkParts) => Uplink;

/** One connection. It is made for one plan and used once. */
export interface Uplink {
  /** Whether messages come by it. */
  readonly hears: boolean;
  /**
   * Connects, authenticates and subscribes.
   * @throws Failure; the uplink is closed then
   */
  open(): Promise<void>;
  /** New records wait in the journal. */
  kick(): void;
  /** Offers nothing more, waits for what was offered, then ends in order; takes a bounded time and always settles. */
  finish(): Promise<void>;
  /** Ends it at once and without an event. Harmless when it has ended. */
  close(): void;
}
