// The desk: a device with its modem, its cloud and the network between them, in virtual time and without any IO. What a storm, a
// test or a page has before it: it lets time pass, plays faults, sends commands, listens in, and looks at how everything is.

import type { CloudParts } from "../../firmware/cloud/cloud.js";
import { tableOf } from "../../firmware/compose.js";
import type { Counters } from "../../firmware/device/telemetry.js";
import type { LinkCounters } from "../../firmware/platform/link.js";
import { configure } from "../../firmware/settings/configure.js";
import type { Config } from "../../firmware/settings/table.js";
import type { BoardCore } from "../board/board.js";
import type { ImageContent } from "../boot/image.js";
import type { SlotsOptions } from "../boot/slots.js";
import type { Broker } from "../cloud/broker/broker.js";
import type { BrokerEvent } from "../cloud/broker/events.js";
import type { OnboardingEvent } from "../cloud/onboarding/onboarding.js";
import type { UpdateEvent } from "../cloud/updates/file-server.js";
import type { ModemSnapshot } from "../modem/sim7080.js";
import type { VirtualFront } from "../simulation/virtual-bridge.js";
import { addCloud, type VirtualCloud, type VirtualCloudOptions } from "../simulation/virtual-cloud.js";
import { type LinkProfile, LTE_M } from "../world/link.js";
import { Prng } from "../world/prng.js";
import { DEFAULT_SIM, iccidOf } from "../world/sims.js";
import { VirtualWorld } from "../world/virtual-world.js";
import type { AgentState } from "./agent-seen.js";
import { AppMishaps } from "./app-mishaps.js";
import { type AppDeed, tappedApp } from "./app-tap.js";
import { CLONE, Clone } from "./clone.js";
import { type ActiveFault, FaultPlayer, type FaultWatcher } from "./fault-player.js";
import type { Stage } from "./stage.js";
import { connectTwin } from "./twin.js";
import { type Firmware, Unit, type UnitOptions, type UnitWatcher } from "./unit.js";
import { RELEASE_KEYS, Slots, VirtualUpdates } from "./update-parts.js";
import { WornFlash } from "./worn-flash.js";

/** What the cloud sees. */
export type CloudEvent = OnboardingEvent | BrokerEvent;

/** Whoever watches a desk, as much of it as it wants to. */
export interface DeskWatcher extends UnitWatcher {
  cloud?: (event: CloudEvent) => void;
  fault?: FaultWatcher;
  /** Hears the clone. */
  readonly clone?: UnitWatcher;
  /** A connection is the clone's. */
  cloned?: (connection: number) => void;
  /** The device's own app is asked for something, or does something. */
  app?: (deed: AppDeed) => void;
}

export interface DeskOptions extends Pick<UnitOptions, "modem" | "board" | "bootRecord" | "steady" | "journal"> {
  /** All that is random comes from it. Default 1. */
  seed?: number;
  /** The device's settings, as in its configuration file. */
  settings?: Record<string, unknown>;
  /** One that was made before, where somebody needs its time sooner. */
  world?: VirtualWorld;
  cloud?: Omit<VirtualCloudOptions, "onEvent">;
  /** Slots and a server for updates; left out: there are none. */
  updates?: DeskUpdates;
  /** Blocks of 4 KB in the outbox's partition; default 16. 0: none, records wait in RAM. */
  flashBlocks?: number;
  /** What else its firmware is made of. */
  firmware?: Omit<Firmware, "config">;
  /** Another broker than AWS IoT Core, which its firmware goes to: what is done to a broker is done to this one. */
  front?: Pick<VirtualFront<Broker>, "door" | "server" | "faults">;
  /** Its profile and uplink, made anew for each start; left out: 1NCE's. */
  cloudParts?: () => Partial<Pick<CloudParts, "profile" | "uplink">>;
  /** Its board with the parts on it, for an app; left out: there are none. */
  parts?: BoardCore;
  watcher?: DeskWatcher;
}

