// One device in a world of its own, with everything around it watched: what a trial is run on.

import { composeDevice } from "../../firmware/compose.js";
import { BootRecord } from "../../firmware/device/boot-record.js";
import type { Device } from "../../firmware/device/device.js";
import type { TimerId } from "../../firmware/platform/clock.js";
import type { Log } from "../../firmware/platform/events.js";
import type { Link } from "../../firmware/platform/link.js";
import type { Platform } from "../../firmware/platform/platform.js";
import type { ResetCause } from "../../firmware/platform/system.js";
import { configure, safeConfig } from "../../firmware/settings/configure.js";
import type { Config } from "../../firmware/settings/table.js";
import { Outbox } from "../../firmware/store/outbox.js";
import type { BrokerEvent } from "../cloud/broker/events.js";
import type { OnboardingEvent } from "../cloud/onboarding/onboarding.js";
import { Sim7080 } from "../modem/sim7080.js";
import { addCloud, type VirtualCloud } from "../simulation/virtual-cloud.js";
import type { VirtualDevice } from "../world/device.js";
import { Prng } from "../world/prng.js";
import type { Planned } from "../world/scheduler.js";
import { DEFAULT_SIM, iccidOf, sourceAddressOf } from "../world/sims.js";
import { VirtualWorld } from "../world/virtual-world.js";
import { captured } from "./census.js";
import { CLONE, Clone } from "./clone.js";
import type { Totals } from "./evidence.js";
import { Ledger } from "./ledger.js";
import { guarded, type Life, mortal, mortalFlash } from "./mortal.js";
import type { Stage } from "./stage.js";
import type { Trial } from "./trial.js";
import { connectTwin } from "./twin.js";
import { type Listener, tapped } from "./wiretap.js";
import { WornFlash } from "./worn-flash.js";

/** How long the chip takes from power to the firmware's first line, in milliseconds. */
const BOOT_MS = 400;
/** How long the power is away when it was cut in the middle of a write, in milliseconds. */
const CUT_MS = 3_000;

/** Whoever watches. Times are milliseconds from the first power-on. */
export interface Watcher extends Listener {
  cloud(event: BrokerEvent | OnboardingEvent): void;
  /** Hears the clone. */
  readonly clone: Listener;
  cloned(connection: number): void;
  log: Log;
  booted(): void;
  crashed(message: string): void;
}

export class Rig {
  readonly world: VirtualWorld;
  readonly ledger: Ledger;
  readonly flash: WornFlash;
  readonly stage: Stage;
  readonly #totals: Totals = { received: 0, uartTxBytes: 0, uartRxBytes: 0, airTxBytes: 0, airRxBytes: 0 };
  readonly #config: Config;
  readonly #watcher: Watcher;
  readonly #board: VirtualDevice;
  readonly #start: number;
  readonly #commandEveryMs: number;
  readonly #steady: boolean;
  /** Of the firmware that runs now. */
  readonly #timers = new Set<TimerId>();
  #boots = 0;
  /** Steps until the engine ends; the step of each life at which it does; and steps of this life. */
  #stepsLeft = Number.POSITIVE_INFINITY;
  #lastStep = Number.POSITIVE_INFINITY;
  #steps = 0;
  #awaitingPower: Planned | undefined;
  #device: Device | undefined;
  #link: Link | undefined;
  #outbox: Outbox | undefined;
  #setWall: ((byMs: number) => void) | undefined;
  #second: Clone | undefined;

