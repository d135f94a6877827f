// Keeps what the cloud saw and what a device logged, to be asked afterwards: for runs of hours, not of weeks.

import type { Log, LogEvent, LogEvents, LogLevel } from "../../firmware/platform/events.js";
import type { PublishEvent } from "../cloud/broker/events.js";
import { decodeRecords } from "../decode/records.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import type { CloudEvent, DeskWatcher } from "./desk.js";

/** One line of a device's log, of one event or of any. */
export type Logged<E extends LogEvent = LogEvent> = {
  [K in E]: {
    /** Milliseconds since 1970, or as whoever keeps it says. */
    at: number;
    level: LogLevel;
    event: K;
    fields: LogEvents[K];
  };
}[E];

/** A watcher that keeps what it hears. */
export class Chronicle implements DeskWatcher {
  /** The device's log. */
  readonly logged: Logged[] = [];
  /** What the cloud saw. */
  readonly seen: CloudEvent[] = [];
  readonly log: Log = (level, event, fields) => {
    this.logged.push({ at: this.#world.now, level, event, fields } as Logged);
  };
  readonly cloud = (event: CloudEvent): void => {
    this.seen.push(event);
  };
  readonly #world: VirtualWorld;

  constructor(world: VirtualWorld) {
    this.#world = world;
  }

  /** The log's lines of one event. */
  named<E extends LogEvent>(event: E): Logged<E>[] {
    return this.logged.filter((line) => line.event === event) as Logged<E>[];
  }

  /** What the cloud saw of one type. */
  events<T extends CloudEvent["type"]>(type: T): Extract<CloudEvent, { type: T }>[] {
    return this.seen.filter((event): event is Extract<CloudEvent, { type: T }> => event.type === type);
  }

  /** What was published on a topic, as JSON: records that travelled together one by one. */
  published(topic: string): Record<string, unknown>[] {
    return this.events("publish")
      .filter((event) => event.topic === topic)
      .flatMap(recordsOf);
  }
}

/** A payload as JSON. @throws SyntaxError */
export function bodyOf({ payload }: Pick<PublishEvent, "payload">): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
}

/** The records in a payload. @throws RecordsError */
const recordsOf = ({ payload }: Pick<PublishEvent, "payload">) => decodeRecords(payload);
