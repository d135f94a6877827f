// A unit: one whole device in a world. Its board, modem, SIM and flash, and the firmware that its chip runs, life
// after life: each start composes it anew, and what ran before is dead, whatever it still waits for.

import { openJournal } from "../../firmware/compose.js";
import { BootRecord } from "../../firmware/device/boot-record.js";
import type { Device } from "../../firmware/device/device.js";
import type { Journal } from "../../firmware/mqtt/journal.js";
import type { TimerId } from "../../firmware/platform/clock.js";
import type { Log } from "../../firmware/platform/events.js";
import type { Link } from "../../firmware/platform/link.js";
import type { Platform } from "../../firmware/platform/platform.js";
import type { ResetCause } from "../../firmware/platform/system.js";
import { safeConfig } from "../../firmware/settings/configure.js";
import type { Act } from "../boot/acts.js";
import type { ImageContent } from "../boot/image.js";
import type { Slots } from "../boot/slots.js";
import { Sim7080, type Sim7080Options } from "../modem/sim7080.js";
import type { NorFlash } from "../platform/nor-flash.js";
import { composeOneNce, type OneNceComposition } from "../simulation/one-nce.js";
import type { DeviceOptions, VirtualDevice } from "../world/device.js";
import type { Planned } from "../world/scheduler.js";
import { DEFAULT_SIM, sourceAddressOf } from "../world/sims.js";
import type { VirtualWorld } from "../world/virtual-world.js";
import { type AgentState, agentAfter, agentAt } from "./agent-seen.js";
import { Engine } from "./engine.js";
import { type FlashListener, heardFlash } from "./heard-flash.js";
import { distrustful, HUNG_MS, muted, sick, slotsLife, startedBy } from "./image-acts.js";
import { guarded, type Life, mortal, mortalFlash } from "./life.js";
import { UPDATES } from "./update-parts.js";
import { type Listener, tapped, tappedSerial } from "./wiretap.js";

/** How long the power is away when it was cut in the middle of a write, in milliseconds. */
const CUT_MS = 3_000;

/** Whoever watches a unit. */
export interface UnitWatcher extends Listener, FlashListener {
  /** A line of its log. */
  log?: Log;
  /** A line of its AT channel, secrets taken out. Asked for as the firmware starts. */
  at?: (direction: "tx" | "rx", text: string) => void;
  /** Its firmware starts. */
  booted?: () => void;
  /** Its watchdog was fed. The desk's boards have one where this is heard; it bites nobody. */
  fed?: () => void;
  /** An error came out of its firmware, and its chip restarts. Left out: whoever runs the world gets the error. */
  crashed?: (error: unknown) => void;
}

/** What a firmware is made of, besides what the unit itself has; 1NCE's where it names no profile and no uplink. */
export type Firmware = Omit<OneNceComposition, "boot" | "journal" | "trace">;

export interface UnitOptions {
  /** Unique in its world. Default `device`. */
  name?: string;
  /** Of its modem: SIM 1 and off when left out, on where the board has no power key. */
  modem?: Sim7080Options | undefined;
  /** Its radio, its board's clock, and what the board has. */
  board?:
    | Pick<
        DeviceOptions,
        "up" | "down" | "clock" | "powerKey" | "keyValue" | "storeIsEncrypted" | "deepSleep" | "ports"
      >
    | undefined;
  /** Partition of the outbox; left out: records wait in RAM, and a restart forgets them. */
  flash?: NorFlash | undefined;
  /** The firmware of each start. @param platform the board as this life has it */
  firmware: (platform: Platform) => Firmware;
  /** Slots for two images and their boot loader; left out: it has one image, and no updates. */
  slots?: Slots | undefined;
  /** Whether it counts its starts, waits and starts safely as the chip's does (device/boot-record.ts). Default true. */
  bootRecord?: boolean | undefined;
  /** True: nothing restarts its chip, the firmware itself neither. */
  steady?: boolean | undefined;
  /** Stands between the firmware and its outbox. */
  journal?: ((journal: Journal) => Journal) | undefined;
  watcher?: UnitWatcher | undefined;
  /** Called before its firmware starts. */
  onStart?: () => void;
}

/** What has gone through a unit, over all its lives. */
export interface Totals {
  /** Commands that came. */
  received: number;
  uartTxBytes: number;
  uartRxBytes: number;
  airTxBytes: number;
  airRxBytes: number;
}

