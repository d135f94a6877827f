// The driver's state: which session runs, whether the link stands, and what a URC means for it.
// Rules: methods run one after another; a restart of the modem, a lost PDP context or a lost serial line ends all sockets at
// once and is told once; counters only grow.

import type { Clock, Timer } from "../../platform/clock.js";
import { storyOf } from "../../platform/failure.js";
import type { SerialClass, TcpClass } from "../../platform/io.js";
import type { Link, LinkCounters, LinkFix, LinkOptions, LinkStatus, LinkTime, Search } from "../../platform/link.js";
import { Channel, type ChannelCounters, type ChannelOptions, type Trace } from "../at/channel.js";
import { AtError } from "../at/error.js";
import { BootWatch } from "./boot-watch.js";
import { bringUp, forgetSim, getReady } from "./bring-up.js";
import type { PdpChange } from "./commands/network.js";
import { locate } from "./gnss.js";
import { LineSession, type LineSessionParts } from "./line-session.js";
import { keyWakes, type Rest, rest } from "./low-power.js";
import { ModemError } from "./modem-error.js";
import { deactivate } from "./pdp.js";
import { cycleRadio, restartModem, switchOff } from "./rungs.js";
import type { ModemSession } from "./session.js";
import { readSignal } from "./signal.js";
import { Sockets, type SocketsOptions } from "./sockets.js";
import { readTime } from "./time.js";
import type { UrcTable, UrcTarget } from "./urcs.js";

/** What the driver needs of its surroundings besides what it keeps itself. */
export interface DriverOptions extends LinkOptions, LineSessionParts {
  Serial: SerialClass;
  /** All that one of `models` prints by itself. */
  urcs: UrcTable;
  trace: Trace | undefined;
}