  constructor(trial: Trial, watcher: Watcher, trace?: (line: string) => void) {
    const { seed, setup } = trial;
    const world = new VirtualWorld({ seed, ...(trace && { trace }) });
    this.world = world;
    this.#start = world.now;
    this.#watcher = watcher;
    this.#config = configure(setup.config);
    this.ledger = new Ledger(() => this.elapsed);
    const noise = new Prng(`flash/${seed}`);
    this.flash = new WornFlash({ blocks: setup.flashBlocks, random: () => noise.unit() });
    const cloud = addCloud(world, {
      tokenLifeSeconds: setup.tokenLifeS,
      onEvent: (event) => watcher.cloud(event),
    });
    const modem = new Sim7080({
      seed,
      sim: DEFAULT_SIM,
      poweredOn: !setup.powerKey,
      delayScale: setup.delayScale,
    });
    for (const quirk of setup.quirks) modem.setFault(quirk);
    this.#board = world.device({
      name: "device",
      modem,
      sourceAddress: sourceAddressOf(DEFAULT_SIM),
      up: setup.radio,
      clock: { driftPpm: setup.driftPpm },
      powerKey: setup.powerKey,
      log: (...line) => watcher.log(...line),
    });
    world.network.onDial = (connection, name) => {
      if (name === CLONE) watcher.cloned(connection);
    };
    this.stage = this.#makeStage(trial, cloud, modem);
    this.#steady = setup.steady;
    this.#commandEveryMs = setup.commandEveryS * 1_000;
  }

  /** Powers it on. */
  start(): void {
    this.#boot();
    this.#command(1);
  }

  /** Switches it off for good. @returns what it moved in all */
  finish(): Totals {
    this.#dark();
    return this.#totals;
  }

  /** Milliseconds from the first power-on. */
  get elapsed(): number {
    return this.world.now - this.#start;
  }

  /** The firmware that runs now; undefined while the board is without power. */
  get device(): Device | undefined {
    return this.#device;
  }

  /** The outbox as the firmware that runs now has it. */
  get outbox(): Outbox | undefined {
    return this.#outbox;
  }

  /** Where all that the firmware keeps in memory begins; nothing while the board is without power. */
  firmware(): Record<string, object> {
    if (!this.#device || !this.#outbox || !this.#link) return {};
    const modem = captured(this.#link.up, "driver") ?? this.#link;
    const { keyValue } = this.#board;
    return { modem, device: this.#device, outbox: this.#outbox, timers: this.#timers, keyValue };
  }

  #boot(cause: ResetCause = "power"): void {
    const number = ++this.#boots;
    this.#awaitingPower = undefined;
    this.flash.powerOn();
    this.#timers.clear();
    // An engine that ends before it has noted its start and planned to wait can't wait: that is beyond any firmware.
    this.#steps = Number.NEGATIVE_INFINITY;
    const life: Life = {
      timers: this.#timers,
      alive: () => this.#boots === number && this.#awaitingPower === undefined,
      powerCut: () => this.#powerDip(CUT_MS),
      step: () => {
        if (!life.alive()) return false;
        if (--this.#stepsLeft > 0 && ++this.#steps < this.#lastStep) return true;
        this.#stepsLeft = Number.POSITIVE_INFINITY;
        this.#powerDip(0);
        return false;
      },
      crashed: (error) => this.#crashed(error),
    };
    this.#watcher.booted();
    guarded(life, () => this.#begin(life, cause))();
  }

  #begin(life: Life, cause: ResetCause): void {
    const { restart: _, ...booted } = this.#board.boot(cause);
    const TLS = tapped(booted.TLS, this.#watcher);
    const restart = this.#steady ? {} : { restart: () => this.#powerDip(0) };
    const platform = mortal({ ...booted, TLS, ...restart }, life);
    const { clock } = platform;
    this.#setWall = (byMs) => {
      const now = clock.wall();
      if (now !== undefined) clock.setWall(now + byMs);
    };
    const boot = new BootRecord(platform);
    boot.tell();
    boot.pause(
      platform,
      guarded(life, () => this.#compose(platform, boot, life)),
    );
  }

  #compose(platform: Platform, boot: BootRecord, life: Life): void {
    this.#steps = 0;
    const outbox = new Outbox(mortalFlash(this.flash, life));
    this.#outbox = outbox;
    const journal = this.ledger.watch(outbox);
    const config = boot.safe ? safeConfig(this.#config) : this.#config;
    const { device, link } = composeDevice(platform, { config, boot, journal });
    this.#device = device;
    this.#link = link;
    device.start();
  }

  /** An abort on the chip is a restart. */
  #crashed(error: unknown): void {
    this.#watcher.crashed(textOf(error));
    this.#powerDip(0);
  }

  /** The board is without power for this long; for none at all: its chip restarts. */
  #powerDip(ms: number): void {
    const { scheduler } = this.world;
    scheduler.cancel(this.#awaitingPower);
    this.#awaitingPower = scheduler.at(this.world.now + ms + BOOT_MS, () => this.#boot(ms > 0 ? "power" : "software"));
    this.#dark();
  }

  /** The firmware that runs is no more. */
  #dark(): void {
    const { uartTxBytes = 0, uartRxBytes = 0, airTxBytes = 0, airRxBytes = 0 } = this.#link?.counters() ?? {};
    this.#totals.received += this.#device?.counters.received ?? 0;
    this.#totals.uartTxBytes += uartTxBytes;
    this.#totals.uartRxBytes += uartRxBytes;
    this.#totals.airTxBytes += airTxBytes;
    this.#totals.airRxBytes += airRxBytes;
    this.#device = undefined;
    this.#link = undefined;
    this.#outbox = undefined;
    this.#setWall = undefined;
    this.#board.off();
  }

  /** Plans a command from the cloud, and behind it the next: each with its own id. */
  #command(number: number): void {
    const { cloud, iccid } = this.stage;
    this.world.scheduler.at(this.world.now + this.#commandEveryMs, () => {
      cloud.sendCommand(iccid, { id: String(number), cmd: number % 3 === 0 ? "status" : "ping" });
      this.#command(number + 1);
    });
  }

  /** Switches the clone on or off; there is none before it is wanted. */
  #clone({ seed, setup }: Trial, on: boolean): void {
    const { world } = this;
    this.#second ??= new Clone({
      world,
      seed,
      setup,
      config: this.#config,
      listener: this.#watcher.clone,
      crashed: (error) => this.#watcher.crashed(`of the clone: ${textOf(error)}`),
    });
    if (on) this.#second.on();
    else this.#second.off();
  }

  #makeStage(trial: Trial, cloud: VirtualCloud, modem: Sim7080): Stage {
    const { world, flash } = this;
    const board = this.#board;
    const iccid = iccidOf(DEFAULT_SIM);
    return {
      get now() {
        return world.now;
      },
      cloud,
      network: world.network,
      modem,
      flash,
      path: board.path,
      radio: trial.setup.radio,
      iccid,
      push: (actions) => board.push(actions),
      powerDip: (ms) => this.#powerDip(ms),
      engineEnds: (after) => {
        this.#stepsLeft = after;
      },
      engineEndsAt: (step) => {
        this.#lastStep = step;
      },
      moveClock: (ms) => this.#setWall?.(ms),
      twin: () => connectTwin(world.scheduler, cloud, iccid),
      clone: (on) => this.#clone(trial, on),
    };
  }
}

const textOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
