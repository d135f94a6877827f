// The module's parts, and what they share: the time, the agenda, the actions that go out, random delays.

import type { ModemAction } from "../world/core.js";
import { Prng } from "../world/prng.js";
import { Agenda, type Job } from "./agenda.js";
import { Card } from "./card.js";
import { DataMode } from "./data-mode.js";
import { DELAYS, type DelayName } from "./delays.js";
import { Executor } from "./executor.js";
import { Faults } from "./faults.js";
import { Line } from "./line.js";
import { LowPower } from "./low-power.js";
import { DEFAULT_NETWORK, type Network } from "./network.js";
import { Output } from "./output.js";
import { Pdp } from "./pdp.js";
import { Power } from "./power.js";
import { Radio } from "./radio.js";
import { Sockets } from "./sockets.js";
import { Session, Settings } from "./state.js";
import { ModemTime } from "./time.js";

export interface Sim7080Options {
  /** Number of the SIM in the slot (host-sim/world/sims.ts); null: the slot is empty. Default SIM 1. */
  sim?: number | null | undefined;
  /** Every delay comes from it: the same seed and inputs give the same actions. Default 1. */
  seed?: number | undefined;
  /** 1: realistic delays (default), 0: none, anything between or above. PWRKEY's hold times are not scaled. */
  delayScale?: number | undefined;
  /** True: it has been on and registered for long when time begins. Default false: off. */
  poweredOn?: boolean | undefined;
  /** AT+IPR as saved: 0 follows the host's speed (and prints no RDY), else bits per second. Default 115200. */
  baud?: number | undefined;
  /** What AT+GMR tells behind `Revision:`. Default 1951B16SIM7080. */
  firmware?: string | undefined;
  /** IMEI, 15 digits. Default: made from the seed. */
  imei?: string | undefined;
  network?: Partial<Network> | undefined;
  faults?: Faults | undefined;
}

export const DEFAULT_BAUD = 115_200;
export const DEFAULT_FIRMWARE = "1951B16SIM7080";

export class Machine {
  /** Milliseconds since 1970: the latest the world has told. */
  now = 0;
  readonly agenda = new Agenda();
  readonly firmware: string;
  readonly imei: string;
  readonly faults: Faults;
  readonly network: Network;
  readonly settings: Settings;
  session = new Session();
  /** Whether AT+CLTS was on at boot: AUTO_SAVE_REBOOT. */
  nitz = true;

  readonly out: Output;
  readonly line: Line;
  readonly executor: Executor;
  readonly power: Power;
  readonly card: Card;
  readonly radio: Radio;
  readonly pdp: Pdp;
  readonly sockets: Sockets;
  readonly clock: ModemTime;
  readonly data: DataMode;
  readonly lowPower: LowPower;

  readonly #scale: number;
  readonly #random: Prng;
  #actions: ModemAction[] = [];

  constructor(options: Sim7080Options) {
    const seed = options.seed ?? 1;
    this.#scale = options.delayScale ?? 1;
    this.#random = new Prng(`modem/${seed}`);
    this.firmware = options.firmware ?? DEFAULT_FIRMWARE;
    this.imei = options.imei ?? `86901604${String(Math.abs(seed) % 10_000_000).padStart(7, "0")}`;
    this.faults = options.faults ?? new Faults();
    this.network = { ...DEFAULT_NETWORK, ...options.network };
    this.settings = new Settings(options.baud ?? DEFAULT_BAUD);
    this.out = new Output(this);
    this.line = new Line(this);
    this.executor = new Executor(this);
    this.power = new Power(this);
    const { sim = 1 } = options;
    this.card = new Card(this, sim ?? undefined);
    this.radio = new Radio(this);
    this.pdp = new Pdp(this);
    this.sockets = new Sockets(this);
    this.clock = new ModemTime(this);
    this.data = new DataMode(this);
    this.lowPower = new LowPower(this);
  }

  act(action: ModemAction): void {
    this.#actions.push(action);
  }

  /** The actions since the last call. */
  taken(): ModemAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  /** A time from the delay table, scaled, in milliseconds. */
  delay(name: DelayName): number {
    const [least, most] = DELAYS[name];
    return this.scaled(least + (most - least) * this.#random.unit());
  }

  /** A realistic time under the delay scale. */
  scaled(ms: number): number {
    return Math.round(ms * this.#scale);
  }

  /**
   * Does something in `ms` milliseconds, at once when that is none; not at all if the module goes down before.
   * @returns the job, or undefined when it is done already (and may have begun another one)
   */
  after(ms: number, run: () => void): Job | undefined {
    if (ms > 0) return this.later(ms, run);
    run();
    return undefined;
  }

  /** As `after`, but never at once. */
  later(ms: number, run: () => void): Job {
    return this.agenda.add(this.now + ms, run);
  }

  /** Forgets all that does not outlive a loss of power. */
  reset(): void {
    this.agenda.clear();
    this.sockets.reset();
    this.pdp.reset();
    this.radio.reset();
    this.card.reset();
    this.clock.reset();
    this.data.reset();
    this.lowPower.reset();
    this.executor.reset();
    this.line.reset();
    this.session = new Session();
    this.nitz = this.settings.clts === 1;
  }
}
