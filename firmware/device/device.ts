// The runner: carries out what the agent's table says and reports back. The only code in device/ that awaits.
//
// Rules: one step of the agent is under way at a time, and the report of a step that was given up is dropped; every step
// settles within a bounded time, because each layer below it does.

import type { Means } from "../cloud/connect.js";
import type { AppPosition } from "../platform/app.js";
import type { TimerId } from "../platform/clock.js";
import { asFailure, type Failure, rootOf, storyOf } from "../platform/failure.js";
import { type Sleep, unit } from "../platform/system.js";
import type { UpdatePlatform } from "../platform/update.js";
import { restsBetween } from "../settings/rules.js";
import { type AgentAction, type AgentEvent, type AgentState, initialState, type Phase, step } from "./agent.js";
import type { Intent } from "./boot-record.js";
import { climb } from "./climb.js";
import { CloudConnection, type ConnectionOwner } from "./cloud-connection.js";
import type { Json } from "./commands.js";
import { Configurator, type RuntimeSettings } from "./configurator.js";
import { DataBudget } from "./data-budget.js";
import { Gathering } from "./gathering.js";
import { RUNGS, type Rung } from "./ladder.js";
import { keepUsage, readFailures, takeUsage, writeFailures } from "./memory.js";
import { OwnApp } from "./own-app.js";
import type { DeviceParts } from "./parts.js";
import { Position } from "./position.js";
import { Recorder } from "./recorder.js";
import { Restarts } from "./restarts.js";
import { noCounts } from "./telemetry.js";
import { Updates } from "./updates.js";
import { type Usage, UsageMeter } from "./usage.js";

/** How long a shut-down waits for the modem to go offline, in milliseconds. */
const DOWN_LIMIT_MS = 15_000;
/** How soon it is looked again whether the own app is ready for a rest, or nothing waits, in milliseconds. */
const BUSY_LOOK_MS = 1_000;

type Performer = { [K in AgentAction["do"]]: (device: Device, action: Extract<AgentAction, { do: K }>) => void };

/** A device, from its first start to its end. */
export class Device implements ConnectionOwner {
  readonly counters = noCounts();
  /** Monotonic time of the first PUBACK, in milliseconds. */
  firstPubackAt: number | undefined;
  /** Settles when the device has shut down. */
  readonly ended: Promise<void>;

  readonly #parts: DeviceParts;
  readonly #usage: UsageMeter;
  readonly #budget: DataBudget | undefined;
  readonly #cloud: CloudConnection;
  readonly #restarts: Restarts;
  readonly #own: OwnApp | undefined;
  readonly #position: Position | undefined;
  readonly #recorder: Recorder;
  readonly #gathering: Gathering;
  readonly #configurator: Configurator;
  readonly #updates: Updates | undefined;
  #state: AgentState;
  /** Number of the step under way: a report that bears another number is an echo. */
  #step = 0;
  #wait: TimerId;
  #resting: TimerId;
  #locating: TimerId;
  #connections = 0;
  /** How the modem was put to rest; of a chip that has left it alone, by the life before. */
  #modemRests: string | undefined;
  #end: () => void = () => {};

