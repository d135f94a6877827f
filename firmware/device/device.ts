// A device: its parts, and what they tell each other.

import type { Means } from "../cloud/connect.js";
import type { Failure } from "../platform/failure.js";
import { restsBetween } from "../settings/rules.js";
import type { Intent } from "./boot-record.js";
import { CloudConnection, type ConnectionOwner } from "./cloud-connection.js";
import type { Json } from "./commands.js";
import { Configurator, type RuntimeSettings } from "./configurator.js";
import { DataBudget } from "./data-budget.js";
import { Fixes, type LocatedDevice } from "./fixes.js";
import { Gathering } from "./gathering.js";
import { RUNGS, type Rung } from "./ladder.js";
import { keepUsage, takeUsage } from "./memory.js";
import { OwnApp } from "./own-app.js";
import type { DeviceParts } from "./parts.js";
import { Recorder } from "./recorder.js";
import { Restarts } from "./restarts.js";
import { type RestingDevice, Rests } from "./rests.js";
import { Runner, type Steps } from "./runner.js";
import { STEPS, type SteppingDevice } from "./steps.js";
import { noCounts } from "./telemetry.js";
import { Updates } from "./updates.js";
import { type Usage, UsageMeter } from "./usage.js";

/** A device, from its first start to its end. */
export class Device extends Runner implements ConnectionOwner, LocatedDevice, RestingDevice, SteppingDevice {
  readonly counters = noCounts();
  /** Monotonic time of the first PUBACK, in milliseconds. */
  firstPubackAt: number | undefined;
  /** Settles when the device has shut down. */
  readonly ended: Promise<void>;

  readonly meter: UsageMeter;
  readonly cloud: CloudConnection;
  readonly recorder: Recorder;
  readonly configurator: Configurator;
  readonly restarts: Restarts;
  /** What not every device has. */
  readonly own: OwnApp | undefined;
  readonly budget: DataBudget | undefined;
  readonly fixes: Fixes | undefined;
  /** For the console, too: undefined where the device cannot be updated. */
  readonly updates: Updates | undefined;
  readonly rests: Rests | undefined;
  /** For the steps: connections so far. */
  connections = 0;
  readonly #gathering: Gathering;
  #end: () => void = () => {};

