// A device in a virtual world, for journeys from power-on to the cloud: what it logs, what the cloud sees, and its restarts.

import { type Composition, composeDevice } from "../../firmware/compose.js";
import type { Device } from "../../firmware/device/device.js";
import type { Log, LogFields } from "../../firmware/platform/events.js";
import type { Link } from "../../firmware/platform/link.js";
import type { Platform } from "../../firmware/platform/platform.js";
import type { Flash, KeyValue } from "../../firmware/platform/storage.js";
import type { BrokerEvent, PublishEvent } from "../../host-sim/cloud/broker/events.js";
import type { OnboardingEvent } from "../../host-sim/cloud/onboarding/onboarding.js";
import { Sim7080 } from "../../host-sim/modem/sim7080.js";
import type { BoardClock } from "../../host-sim/world/board.js";
import type { VirtualDevice } from "../../host-sim/world/device.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { DEFAULT_SIM, sourceAddressOf } from "../../host-sim/world/sims.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export type CloudEvent = OnboardingEvent | BrokerEvent;

export interface Logged {
  /** Milliseconds since 1970. */
  at: number;
  event: string;
  fields: LogFields;
}

/** A world in which a cloud is watched. */
export class WatchedWorld extends VirtualWorld {
  readonly seen: CloudEvent[] = [];
  /** For a cloud's `onEvent`. */
  readonly onEvent = (event: CloudEvent): void => {
    this.seen.push(event);
  };

  events<T extends CloudEvent["type"]>(type: T): Extract<CloudEvent, { type: T }>[] {
    return this.seen.filter((event): event is Extract<CloudEvent, { type: T }> => event.type === type);
  }

  /** What was published on a topic, as JSON. */
  published(topic: string): Record<string, unknown>[] {
    return this.events("publish")
      .filter((event) => event.topic === topic)
      .map(bodyOf);
  }
}

export function bodyOf({ payload }: PublishEvent): Record<string, unknown> {
  return JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;
}

export interface TravellerOptions {
  /** Number of its SIM. */
  sim?: number;
  keyValue?: KeyValue;
  flash?: Flash;
  clock?: BoardClock;
  seed?: number;
  compose: (platform: Platform, log: Log) => Composition;
}

/** A device with its modem; it boots again when it restarts its chip. */
export class Traveller {
  readonly logged: Logged[] = [];
  readonly keyValue: KeyValue;
  readonly board: VirtualDevice;
  device!: Device;
  link!: Link;
  readonly #world: VirtualWorld;
  readonly #options: TravellerOptions;

  constructor(world: VirtualWorld, options: TravellerOptions) {
    const { sim = DEFAULT_SIM, seed = 1, keyValue = new MemoryKeyValue(), flash, clock } = options;
    this.#world = world;
    this.#options = options;
    this.keyValue = keyValue;
    this.board = world.device({
      name: `device ${sim}`,
      modem: new Sim7080({ seed, sim }),
      sourceAddress: sourceAddressOf(sim),
      keyValue,
      ...(flash && { flash }),
      ...(clock && { clock }),
      log: this.#log,
      onRestart: () => this.start(),
    });
  }

  readonly #log: Log = (_level, event, fields: LogFields) => {
    this.logged.push({ at: this.#world.now, event, fields });
  };

  /** Powers the board on, or restarts it. */
  start(): void {
    const platform = this.board.boot();
    ({ device: this.device, link: this.link } = composeDevice(platform, this.#options.compose(platform, this.#log)));
    this.device.start();
  }

  named(event: string): Logged[] {
    return this.logged.filter((entry) => entry.event === event);
  }

  /** Runs until this many records were acknowledged since the last start. @returns whether it came to that */
  acked(count: number, limitMs = 10 * MINUTE_MS): Promise<boolean> {
    return this.#world.run(() => this.device.counters.acked >= count, limitMs);
  }

  /** Runs until a command was answered and the answer acknowledged. */
  answered(count = 1, limitMs = 5 * MINUTE_MS): Promise<boolean> {
    return this.#world.run(() => this.device.counters.answered >= count, limitMs);
  }
}