/** A device. It is off until `start`. */
export class Unit {
  readonly modem: Sim7080;
  readonly board: VirtualDevice;
  readonly flash: NorFlash | undefined;
  readonly engine = new Engine();
  /** Starts so far. */
  boots = 0;
  readonly #world: VirtualWorld;
  readonly #options: UnitOptions;
  readonly #watcher: UnitWatcher;
  readonly #totals: Totals = { received: 0, uartTxBytes: 0, uartRxBytes: 0, airTxBytes: 0, airRxBytes: 0 };
  /** Of the firmware that runs now. */
  #life: Life | undefined;
  #device: Device | undefined;
  #link: Link | undefined;
  #journal: Journal | undefined;
  #platform: Platform | undefined;
  #boot: BootRecord | undefined;
  #agent: AgentState;
  /** The image that runs, or ran last. */
  #image: ImageContent | undefined;
  /** Connections that were dialled. */
  #connections = 0;

  constructor(world: VirtualWorld, options: UnitOptions) {
    const { name = "device", modem, board, flash, watcher = {} } = options;
    this.#world = world;
    this.#options = options;
    this.#watcher = watcher;
    this.flash = flash;
    this.#agent = agentAt(world.now);
    this.modem = new Sim7080({ sim: DEFAULT_SIM, poweredOn: board?.powerKey === false, ...modem });
    this.board = world.device({
      ...board,
      name,
      modem: this.modem,
      sourceAddress: sourceAddressOf(modem?.sim ?? DEFAULT_SIM),
      log: (level, event, fields) => {
        this.#agent = agentAfter(this.#agent, event, fields, world.now);
        watcher.log?.(level, event, fields);
      },
      onRestart: () => this.start(),
    });
  }

  /** The firmware that runs now; undefined while it is dark, or waits before it is composed. */
  get device(): Device | undefined {
    return this.#device;
  }

  /** The driver of its modem, of the firmware that runs now. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** The outbox as the firmware that runs now has it. */
  get journal(): Journal | undefined {
    return this.#journal;
  }

  /** What the firmware that runs now knows of its starts. */
  get boot(): BootRecord | undefined {
    return this.#boot;
  }

  /** Timers of the firmware that runs now. */
  get timers(): ReadonlySet<TimerId> {
    return this.#life?.timers ?? new Set();
  }