  constructor(parts: DeviceParts) {
    const { platform, base, link, journal, config, boot } = parts;
    super(parts);
    const past = takeUsage(platform);
    this.meter = new UsageMeter(past);
    this.cloud = new CloudConnection(parts, this, this.meter);
    this.restarts = new Restarts(parts, this);
    const kbPerDay = config.dataBudgetKbPerDay;
    if (kbPerDay > 0) this.budget = new DataBudget({ platform, link, kbPerDay, usedBytes: past?.dayBytes });
    if (config.positionS > 0 && link.locate) this.fixes = new Fixes(parts, this, past !== undefined);
    if (parts.own) {
      const publish = (suffix: string, text: string, now: boolean) => this.publishOwn(suffix, text, now);
      this.own = new OwnApp({ ...parts.own, platform, publish, position: this.fixes?.forApp() });
    }
    this.recorder = new Recorder({
      platform,
      base,
      ...(this.own && { own: this.own }),
      link,
      journal,
      config,
      counters: this.counters,
      usage: this.meter,
      budget: this.budget,
      ...(this.fixes && { position: this.fixes.position }),
      updates: this,
      boot,
      device: this,
    });
    this.#gathering = new Gathering({ platform, config, boot, recorder: this.recorder });
    if (platform.update && platform.restart) {
      this.updates = new Updates(parts, platform.update, this, this.own, this.budget, this.recorder);
    }
    this.configurator = new Configurator({
      platform,
      own: config,
      ...(parts.table && { table: parts.table }),
      device: this,
    });
    if (restsBetween(config.power)) this.rests = new Rests(parts, this, this.recorder, this.own);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The settings in effect, which the cloud may change. */
  get settings(): RuntimeSettings {
    return this.configurator.settings;
  }

  /** Milliseconds until the next record is due, 0 or more: as long as the device says nothing by itself. */
  get dueInMs(): number {
    return this.recorder.dueInMs;
  }

  /** Radio time and volume so far, and a month at this rate. */
  usage(): Usage {
    return this.meter.usage(this.parts.link.counters(), this.parts.platform.clock.monotonic());
  }

  /** Begins; once. */
  start(): void {
    for (const rung of RUNGS) if (!this.has(rung)) this.parts.platform.log("info", "no-rung", { rung });
    this.own?.start();
    this.updates?.start();
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

  // ------------------------------------------------------------ what its parts ask of it

  /** For the runner. */
  protected get steps(): Steps<this> {
    return STEPS;
  }

  /** For the steps: restarts the chip at once. */
  restart(why: Intent): void {
    const { boot, platform } = this.parts;
    this.own?.hurry();
    this.budget?.keep();
    boot?.intend(why);
    if (why === "update") this.updates?.commit();
    platform.restart?.();
  }

  /** Keeps a record of the own app's. @param now a device that rests wakes for it @returns why it is not kept */
  private publishOwn(suffix: string, text: string, now: boolean): string | undefined {
    const why = this.recorder.publishOwn(suffix, text);
    if (why !== undefined || !now) return why;
    const { phase } = this;
    this.own!.isUrgent = phase === "settling" || phase === "resting" || phase === "locating" || phase === "off";
    if (phase === "asleep") this.waitFor(0);
    return undefined;
  }

  // ------------------------------------------------------------ events

  /** For the ladder: whether board and modem have this rung. */
  has(rung: Rung): boolean {
    const { link, platform } = this.parts;
    if (rung === "power-cycle") return link.powerCycle !== undefined;
    // A restart would undo an update that is on trial.
    return rung !== "chip-restart" || (platform.restart !== undefined && !this.onTrial);
  }

  /** For the runner: a step failed, or the connection or link was lost. */
  protected onFailure(failure: Failure): number {
    this.updates?.failed(failure);
    return this.budget?.retryMs ?? 0;
  }

  /** For the runner. */
  protected get isFixDue(): boolean {
    return this.fixes?.isDue === true;
  }

  /** For the position. */
  get isBusy(): boolean {
    return this.own?.isBusy === true;
  }

  /** For the steps: it has shut down. */
  onDown(): void {
    this.#end();
    const { why } = this.restarts;
    if (why !== undefined) this.restart(why);
  }

  /** For rests: what is to outlive a deep sleep is kept. */
  onSleep(ms: number, modemRests: string | undefined): void {
    const { platform, link } = this.parts;
    this.budget?.look();
    this.fixes?.position.keep(ms);
    const now = platform.clock.monotonic();
    keepUsage(platform, this.meter.totals(link.counters(), now + ms, this.budget?.usedBytes));
    this.restarts.sleeps(modemRests);
    this.#gathering.sleeps(ms);
  }

  /** For the recorder: the modem may be asked for its signal. */
  get isOnline(): boolean {
    return this.phase === "online";
  }

  /** For the connection. */
  get iccid(): string | undefined {
    return this.recorder.system.signal.iccid;
  }

  /** For the recorder: the image that runs is to be confirmed yet. */
  get onTrial(): boolean {
    return this.updates?.onTrial === true;
  }

  /** For updates: whether the cloud has a topic for them, as far as is known. */
  get isOffered(): boolean {
    return this.cloud.topics?.update !== undefined;
  }

  /** For updates: what a connection is stacked on. */
  means(): Means {
    return this.cloud.means();
  }

  /** For updates: one wants the modem to itself. */
  onWindow(): void {
    this.send({ type: "update" });
  }

  /** For updates: a new image is there, and a restart starts it. */
  onReady(): void {
    this.restarts.why = "update";
    this.stop();
  }

  /** For updates: the boot loader restarts the chip. */
  onUndo(): void {
    this.own?.hurry();
    this.budget?.keep();
    this.parts.boot?.intend("update");
  }

  /** For the connection: the credentials are to be renewed. */
  onRenewal(): void {
    this.send({ type: "renew" });
  }

  /** For the recorder: something new is in the journal. */
  onRecord(): void {
    this.cloud.uplink?.kick();
  }

  /** For the recorder: what was due is measured. */
  onMeasured(): void {
    if (this.parts.config.recordsPerWake <= 1) return;
    const isDue = this.recorder.isGathered || this.recorder.hasNews || this.own?.isUrgent === true;
    if (this.#gathering.isDecided()) this.send({ type: isDue ? "start" : "rest" });
    else if (isDue && this.phase === "asleep") this.waitFor(0);
  }

  /** For the configurator. */
  onSettings(settings: RuntimeSettings): void {
    this.recorder.setInterval(settings.telemetryIntervalS);
    this.own?.change({ ...settings });
  }

  /** For the configurator. */
  onState(state: Json): boolean {
    return this.recorder.state(state);
  }

  /** For the uplink. */
  onRejected(sequence: number, failure: Failure): void {
    this.recorder.rejected(sequence, failure);
  }

  /** For the uplink. */
  onRefused(failure: Failure): void {
    this.cloud.refused(failure);
  }

  /** For the uplink. */
  onClosed(failure: Failure): void {
    if (this.cloud.uplink !== undefined) this.fail(this.cloud.judged(failure));
  }

  /** For the uplink. */
  onDelivered(sequence: number, whole?: boolean): void {
    this.firstPubackAt ??= this.parts.platform.clock.monotonic();
    this.recorder.delivered(sequence);
    this.send(whole ? { type: "proof", whole } : { type: "proof" });
    this.updates?.delivered(sequence);
    this.rests?.plan();
    this.restarts.delivered(sequence);
  }

  /** For the uplink. */
  onMessage(topic: string, payload: Uint8Array, retained: boolean): void {
    this.recorder.watchBudget();
    if (topic === this.cloud.topics?.config) this.configurator.take(payload);
    else if (topic === this.cloud.topics?.update) this.updates?.take(payload, retained);
    else if (retained) {
      // It would be obeyed anew with each connection: a restart that is kept never ends.
      this.parts.platform.log("warn", "retained-command", { topic, bytes: payload.length });
    } else {
      const taken = this.recorder.command(topic, payload);
      if (taken?.effect?.do === "set-interval") {
        this.configurator.change({ telemetryIntervalS: taken.effect.seconds });
      }
      if (taken?.effect?.do === "restart") this.restarts.after(taken.sequence);
    }
  }
}
