// The SIM7080G as a Link: one channel, the bring-up, the sockets, and the rungs of recovery that the modem itself offers.
// Rules: methods run one after another; a restart of the modem or a lost PDP context ends all sockets at once and is told once.

import type { Clock, Timer } from "../platform/clock.js";
import type { SerialClass } from "../platform/io.js";
import type { Link, LinkCounters, LinkOptions, LinkStatus, LinkTime } from "../platform/link.js";
import type { DigitalOut } from "../platform/pins.js";
import type { Log } from "../platform/system.js";
import { AtError } from "./at-error.js";
import { bringUp } from "./bring-up.js";
import { Channel, type Trace } from "./channel.js";
import { powerDown, restart, setFunctionality } from "./commands/basic.js";
import { isApn, pdpUrc, readSignal, setPdp } from "./commands/network.js";
import { socketUrc } from "./commands/socket.js";
import { ModemError } from "./modem-error.js";
import { POWER_OFF_PULSE_MS, REST_MS } from "./power.js";
import type { Session } from "./session.js";
import { Sockets } from "./sockets.js";
import { readTime } from "./time.js";
import { delay } from "./wait.js";

export const DEFAULT_BAUD = 115_200;
export const DEFAULT_APN = "iot.1nce.net";

/** `SMS Ready` ends a boot or CFUN=1 that we know of; later than that, it tells of one that we do not. */
const SMS_READY_LIMIT_MS = 60_000;
/** Restart: OK, then silence, then RDY if the line speed is fixed. */
const RESTART_LIMIT_MS = 10_000;
/** `+APP PDP: 0,DEACTIVE` after AT+CNACT=0,0. */
const PDP_OFF_LIMIT_MS = 10_000;

export interface ModemOptions extends LinkOptions {
  /** The UART to the modem. */
  Serial: SerialClass;
  clock: Clock;
  timer: Timer;
  log: Log;
  /** PWRKEY; left out where no line is wired, and `powerCycle` is absent then. */
  powerKey?: DigitalOut | undefined;
  /** Bits per second; DEFAULT_BAUD if left out. */
  baud?: number | undefined;
  /** DEFAULT_APN if left out. */
  apn?: string | undefined;
  /** Shows the lines of the AT channel. */
  trace?: Trace | undefined;
}

export type Modem = Link;

/**
 * A modem on a serial line. Nothing is sent before `up`.
 * @throws ModemError `modem-config` for an APN that is none
 */
export function createModem(options: ModemOptions): Modem {
  const driver = new Driver(options);
  const link: Modem = {
    TCP: driver.sockets.TCP,
    up: () => driver.up(),
    renewPdp: () => driver.renewPdp(),
    radioCycle: () => driver.radioCycle(),
    restart: () => driver.restart(),
    time: () => driver.time(),
    status: () => driver.status(),
    counters: () => driver.counters(),
    down: () => driver.down(),
  };
  if (options.powerKey) link.powerCycle = () => driver.powerCycle();
  return link;
}

class Driver {
  readonly sockets: Sockets;
  readonly #options: ModemOptions;
  readonly #apn: string;
  #channel: Channel | undefined;
  #online = false;
  /** A boot is under way that we caused or wait for, so its URCs are no news. */
  #bootExpected = false;
  #smsReadyUntil = Number.NEGATIVE_INFINITY;
  #status: LinkStatus = {};
  /** Counts of channels that were replaced. */
  #past = { txBytes: 0, rxBytes: 0, commands: 0 };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ModemOptions) {
    this.#options = options;
    this.#apn = options.apn ?? DEFAULT_APN;
    if (!isApn(this.#apn)) throw new ModemError("modem-config", "the APN is not one (3GPP TS 23.003 §9.1)");
    this.sockets = new Sockets({ channel: () => this.#open(), clock: options.clock, timer: options.timer });
  }

  up(): Promise<LinkStatus> {
    return this.#exclusive(async () => {
      if (this.#online) return this.#status;
      this.#status = {};
      this.#bootExpected = true;
      this.#expectSmsReady();
      try {
        await bringUp(this.#session());
      } finally {
        this.#bootExpected = false;
      }
      this.#online = true;
      this.sockets.linkUp();
      return { ...this.#status };
    });
  }

  renewPdp(): Promise<void> {
    return this.#exclusive(async () => {
      this.#drop(new ModemError("pdp-lost", "the PDP context is renewed"), false);
      await this.#pdpOff();
    });
  }

  radioCycle(): Promise<void> {
    return this.#exclusive(async () => {
      this.#drop(new ModemError("pdp-lost", "the radio is switched off and on"), true);
      await this.#open().run(setFunctionality(0));
      this.#expectSmsReady();
      await this.#open().run(setFunctionality(1));
    });
  }