/** What a desk with updates is told of them; all of it may be left out. */
export interface DeskUpdates extends Partial<Omit<SlotsOptions, "image">> {
  /** What the factory has put in, where it differs from FACTORY_IMAGE. */
  image?: Partial<ImageContent>;
  /** What the certificate of the server of images leads to, DER; left out: the first of Amazon's. */
  root?: Uint8Array | undefined;
  onEvent?: (event: UpdateEvent) => void;
}

/** The image that a board is delivered with. */
export const FACTORY_IMAGE: ImageContent = {
  ...{ seq: 1, version: "1.0.0", board: "esp32-breakout", chip: "esp32", layout: "ota-4m", act: "good" },
};

/** How everything on a desk is at one moment. Times are in milliseconds since 1970. */
export interface Snapshot {
  at: number;
  /** When the world's next event is due. */
  next: number | undefined;
  boots: number;
  agent: AgentState;
  /** When the firmware next does something by itself. */
  deadline: number | undefined;
  /** Undefined while the board is without power. */
  counters: Readonly<Counters> | undefined;
  /** Records that wait, that were dropped, and the number of the next one. */
  outbox: { waiting: number; dropped: number; nextSequence: number } | undefined;
  modem: ModemSnapshot;
  link: LinkCounters | undefined;
  faults: readonly ActiveFault[];
}

/**
 * A device before its cloud. It is off until `start`, and nothing happens but within `run`.
 *
 * @example
 * const desk = new Desk({ seed: 7, settings: { telemetryIntervalS: 10 } });
 * desk.start();
 * await desk.online();                       // modem up, token fetched, first record acknowledged
 * desk.faults.begin("socket-stall");         // any of kinds/index.ts, at any moment
 * await desk.run(60_000);                    // a minute of virtual time
 * desk.snapshot().faults;                    // [{ fault: "socket-stall", … }]
 * desk.faults.end("socket-stall");
 * desk.command({ id: "1", cmd: "ping" });
 * await desk.run(() => desk.snapshot().counters?.answered === 1, 600_000);
 */
export class Desk {
  readonly world: VirtualWorld;
  readonly config: Config;
  readonly cloud: VirtualCloud;
  readonly unit: Unit;
  readonly flash: WornFlash;
  /** Undefined: this desk has no updates. */
  readonly slots: Slots | undefined;
  readonly updates: VirtualUpdates | undefined;
  /** What faults act on. */
  readonly stage: Stage;
  readonly faults: FaultPlayer;
  /** Takes its power away for so many milliseconds; for none at all: its chip restarts. */
  readonly dip: (ms: number) => void;
  /** Of its SIM: its client id, too. */
  readonly iccid: string;

