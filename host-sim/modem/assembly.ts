// The module put together: its parts, and what they share.

import type { ModemAction } from "../world/core.js";
import { Prng } from "../world/prng.js";
import { Agenda, type Job } from "./agenda.js";
import { Card } from "./card.js";
import { DataMode } from "./data-mode.js";
import { DELAYS, type DelayName } from "./delays.js";
import { Executor } from "./executor.js";
import { Faults } from "./faults.js";
import { Ftp } from "./ftp.js";
import { Gnss } from "./gnss.js";
import { Http } from "./http.js";
import { Line } from "./line.js";
import { LowPower } from "./low-power.js";
import type { Machine } from "./machine.js";
import { Mqtt } from "./mqtt.js";
import { DEFAULT_NETWORK, type Network } from "./network.js";
import { DEFAULT_BAUD, DEFAULT_BUILD, DEFAULT_MODEL, type ModelName, type Sim7080Options } from "./options.js";
import { Output } from "./output.js";
import { Pdp } from "./pdp.js";
import { Power } from "./power.js";
import { Radio } from "./radio.js";
import { Sms } from "./sms.js";
import { Sockets } from "./sockets.js";
import { Session, Settings } from "./state.js";
import { Streams } from "./streams.js";
import { ModemTime } from "./time.js";
import { Traffic } from "./traffic.js";

/** The module. */
export class Assembly implements Machine {
  now = 0;
  readonly agenda = new Agenda();
  readonly model: ModelName;
  readonly firmware: string;
  readonly identity: string;
  readonly imei: string;
  readonly faults: Faults;
  readonly network: Network;
  readonly settings: Settings;
  session = new Session();
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
  readonly gnss: Gnss;
  readonly sms: Sms;
  readonly streams: Streams;
  readonly traffic = new Traffic();
  readonly mqtt: Mqtt;
  readonly http: Http;
  readonly ftp: Ftp;

  readonly #scale: number;
  readonly #random: Prng;
  /** Of its own, so that no fault changes the delays. */
  readonly #luck: Prng;
  #actions: ModemAction[] = [];

  constructor(options: Sim7080Options) {
    const seed = options.seed ?? 1;
    this.#scale = options.delayScale ?? 1;
    this.#random = new Prng(`modem/${seed}`);
    this.#luck = new Prng(`modem/${seed}/luck`);
    this.model = options.model ?? DEFAULT_MODEL;
    this.firmware = options.firmware ?? `${DEFAULT_BUILD}${this.model}`;
    this.identity = options.identity ?? `SIMCOM_${this.model}G`;
    this.imei = options.imei ?? `86901604${String(Math.abs(seed) % 10_000_000).padStart(7, "0")}`;
    this.faults = options.faults ?? new Faults();
    this.network = { ...DEFAULT_NETWORK, ...options.network };
    this.settings = new Settings(options.baud ?? DEFAULT_BAUD, this.model);
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
    this.gnss = new Gnss(this);
    this.sms = new Sms(this);
    this.streams = new Streams(this);
    this.mqtt = new Mqtt(this);
    this.http = new Http(this);
    this.ftp = new Ftp(this);
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

  delay(name: DelayName): number {
    const [least, most] = DELAYS[name];
    return this.scaled(least + (most - least) * this.#random.unit());
  }

  chance(probability: number): boolean {
    return this.#luck.chance(probability);
  }

  scaled(ms: number): number {
    return Math.round(ms * this.#scale);
  }

  after(ms: number, run: () => void): Job | undefined {
    if (ms > 0) return this.later(ms, run);
    run();
    return undefined;
  }

  later(ms: number, run: () => void): Job {
    return this.agenda.add(this.now + ms, run);
  }

  reset(): void {
    this.agenda.clear();
    this.sockets.reset();
    this.pdp.reset();
    this.radio.reset();
    this.card.reset();
    this.clock.reset();
    this.data.reset();
    this.lowPower.reset();
    this.gnss.reset();
    this.mqtt.reset();
    this.http.reset();
    this.ftp.reset();
    this.streams.reset();
    this.traffic.reset();
    this.executor.reset();
    this.line.reset();
    this.session = new Session();
    const { operatorConfig: config } = this.settings;
    config.active = config.next ?? config.active;
    config.next = undefined;
    this.nitz = this.settings.clts === 1;
  }
}