/** One modem: see Link for what its methods do. */
export class Driver implements Link, SocketsOptions, UrcTarget {
  readonly TCP: TcpClass;
  readonly sockets: Sockets;
  /** Left out where the board has neither power key nor supply switch. */
  readonly powerCycle?: () => Promise<void>;
  readonly #options: DriverOptions;
  #session: ModemSession | undefined;
  /** Sessions so far. */
  #sessions = 0;
  #online = false;
  /** What ended the link while it was brought up, or before. */
  #upset: Error | undefined;
  /** Counts of sessions that have ended. */
  #past: ChannelCounters = { txBytes: 0, rxBytes: 0, commands: 0 };
  /** Since when the radio is on, and how long it was before. */
  #radioSince: number | undefined;
  #radioMs = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DriverOptions) {
    this.#options = options;
    const { powerKey, supply } = options;
    this.sockets = new Sockets(this);
    this.TCP = this.sockets.TCP;
    if (powerKey || supply) this.powerCycle = () => this.switchOffAndOn();
  }

  /** For the sockets: the channel now in use. */
  get channel(): Channel {
    return this.current().channel;
  }

  /** For the sockets. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** For the sockets. */
  get timer(): Timer {
    return this.#options.timer;
  }

  up(): Promise<LinkStatus> {
    return this.exclusive(async (session) => {
      if (!this.#online) {
        this.radioOn();
        this.#upset = undefined;
        await bringUp(session).catch((error) => {
          // What was set may have been lost with whatever went wrong.
          session.done.clear();
          throw error;
        });
        if (this.#upset) throw this.#upset;
        this.#online = true;
        this.sockets.linkUp(session.asyncOpen);
      }
      return statusOf(session);
    });
  }

  renewPdp(): Promise<void> {
    return this.downFor("the PDP context is renewed", deactivate);
  }

  radioCycle(): Promise<void> {
    return this.downFor("the radio is switched off and on", cycleRadio);
  }

  restart(): Promise<void> {
    return this.downFor("the modem is restarted", restartModem, true);
  }

  private switchOffAndOn(): Promise<void> {
    return this.downFor(
      "the modem is switched off and on",
      async (session) => {
        this.radioOff();
        await switchOff(session);
      },
      true,
    );
  }

  down(): Promise<void> {
    return this.exclusive(async (session) => {
      if (!this.#online) return;
      this.drop(closed("the modem goes offline"), false);
      await this.sockets.idle();
      await deactivate(session);
    });
  }

  async rest(): Promise<Rest> {
    const { mode } = this.#options.config.profile;
    if (mode !== "psm" && mode !== "off") return "awake";
    return this.downFor("the modem goes to rest", async (session) => {
      const how = await rest(session);
      session.rests = keyWakes(how);
      this.radioOff();
      return how;
    });
  }

  locate(search: Search): Promise<LinkFix | undefined> {
    return this.downFor("the radio gives way to the satellite receiver", async (session) => {
      this.radioOff();
      await getReady(session);
      return locate(session, search);
    });
  }

  async time(isDoubted = false): Promise<LinkTime> {
    return readTime(this.current(), isDoubted);
  }

  // Not async: asked for at each record, it would be another kilobyte while the modem answers.
  status(): Promise<LinkStatus> {
    try {
      const session = this.current();
      return readSignal(session).then(() => statusOf(session));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  counters(): LinkCounters {
    const now = this.#session?.channel.counters;
    const { clock } = this.#options;
    const since = this.#radioSince;
    return {
      uartTxBytes: this.#past.txBytes + (now?.txBytes ?? 0),
      uartRxBytes: this.#past.rxBytes + (now?.rxBytes ?? 0),
      airTxBytes: this.sockets.counters.txBytes,
      airRxBytes: this.sockets.counters.rxBytes,
      airHeaderBytes: this.sockets.counters.headerBytes,
      socketsOpened: this.sockets.counters.opened,
      atCommands: this.#past.commands + (now?.commands ?? 0),
      radioOnMs: this.#radioMs + (since === undefined ? 0 : clock.monotonic() - since),
    };
  }

  /** The session in use; a new one when the serial line was lost. */
  private current(): ModemSession {
    if (this.#session) return this.#session;
    const { Serial, trace, urcs, clock, timer, baud, flowControl } = this.#options;
    const boot = new BootWatch(clock);
    const channel = openChannel({
      Serial,
      timer,
      baud,
      flowControl,
      trace,
      urcs,
      target: this,
      onClosed: (error) => this.onClosed(error),
    });
    // What the modem printed before is not known: its `SMS Ready` may be on its way.
    boot.expectSmsReady();
    this.#session = new LineSession(this.#options, channel, boot, this.#sessions++ === 0);
    return this.#session;
  }

  onBoot(line: string): void {
    const session = this.current();
    if (!session.boot.tellsRestart(line)) return;
    const error = new AtError("at-restarted", `the modem restarted by itself (${line})`);
    session.done.clear();
    session.clean = true;
    session.channel.fail(error);
    this.lost(error, true);
  }

  onPowerDown(line: string): void {
    this.current().done.clear();
    // While it is brought up the key may switch off one that was on and did not answer in time, and then on again.
    this.#turn.then(() => {
      if (!this.#online) this.radioOff();
    });
    this.lost(new ModemError("modem-off", `the modem switched itself off: ${line}`), true);
  }

  onSupplyWarning(line: string): void {
    this.#options.log("warn", "modem-supply", { urc: line });
  }

  onPdp(change: PdpChange): void {
    if (change === "active") this.#upset = undefined;
    else this.lost(new ModemError("pdp-lost", "the network took the IP address away"), false);
  }

  onPin(state: string): void {
    if (state !== "READY") forgetSim(this.current());
  }

  /** Idle for longer than T3324: registration is kept, sockets and what was set are not. */
  onAsleep(): void {
    this.current().done.clear();
    this.radioOff();
    this.lost(new ModemError("modem-asleep", "the modem fell asleep: nothing was sent within the active time"), true);
  }

  private onClosed(error: AtError): void {
    const { uartTxBytes, uartRxBytes, atCommands } = this.counters();
    this.#past = { txBytes: uartTxBytes, rxBytes: uartRxBytes, commands: atCommands };
    this.#session = undefined;
    this.lost(error, true);
  }

  /** An established link is gone without our doing. */
  private lost(error: Error, forget: boolean): void {
    if (!this.#online) {
      this.#upset = error;
      return;
    }
    this.#options.log("warn", "link-lost", { reason: storyOf(error) });
    this.drop(error, forget);
    this.#options.onLost?.(error);
  }

  private drop(error: Error, forget: boolean): void {
    this.#online = false;
    this.sockets.linkDown(error, forget);
  }

  private radioOn(): void {
    this.#radioSince ??= this.#options.clock.monotonic();
  }

  private radioOff(): void {
    if (this.#radioSince === undefined) return;
    this.#radioMs += this.#options.clock.monotonic() - this.#radioSince;
    this.#radioSince = undefined;
  }

  /** Takes the link down for `why`, then works on the modem. @param forget true when the modem forgets its sockets too */
  private downFor<T>(why: string, work: (session: ModemSession) => Promise<T>, forget = false): Promise<T> {
    return this.exclusive((session) => {
      this.drop(closed(why), forget);
      return work(session);
    });
  }

  /** Runs `work` when all that was asked before has ended. */
  private exclusive<T>(work: (session: ModemSession) => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      const session = this.current();
      session.channel.resume();
      return work(session);
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** @throws AtError `at-closed` when the port cannot be opened */
function openChannel(options: ChannelOptions<UrcTarget>): Channel<UrcTarget> {
  try {
    return new Channel(options);
  } catch (error) {
    throw new AtError("at-closed", "the serial line to the modem cannot be opened", { cause: error });
  }
}

function closed(why: string): ModemError {
  return new ModemError("link-closed", why);
}

function statusOf({ identity, signal }: ModemSession): LinkStatus {
  return { ...identity, ...signal };
}