  constructor(options: DeskOptions = {}) {
    const { seed = 1, settings = {}, world = new VirtualWorld({ seed }), watcher = {}, flashBlocks = 16 } = options;
    const { modem, bootRecord, steady, journal, cloud, parts } = options;
    const board = { ...options.board, ...(parts && { ports: parts.device }) };
    const { app } = options.firmware ?? {};
    const mishaps = app && new AppMishaps(() => this.unit.device !== undefined);
    const means = {
      now: () => world.elapsed,
      life: () => this.unit.boots,
      told: (deed: AppDeed) => watcher.app?.(deed),
    };
    const firmware = { ...options.firmware, ...(app && mishaps && { app: tappedApp(app, { mishaps, ...means }) }) };
    this.world = world;
    this.config = configure(settings, tableOf(options.firmware?.app));
    this.iccid = iccidOf(modem?.sim ?? DEFAULT_SIM);
    const noise = new Prng(`flash/${seed}`);
    this.flash = new WornFlash({ blocks: Math.max(1, flashBlocks), random: () => noise.unit() });
    const { front } = options;
    const oneNce = addCloud(world, { ...cloud, onEvent: (event) => watcher.cloud?.(event) });
    this.cloud = front ? { ...oneNce, broker: front.door, brokerServer: front.server, faults: front.faults } : oneNce;
    const { updates } = options;
    this.updates = updates && new VirtualUpdates(world, this.cloud, updates.onEvent, updates.root);
    this.slots =
      updates && new Slots({ keys: RELEASE_KEYS, ...updates, image: { ...FACTORY_IMAGE, ...updates.image } });
    this.unit = new Unit(world, {
      slots: this.slots,
      modem: { seed, ...modem },
      board,
      flash: flashBlocks > 0 ? this.flash : undefined,
      firmware: () => ({ ...firmware, ...options.cloudParts?.(), config: this.config }),
      bootRecord,
      steady,
      journal,
      watcher,
      onStart: () => {
        mishaps?.started(undefined);
        parts?.restart();
      },
    });
    this.dip = (ms) => {
      this.unit.dip(ms);
      if (ms > 0) parts?.powerCycle();
    };
    world.network.onDial = (connection, name) => {
      if (name === CLONE) watcher.cloned?.(connection);
    };
    this.stage = this.#makeStage(options, seed, mishaps);
    this.faults = new FaultPlayer(this.stage, world.trace, world.random.split("faults"), (...told) =>
      watcher.fault?.(...told),
    );
  }

  /** Powers the device on, or restarts it. */
  start(): void {
    this.unit.start();
  }

  /**
   * Lets time pass.
   * @param goal how many milliseconds, or a condition
   * @param limitMs for a condition: the most milliseconds to wait for it
   * @returns whether the goal was reached
   */
  run(goal: number | (() => boolean), limitMs?: number): Promise<boolean> {
    return this.world.run(goal, limitMs);
  }

  /** Lets time pass until the firmware that runs has had a record acknowledged. @returns whether it came to that */
  online(limitMs = 600_000): Promise<boolean> {
    return this.acked(1, limitMs);
  }

  /** The same for so many records. */
  acked(count: number, limitMs = 600_000): Promise<boolean> {
    return this.run(() => (this.unit.device?.counters.acked ?? 0) >= count, limitMs);
  }

  /** Sends the device a command, QoS 1. */
  command(json: unknown): void {
    this.cloud.sendCommand(this.iccid, json);
  }

  /** How everything is now. */
  snapshot(): Snapshot {
    const { world, unit, faults } = this;
    const { device, link, journal } = unit;
    return {
      at: world.now,
      next: world.scheduler.next,
      boots: unit.boots,
      agent: unit.agent,
      deadline: unit.deadline,
      counters: device && { ...device.counters },
      outbox: journal && { waiting: journal.size, dropped: journal.dropped, nextSequence: journal.nextSequence },
      modem: unit.modem.snapshot(),
      link: link?.counters(),
      faults: faults.active,
    };
  }

  #makeStage({ board, modem, watcher, parts }: DeskOptions, seed: number, app: AppMishaps | undefined): Stage {
    const { world, unit, flash, cloud, iccid, config, dip } = this;
    const sim = modem?.sim ?? DEFAULT_SIM;
    const radio: LinkProfile = board?.up ?? LTE_M;
    let clone: Clone | undefined;
    return {
      get now() {
        return world.now;
      },
      cloud,
      network: world.network,
      modem: unit.modem,
      flash,
      path: unit.board.path,
      radio,
      iccid,
      app,
      parts,
      push: (actions) => unit.board.push(actions),
      powerDip: dip,
      engineEnds: (after) => unit.engine.endAfter(after),
      engineEndsAt: (step) => unit.engine.endAt(step),
      moveClock: (ms) => unit.moveClock(ms),
      twin: () => connectTwin(world.scheduler, cloud, sim),
      clone: (on) => {
        clone ??= new Clone(world, { seed, radio, config, modem, watcher: watcher?.clone });
        if (on) clone.on();
        else clone.off();
      },
    };
  }
}