  restart(): Promise<void> {
    return this.#exclusive(async () => {
      this.#drop(new AtError("at-restarted", "the modem is restarted"), true);
      const channel = this.#open();
      this.#bootExpected = true;
      try {
        const ready = channel.waitFor("RDY", RESTART_LIMIT_MS);
        await channel.run(restart);
        await ready.line;
      } finally {
        this.#bootExpected = false;
        this.#expectSmsReady();
      }
    });
  }

  powerCycle(): Promise<void> {
    return this.#exclusive(async () => {
      const { powerKey, timer } = this.#options;
      this.#drop(new AtError("at-restarted", "the modem is switched off"), true);
      const off = await this.#open()
        .run(powerDown)
        .then(
          () => true,
          () => false,
        );
      if (!off) {
        powerKey?.write(1);
        await delay(timer, POWER_OFF_PULSE_MS);
        powerKey?.write(0);
      }
      await delay(timer, REST_MS);
    });
  }

  time(): Promise<LinkTime> {
    return readTime(this.#open());
  }

  async status(): Promise<LinkStatus> {
    const { rssiDbm } = await this.#open().run(readSignal);
    const { rssiDbm: _, ...rest } = this.#status;
    this.#status = rssiDbm === undefined ? rest : { ...rest, rssiDbm };
    return { ...this.#status };
  }

  down(): Promise<void> {
    return this.#exclusive(async () => {
      if (!this.#online) return;
      this.#drop(new ModemError("pdp-lost", "the modem is going offline"), false);
      await this.#pdpOff();
    });
  }

  counters(): LinkCounters {
    const { txBytes, rxBytes, commands } = this.#sum();
    return {
      uartTxBytes: txBytes,
      uartRxBytes: rxBytes,
      airTxBytes: this.sockets.counters.txBytes,
      airRxBytes: this.sockets.counters.rxBytes,
      socketsOpened: this.sockets.counters.opened,
      atCommands: commands,
    };
  }

  async #pdpOff(): Promise<void> {
    const channel = this.#open();
    const told = channel.waitFor((line) => pdpUrc(line) === "deactive", PDP_OFF_LIMIT_MS);
    try {
      await channel.run(setPdp(0));
      await told.line;
    } catch (error) {
      told.cancel();
      // ERROR: it was off already.
      if (!(error instanceof AtError) || (error.code !== "at-error" && error.code !== "at-cme")) throw error;
    }
  }

  #session(): Session {
    const { clock, timer, log, powerKey, onStage } = this.#options;
    return {
      channel: this.#open(),
      clock,
      timer,
      log,
      powerKey,
      config: { apn: this.#apn },
      report: (stage, detail) => onStage?.(stage, detail),
      status: this.#status,
      booted: false,
      asyncOpen: false,
    };
  }

  /** The channel in use; a new one when the serial line was lost. */
  #open(): Channel {
    if (this.#channel) return this.#channel;
    const { Serial, timer, baud, trace } = this.#options;
    this.#channel = new Channel({
      Serial,
      timer,
      baud: baud ?? DEFAULT_BAUD,
      trace,
      onUrc: (line) => this.#onUrc(line),
      onClosed: (error) => {
        this.#past = this.#sum();
        this.#channel = undefined;
        this.#lost(error, true);
      },
    });
    return this.#channel;
  }

  #sum(): { txBytes: number; rxBytes: number; commands: number } {
    const now = this.#channel?.counters ?? { txBytes: 0, rxBytes: 0, commands: 0 };
    return {
      txBytes: this.#past.txBytes + now.txBytes,
      rxBytes: this.#past.rxBytes + now.rxBytes,
      commands: this.#past.commands + now.commands,
    };
  }

  #onUrc(line: string): void {
    const urc = socketUrc(line);
    if (urc) this.sockets.onUrc(urc);
    else if (line === "RDY" || line === "SMS Ready") this.#onBootUrc(line);
    else if (pdpUrc(line) === "deactive")
      this.#lost(new ModemError("pdp-lost", "the network took the IP address away"), false);
  }

  #onBootUrc(line: string): void {
    const { clock } = this.#options;
    const known = this.#bootExpected || (line === "SMS Ready" && clock.monotonic() <= this.#smsReadyUntil);
    if (line === "SMS Ready") this.#smsReadyUntil = Number.NEGATIVE_INFINITY;
    else this.#expectSmsReady();
    if (known) return;
    const error = new AtError("at-restarted", `the modem restarted by itself (${line})`);
    this.#channel?.fail(error);
    this.#lost(error, true);
  }

  #expectSmsReady(): void {
    this.#smsReadyUntil = this.#options.clock.monotonic() + SMS_READY_LIMIT_MS;
  }

  /** An established link is gone without our doing. */
  #lost(error: Error, forget: boolean): void {
    if (!this.#online) return;
    this.#options.log("warn", "link-lost", { reason: error.message });
    this.#drop(error, forget);
    this.#options.onLost?.(error);
  }

  #drop(error: Error, forget: boolean): void {
    this.#online = false;
    this.sockets.linkDown(error, forget);
  }

  /** Runs `work` when all that was asked before has ended. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
