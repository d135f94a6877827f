// A device in a virtual world with a cloud of any kind, for journeys from power-on to it: what it logs, what the cloud sees, and
// its restarts.

import type { Device } from "../../firmware/device/device.js";
import type { Log } from "../../firmware/platform/events.js";
import type { Platform } from "../../firmware/platform/platform.js";
import type { KeyValue } from "../../firmware/platform/storage.js";
import { Chronicle } from "../../host-sim/desk/chronicle.js";
import { type Firmware, Unit, type UnitWatcher } from "../../host-sim/desk/unit.js";
import type { NorFlash } from "../../host-sim/platform/nor-flash.js";
import type { BoardClock } from "../../host-sim/world/board.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { DEFAULT_SIM } from "../../host-sim/world/sims.js";
import { VirtualWorld, type VirtualWorldOptions } from "../../host-sim/world/virtual-world.js";
import { MINUTE_MS } from "./desk.js";

export { bodyOf } from "../../host-sim/desk/chronicle.js";
export { HOUR_MS, MINUTE_MS } from "./desk.js";

/** A world in which a cloud is watched. */
export class WatchedWorld extends VirtualWorld {
  readonly #chronicle: Chronicle;
  /** For a cloud's `onEvent`. */
  readonly onEvent: Chronicle["cloud"];
  readonly events: Chronicle["events"];
  readonly published: Chronicle["published"];

  constructor(options: VirtualWorldOptions) {
    super(options);
    this.#chronicle = new Chronicle(this);
    this.onEvent = this.#chronicle.cloud;
    this.events = (type) => this.#chronicle.events(type);
    this.published = (topic) => this.#chronicle.published(topic);
  }
}

export interface TravellerOptions {
  /** Number of its SIM. */
  sim?: number;
  keyValue?: KeyValue;
  flash?: NorFlash;
  clock?: BoardClock;
  compose: (platform: Platform, log: Log) => Firmware;
  watcher?: UnitWatcher;
}

/** A device with its modem; it boots again when it restarts its chip. */
export class Traveller {
  readonly keyValue: KeyValue;
  readonly unit: Unit;
  readonly #world: VirtualWorld;
  readonly #chronicle: Chronicle;

  constructor(world: VirtualWorld, options: TravellerOptions) {
    const { sim = DEFAULT_SIM, keyValue = new MemoryKeyValue(), flash, clock, compose } = options;
    this.#world = world;
    this.#chronicle = new Chronicle(world);
    this.keyValue = keyValue;
    this.unit = new Unit(world, {
      name: `device ${sim}`,
      modem: { sim },
      board: { keyValue, ...(clock && { clock }) },
      ...(flash && { flash }),
      firmware: (platform) => compose(platform, platform.log),
      bootRecord: false,
      watcher: this.#chronicle,
    });
  }

  get board() {
    return this.unit.board;
  }

  get device(): Device {
    return this.unit.device!;
  }

  get logged() {
    return this.#chronicle.logged;
  }

  readonly named: Chronicle["named"] = (event) => this.#chronicle.named(event);

  /** Powers the board on, or restarts it. */
  start(): void {
    this.unit.start();
  }

  /** Runs until this many records were acknowledged since the last start. @returns whether it came to that */
  acked(count: number, limitMs = 10 * MINUTE_MS): Promise<boolean> {
    return this.#world.run(() => (this.unit.device?.counters.acked ?? 0) >= count, limitMs);
  }

  /** Runs until a command was answered and the answer acknowledged. */
  answered(count = 1, limitMs = 5 * MINUTE_MS): Promise<boolean> {
    return this.#world.run(() => (this.unit.device?.counters.answered ?? 0) >= count, limitMs);
  }
}