  /** When the firmware next does something by itself, milliseconds since 1970; undefined: never. */
  get deadline(): number | undefined {
    const times = [...this.timers].map((timer) => (timer as Planned).time);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The image that runs, or ran last; undefined: it has no slots. */
  get image(): ImageContent | undefined {
    return this.#image;
  }

  get agent(): AgentState {
    return this.#agent;
  }

  /** Powers it on, or restarts it. @param cause left out: by power, or why it has restarted itself */
  start(cause?: ResetCause): void {
    this.#gather();
    this.boots++;
    this.flash?.powerOn();
    this.#options.slots?.powerOn();
    this.engine.begin();
    const life: Life = {
      timers: new Set<TimerId>(),
      alive: () => this.#life === life,
      powerCut: () => this.dip(CUT_MS),
      step: () => {
        if (!life.alive()) return false;
        if (this.engine.step()) return true;
        this.dip(0);
        return false;
      },
      crashed: (error) => this.#crashed(error),
    };
    this.#life = life;
    this.#options.onStart?.();
    this.#watcher.booted?.();
    guarded(life, () => this.#begin(life, cause))();
  }

  /** Takes the board's power away; the modem keeps its own. */
  off(): void {
    this.#gather();
    this.board.off();
  }

  /** The board is without power for this many milliseconds; for none at all: its chip restarts. The modem keeps its own. */
  dip(ms: number): void {
    this.#restart(ms > 0 ? "power" : "software", ms);
  }

  /** The modem's supply comes (1) or goes (0). */
  supply(level: 0 | 1): void {
    this.board.push(this.modem.supply(level, this.#world.now));
  }

  /** Runs code of the firmware that a port calls, as the firmware that runs now. */
  run(callback: () => void): void {
    if (this.#life) guarded(this.#life, callback)();
  }

  /** Moves the board's wall clock, if it is set, by this many milliseconds. */
  moveClock(ms: number): void {
    const clock = this.#platform?.clock;
    const now = clock?.wall();
    if (now !== undefined) clock?.setWall(now + ms);
  }

  /** What has gone through it so far. */
  get totals(): Totals {
    return plus(this.#totals, this.#device, this.#link);
  }

  #begin(life: Life, cause: ResetCause | undefined): void {
    const { flash, steady, slots, bootRecord = true } = this.#options;
    if (slots) {
      const image = startedBy(slots, life);
      if (image === undefined) return;
      this.#image = image;
    }
    const fed = this.#watcher.fed?.bind(this.#watcher);
    const { restart: _, sleep, ...booted } = this.board.boot(cause);
    /** What dead firmware wants happens to nobody. */
    const again = (why: ResetCause, afterMs = 0) => {
      if (life.alive()) this.#restart(why, afterMs);
    };
    const platform = mortal(
      {
        ...booted,
        TLS: tapped(booted.TLS, this.#watcher, { number: () => ++this.#connections, alive: life.alive }),
        Serial: tappedSerial(booted.Serial, this.#watcher),
        ...(flash && { flash: mortalFlash(heardFlash(flash, this.#watcher), life) }),
        ...(fed && { watchdog: { feed: () => life.alive() && fed() } }),
        ...(sleep && { sleep: (ms: number) => again("sleep", ms) }),
        ...(!steady && { restart: () => again("software") }),
        ...(slots && {
          update: slots.platform(
            this.#image!,
            slotsLife(life, () => again("software")),
          ),
        }),
      },
      life,
    );
    if (this.#image) this.#behave(this.#image, platform, again);
    this.#platform = platform;
    if (!bootRecord) {
      this.#compose(platform);
      return;
    }
    const boot = new BootRecord(platform);
    this.#boot = boot;
    boot.tell();
    boot.pause(
      platform,
      guarded(life, () => this.#compose(platform, boot)),
    );
  }

  /** What is wrong with the firmware in its image. */
  #behave({ act, afterMs = 0 }: ImageContent, platform: Platform, again: (why: ResetCause, ms?: number) => void): void {
    const ends: Partial<Record<Act, () => void>> = {
      crash: () => again("panic"),
      hang: () => again("watchdog", HUNG_MS),
    };
    const { scheduler, now } = this.#world;
    const end = ends[act];
    if (end) scheduler.at(now + afterMs, end);
    if (act === "mute") platform.Serial = muted(platform.Serial);
    if (act === "deaf") platform.TLS = distrustful(platform.TLS);
  }

  #compose(platform: Platform, boot?: BootRecord): void {
    this.engine.compose();
    const { firmware, journal: between } = this.#options;
    const watcher = this.#watcher;
    const trace = watcher.at && { trace: (way: "tx" | "rx", text: string) => watcher.at?.(way, text) };
    const made = firmware(platform);
    const config = boot?.safe ? safeConfig(made.config) : made.config;
    this.#journal = openJournal(platform.flash, platform.log);
    const journal = between?.(this.#journal) ?? this.#journal;
    const app = this.#image?.act === "sick" ? sick(made.app) : made.app;
    const updates = () => UPDATES;
    const { device, link } = composeOneNce(platform, { ...made, app, config, boot, journal, updates, ...trace });
    this.#device = device;
    this.#link = link;
    device.start();
  }

  /** An abort on the chip is a restart. */
  #crashed(error: unknown): void {
    if (this.#watcher.crashed === undefined) throw error;
    this.#watcher.crashed(error);
    this.dip(0);
  }

  #restart(cause: ResetCause, afterMs: number): void {
    this.#gather();
    this.board.restart(cause, afterMs);
  }

  /** The firmware that runs is no more; what it moved is kept. */
  #gather(): void {
    Object.assign(this.#totals, this.totals);
    this.#life = undefined;
    this.#device = undefined;
    this.#link = undefined;
    this.#journal = undefined;
    this.#platform = undefined;
    this.#boot = undefined;
    this.#agent = agentAt(this.#world.now);
  }
}

function plus(past: Totals, device: Device | undefined, link: Link | undefined): Totals {
  const { uartTxBytes = 0, uartRxBytes = 0, airTxBytes = 0, airRxBytes = 0 } = link?.counters() ?? {};
  return {
    received: past.received + (device?.counters.received ?? 0),
    uartTxBytes: past.uartTxBytes + uartTxBytes,
    uartRxBytes: past.uartRxBytes + uartRxBytes,
    airTxBytes: past.airTxBytes + airTxBytes,
    airRxBytes: past.airRxBytes + airRxBytes,
  };
}
