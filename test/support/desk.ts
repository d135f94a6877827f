// A desk as most journeys want it: everything that happens is kept, and what has come of it is at hand.

import type { Device } from "../../firmware/device/device.js";
import type { Log, LogEvent, LogEvents } from "../../firmware/platform/events.js";
import { Chronicle } from "../../host-sim/desk/chronicle.js";
import { type CloudEvent, Desk, type DeskOptions } from "../../host-sim/desk/desk.js";
import { VirtualWorld } from "../../host-sim/world/virtual-world.js";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface TestDeskOptions extends Omit<DeskOptions, "world" | "watcher"> {
  /** Takes each line of the world's trace. */
  trace?: (line: string) => void;
  /** Hears each line of the log as it comes. */
  onLog?: Log;
}

export class TestDesk extends Desk {
  readonly chronicle: Chronicle;

  constructor({ trace, onLog, ...options }: TestDeskOptions = {}) {
    const world = new VirtualWorld({ seed: options.seed ?? 1, ...(trace && { trace }) });
    const chronicle = new Chronicle(world);
    const log: Log = (...line) => {
      chronicle.log(...line);
      onLog?.(...line);
    };
    super({ ...options, world, watcher: { log, cloud: chronicle.cloud } });
    this.chronicle = chronicle;
  }

  /** The firmware that runs. @throws Error when the board is without power, or waits before it begins */
  get device(): Device {
    const { device } = this.unit;
    if (device === undefined) throw new Error("no firmware runs now");
    return device;
  }

  get boots(): number {
    return this.unit.boots;
  }

  /** Fields of the log's lines of one event. */
  named<E extends LogEvent>(event: E): LogEvents[E][] {
    return this.chronicle.named(event).map(({ fields }) => fields);
  }

  /** What the cloud saw of one type. */
  events<T extends CloudEvent["type"]>(type: T): Extract<CloudEvent, { type: T }>[] {
    return this.chronicle.events(type);
  }

  /** Telemetry that the broker took, as JSON. */
  get telemetry(): Record<string, unknown>[] {
    return this.chronicle.published(`${this.iccid}/telemetry`);
  }

  /** Answers to commands that the broker took, as JSON. */
  get answers(): Record<string, unknown>[] {
    return this.chronicle.published(`${this.iccid}/responses`);
  }
}

/** A desk whose device is switched on. */
export function started(options: TestDeskOptions = {}): TestDesk {
  const desk = new TestDesk(options);
  desk.start();
  return desk;
}