  constructor(parts: DeviceParts) {
    const { platform, base, link, journal, config, boot } = parts;
    this.#parts = parts;
    this.#cloud = new CloudConnection(parts, this);
    this.#restarts = new Restarts(parts, this);
    const past = takeUsage(platform);
    this.#usage = new UsageMeter(past);
    this.#modemRests = boot?.modemRests;
    const kbPerDay = config.dataBudgetKbPerDay;
    if (kbPerDay > 0) this.#budget = new DataBudget({ platform, link, kbPerDay, usedBytes: past?.dayBytes });
    if (config.positionS > 0 && link.locate) {
      this.#position = new Position({ platform, config, isWoken: past !== undefined });
    }
    if (parts.own) {
      const publish = (suffix: string, text: string, now: boolean) => this.publishOwn(suffix, text, now);
      this.#own = new OwnApp({ ...parts.own, platform, publish, position: this.positionForApp() });
    }
    this.#recorder = new Recorder({
      platform,
      base,
      ...(this.#own && { own: this.#own }),
      link,
      journal,
      config,
      counters: this.counters,
      usage: this.#usage,
      budget: this.#budget,
      ...(this.#position && { position: this.#position }),
      updates: this,
      boot,
      device: this,
    });
    this.#gathering = new Gathering({ platform, config, boot, recorder: this.#recorder });
    if (platform.update && platform.restart) this.#updates = this.makeUpdates(platform.update);
    this.#configurator = new Configurator({
      platform,
      own: config,
      ...(parts.table && { table: parts.table }),
      device: this,
    });
    this.#state = initialState(readFailures(platform.keyValue), boot !== undefined && boot.starts > 0);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  /** The settings in effect, which the cloud may change. */
  get settings(): RuntimeSettings {
    return this.#configurator.settings;
  }

  /** Milliseconds until the next record is due, 0 or more: as long as the device says nothing by itself. */
  get dueInMs(): number {
    return this.#recorder.dueInMs;
  }

  /** Radio time and volume so far, and a month at this rate. */
  usage(): Usage {
    return this.#usage.usage(this.#parts.link.counters(), this.#parts.platform.clock.monotonic());
  }

  /** Begins; once. */
  start(): void {
    for (const rung of RUNGS) if (!this.has(rung)) this.#parts.platform.log("info", "no-rung", { rung });
    this.#own?.start();
    this.#updates?.start();
    // A sleep would undo an update that is on trial.
    if (this.onTrial || !this.#gathering.begin()) this.send({ type: "start" });
  }

  /** Ends in order: what was offered is drained, the broker gets a DISCONNECT, the PDP context goes down. Await `ended`. */
  stop(): void {
    this.send({ type: "stop" });
  }

  /** The composition root passes on that the modem lost its network or restarted. */
  linkLost(reason: Error): void {
    this.fail(reason);
  }

  // ------------------------------------------------------------ agent

  private send(event: AgentEvent): void {
    const { clock, random, log } = this.#parts.platform;
    const before = this.#state.phase;
    const context = { now: clock.monotonic(), random: unit(random), rungs: this, isFixDue: this.isFixDue };
    const [state, actions] = step(this.#state, event, context);
    this.#state = state;
    if (state.phase !== before) {
      this.#parts.boot?.enter(state.phase);
      log("debug", "phase", { phase: state.phase, failures: state.failures });
    }
    for (const action of actions)
      (Device.#perform[action.do] as (device: Device, action: AgentAction) => void)(this, action);
  }

  private fail(error: unknown): void {
    const failure = asFailure(error);
    const { code, advice, retryAfterMs } = failure;
    this.#updates?.failed(failure);
    this.#parts.platform.log("warn", "failure", { code, message: storyOf(error), advice, cause: rootOf(error) });
    this.send({ type: "failed", advice, retryAfterMs: Math.max(retryAfterMs ?? 0, this.#budget?.retryMs ?? 0) });
  }

  /** Carries out one step and reports how it ended, unless the agent has moved on meanwhile. */
  private work(work: () => Promise<void>): void {
    const number = ++this.#step;
    work().then(
      () => {
        if (number === this.#step) this.send({ type: "done" });
      },
      (error) => {
        if (number === this.#step) this.fail(error);
      },
    );
  }

  static readonly #perform: Performer = {
    link: (device) => device.work(() => device.linkUp()),
    "read-clock": (device) => device.work(() => device.readClock()),
    "get-credentials": (device) => device.work(() => device.getCredentials()),
    "forget-credentials": (device) => device.#parts.profile.forget(device.#cloud.means()),
    connect: (device) => device.work(() => device.connect()),
    disconnect: (device) => device.disconnect(),
    drain: (device) => device.work(() => device.drain()),
    locate: (device) => device.work(() => device.locate()),
    update: (device) => device.update(),
    rest: (device) => device.work(() => device.rest()),
    sleep: (device) => device.sleep(),
    wait: (device, { ms }) => device.waitFor(ms),
    "see-if-it-lives": (device, { ms }) => device.startTimer(ms),
    climb: (device, { rung }) => device.work(() => device.climb(rung)),
    remember: (device, { failures }) => device.remember(failures),
    "feed-watchdog": (device) => device.#parts.platform.watchdog?.feed(),
    "shut-down": (device) => device.work(() => device.shutDown()),
  };

  private waitFor(ms: number): void {
    const { log } = this.#parts.platform;
    // Whatever was under way has been given up.
    this.#step++;
    this.startTimer(ms);
    const { failures, rung, phase } = this.#state;
    if (phase === "backing-off") log("info", "backing-off", { ms, failures, rung });
    if (phase === "halted") log("error", "halted", { ms });
  }

  private startTimer(ms: number): void {
    const { timer } = this.#parts.platform;
    timer.clear(this.#wait);
    this.#wait = timer.set(() => this.send({ type: "timer" }), ms);
  }

  private remember(failures: number): void {
    writeFailures(this.#parts.platform, failures);
    if (failures === 0) this.#restarts.proven();
  }

  private restart(why: Intent): void {
    const { boot, platform } = this.#parts;
    this.#own?.hurry();
    this.#budget?.keep();
    boot?.intend(why);
    if (why === "update") this.#updates?.commit();
    platform.restart?.();
  }

  // ------------------------------------------------------------ steps

  private async linkUp(): Promise<void> {
    this.#modemRests = undefined;
    const status = await this.#parts.link.up();
    this.#recorder.system.signal = status;
    const { iccid, rat, plmn, rssiDbm } = status;
    this.#parts.platform.log("info", "online", { iccid, rat, plmn, rssi: rssiDbm });
  }

  private async readClock(): Promise<void> {
    const { clock, log } = this.#parts.platform;
    const time = await this.#parts.link.time();
    const { wallMs, source, skewMs, uncertaintyMs } = time;
    clock.setWall(wallMs);
    this.#cloud.clockError.set(time, clock.monotonic());
    log("info", "clock", { wallMs, source, skewMs, uncertaintyMs });
  }

  private async getCredentials(): Promise<void> {
    const { profile, link } = this.#parts;
    this.#usage.begin(link.counters());
    this.#budget?.look();
    const plan = await profile.plan(this.#cloud.means());
    this.#cloud.use(plan);
    this.counters.onboardings = profile.renewals;
  }

  private async connect(): Promise<void> {
    const { platform, link } = this.#parts;
    const { clock, log } = platform;
    const topics = this.#cloud.topics!;
    const began = clock.monotonic();
    this.#recorder.speakOn(topics);
    const opening = this.#cloud.open();
    const { uplink } = this.#cloud;
    await opening;
    // Stopped meanwhile: what comes below would begin what nobody ends.
    if (this.#state.phase !== "connecting" || this.#cloud.uplink !== uplink) return;
    if (this.#connections++ > 0) this.counters.reconnects++;
    log("info", "connected", { ms: clock.monotonic() - began, filter: topics.commands });
    this.#usage.connected(link.counters());
    this.#cloud.planRenewal();
    this.#recorder.start();
    this.#updates?.online(uplink?.hears === true);
    this.planRest();
    this.planFix();
  }

  private disconnect(): void {
    const { timer } = this.#parts.platform;
    timer.clear(this.#wait);
    timer.clear(this.#resting);
    timer.clear(this.#locating);
    this.#updates?.offline();
    this.#cloud.close();
  }

  private async drain(): Promise<void> {
    const { platform, journal } = this.#parts;
    platform.log("info", this.#state.phase === "draining" ? "draining" : "settling", { waiting: journal.size });
    await this.#cloud.uplink?.finish();
  }

  /** A window of an update. A device that sleeps does so behind it, unless it is to restart. */
  private update(): void {
    const number = ++this.#step;
    this.#updates!.window().then(() => {
      if (number !== this.#step) return;
      const sleeps = restsBetween(this.#parts.config.power) && !this.#updates!.isReady;
      this.send({ type: sleeps ? "rest" : "done" });
    });
  }

  private async rest(): Promise<void> {
    const how = await this.#parts.link.rest?.();
    this.#modemRests = how;
    this.#parts.platform.log("info", "resting", { how, ...this.usage() });
  }

  private sleep(): void {
    const { sleep, log } = this.#parts.platform;
    const own = this.#own;
    const ms = own?.isUrgent && this.#parts.journal.size > 0 ? 0 : this.#recorder.wakeInMs;
    if (own) own.isUrgent = false;
    log("info", "asleep", { ms });
    if (!sleep) {
      this.waitFor(ms);
      return;
    }
    const closing = own?.close();
    if (closing) closing.then(() => this.sleepDeeply(sleep, ms));
    else this.sleepDeeply(sleep, ms);
  }

  /** What runs ends here, and begins anew when the next record is due. */
  private sleepDeeply(sleep: Sleep, longestMs: number): void {
    // Stopped while the app took its leave.
    if (this.#state.phase !== "asleep") return;
    const { platform, link } = this.#parts;
    const { clock } = platform;
    const ms = Math.min(longestMs, this.#recorder.dueInMs);
    this.#budget?.look();
    this.#position?.keep(ms);
    keepUsage(platform, this.#usage.totals(link.counters(), clock.monotonic() + ms, this.#budget?.usedBytes));
    this.#restarts.sleeps(this.#modemRests);
    this.#gathering.sleeps(ms);
    sleep(ms);
  }

  /** With the power profiles `psm` and `off`: rests once all is delivered and no command has come for a while. */
  private planRest(atLeastMs = 0): void {
    const { platform, config, journal } = this.#parts;
    if (!restsBetween(config.power)) return;
    platform.timer.clear(this.#resting);
    this.#resting = platform.timer.set(
      () => {
        // What the app has been asked for is to be said before.
        const wants = this.#updates?.wants;
        if (this.#own?.isBusy || this.onTrial) this.planRest(BUSY_LOOK_MS);
        else if (journal.size > 0) return;
        else if (wants === "restart") this.onReady();
        else this.send({ type: wants === "window" ? "update" : "rest" });
      },
      Math.max(atLeastMs, this.#configurator.settings.listenS * 1_000),
    );
  }

  /** A device that sleeps looks at the wake that is nearest: the next one is some intervals away. */
  private get isFixDue(): boolean {
    if (this.#position === undefined || this.onTrial) return false;
    const { power, positionS, recordsPerWake } = this.#parts.config;
    const early = restsBetween(power)
      ? Math.min(positionS, this.settings.telemetryIntervalS * recordsPerWake) * 500
      : 0;
    return this.#position.dueInMs <= early;
  }

  /** While the device is always online: looks for a fix when it is due and nothing waits. */
  private planFix(ms = this.#position?.dueInMs): void {
    const { platform, config, journal } = this.#parts;
    const position = this.#position;
    if (position === undefined || restsBetween(config.power)) return;
    platform.timer.clear(this.#locating);
    this.#locating = platform.timer.set(() => {
      if (position.isOverdue || (journal.size === 0 && !this.#own?.isBusy)) this.send({ type: "locate" });
      else this.planFix(BUSY_LOOK_MS);
    }, ms ?? 0);
  }

  private async locate(): Promise<void> {
    const own = this.#own;
    await this.#position?.look(this.#parts.link, () => this.#state.phase === "locating" && !own?.isUrgent);
    if (own) own.isUrgent = false;
  }

  /** What the own app has of it. */
  private positionForApp(): AppPosition | undefined {
    const position = this.#position;
    if (position === undefined) return undefined;
    const wish = () => {
      position.wish();
      if (this.#state.phase === "online") this.planFix();
    };
    return { last: () => position.last(), wish };
  }

  private async climb(rung: Rung): Promise<void> {
    const { link, platform } = this.#parts;
    platform.log("warn", "climbing", { rung });
    await climb(rung, link, () => this.restart("ladder"));
  }

  private async shutDown(): Promise<void> {
    const { platform, link } = this.#parts;
    platform.timer.clear(this.#wait);
    this.#restarts.forget();
    this.#recorder.stop();
    this.#configurator.stop();
    try {
      if (this.#own) await this.#own.close();
      await this.#cloud.uplink?.finish();
      this.disconnect();
      await this.within(DOWN_LIMIT_MS, link.down());
    } catch (error) {
      // The end comes all the same; what could not be drained stays in the journal.
      const { code } = asFailure(error);
      platform.log("warn", "failure", { code, message: storyOf(error), cause: rootOf(error) });
    }
    this.#end();
    const { why } = this.#restarts;
    if (why !== undefined) this.restart(why);
  }

  /** Keeps a record of the own app's. @param now a device that rests wakes for it @returns why it is not kept */
  private publishOwn(suffix: string, text: string, now: boolean): string | undefined {
    const why = this.#recorder.publishOwn(suffix, text);
    if (why !== undefined || !now) return why;
    const { phase } = this.#state;
    this.#own!.isUrgent = phase === "settling" || phase === "resting" || phase === "locating" || phase === "off";
    if (phase === "asleep") this.waitFor(0);
    return undefined;
  }

  private makeUpdates(update: UpdatePlatform): Updates {
    return new Updates(this.#parts, update, this, this.#own, this.#budget, this.#recorder);
  }

  /** Waits for `work`, but no longer than `ms`: a bring-up under way may hold it up for minutes. */
  private within(ms: number, work: Promise<void>): Promise<void> {
    const { timer } = this.#parts.platform;
    return new Promise((resolve, reject) => {
      const limit = timer.set(resolve, ms);
      work.then(resolve, reject).finally(() => timer.clear(limit));
    });
  }

  // ------------------------------------------------------------ events

  /** For the ladder: whether board and modem have this rung. */
  has(rung: Rung): boolean {
    const { link, platform } = this.#parts;
    if (rung === "power-cycle") return link.powerCycle !== undefined;
    // A restart would undo an update that is on trial.
    return rung !== "chip-restart" || (platform.restart !== undefined && !this.onTrial);
  }

  /** For the recorder: the modem may be asked for its signal. */
  get isOnline(): boolean {
    return this.#state.phase === "online";
  }

  /** For the connection. */
  get iccid(): string | undefined {
    return this.#recorder.system.signal.iccid;
  }

  /** For the recorder: the image that runs is to be confirmed yet. */
  get onTrial(): boolean {
    return this.#updates?.onTrial === true;
  }

  /** For the console: undefined where the device cannot be updated. */
  get updates(): Updates | undefined {
    return this.#updates;
  }

  /** For updates: whether the cloud has a topic for them, as far as is known. */
  get isOffered(): boolean {
    return this.#cloud.topics?.update !== undefined;
  }

  /** For updates: what a connection is stacked on. */
  means(): Means {
    return this.#cloud.means();
  }

  /** For updates: one wants the modem to itself. */
  onWindow(): void {
    this.send({ type: "update" });
  }

  /** For updates: a new image is there, and a restart starts it. */
  onReady(): void {
    this.#restarts.why = "update";
    this.stop();
  }

  /** For updates: the boot loader restarts the chip. */
  onUndo(): void {
    this.#own?.hurry();
    this.#budget?.keep();
    this.#parts.boot?.intend("update");
  }

  /** For the connection: the credentials are to be renewed. */
  onRenewal(): void {
    this.send({ type: "renew" });
  }

  /** For the recorder: something new is in the journal. */
  onRecord(): void {
    this.#cloud.uplink?.kick();
  }

  /** For the recorder: what was due is measured. */
  onMeasured(): void {
    if (this.#parts.config.recordsPerWake <= 1) return;
    const isDue = this.#recorder.isGathered || this.#recorder.hasNews || this.#own?.isUrgent === true;
    if (this.#gathering.isDecided()) this.send({ type: isDue ? "start" : "rest" });
    else if (isDue && this.#state.phase === "asleep") this.waitFor(0);
  }

  /** For the configurator. */
  onSettings(settings: RuntimeSettings): void {
    this.#recorder.setInterval(settings.telemetryIntervalS);
    this.#own?.change({ ...settings });
  }

  /** For the configurator. */
  onState(state: Json): boolean {
    return this.#recorder.state(state);
  }

  /** For the uplink. */
  onRejected(sequence: number, failure: Failure): void {
    this.#recorder.rejected(sequence, failure);
  }

  /** For the uplink. */
  onClosed(failure: Failure): void {
    if (this.#cloud.uplink !== undefined) this.fail(this.#cloud.judged(failure));
  }

  /** For the uplink. */
  onDelivered(sequence: number, whole?: boolean): void {
    this.firstPubackAt ??= this.#parts.platform.clock.monotonic();
    this.#recorder.delivered(sequence);
    this.send(whole ? { type: "proof", whole } : { type: "proof" });
    this.#updates?.delivered(sequence);
    this.planRest();
    this.#restarts.delivered(sequence);
  }

  /** For the uplink. */
  onMessage(topic: string, payload: Uint8Array, retained: boolean): void {
    this.#recorder.watchBudget();
    if (topic === this.#cloud.topics?.config) this.#configurator.take(payload);
    else if (topic === this.#cloud.topics?.update) this.#updates?.take(payload);
    else if (retained) {
      // It would be obeyed anew with each connection: a restart that is kept never ends.
      this.#parts.platform.log("warn", "retained-command", { topic, bytes: payload.length });
    } else {
      const taken = this.#recorder.command(topic, payload);
      if (taken?.effect?.do === "set-interval") {
        this.#configurator.change({ telemetryIntervalS: taken.effect.seconds });
      }
      if (taken?.effect?.do === "restart") this.#restarts.after(taken.sequence);
    }
  }
}
