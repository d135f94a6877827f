// The device's side of updates: what is resident while none is under way. What carries one out is loaded when there is
// something to do: a manifest came, a trial runs, or an earlier life was at one.
//
// Rule: whatever becomes of an update, the device goes on: what it throws is told, and ends that step of it alone.

import type { Means } from "../cloud/connect.js";
import { asFailure, type Failure, rootOf, storyOf } from "../platform/failure.js";
import type { UpdatePlatform } from "../platform/update.js";
import { readRecord } from "../update/memory.js";
import type { UpdateOwner, UpdateParts } from "../update/owner.js";
import type { UpdateReport } from "../update/report.js";
import type { UpdateRunner } from "../update/runner.js";
import type { DataBudget } from "./data-budget.js";
import type { OwnApp } from "./own-app.js";
import type { DeviceParts } from "./parts.js";
import type { Recorder } from "./recorder.js";
import type { UpdateLoader, UpdateModule } from "./update-module.js";
import { airBytes } from "./usage.js";

/** Records that may wait when a window opens: what is said before it is said in time. */
const WAITING_MOST = 0;

/** What an update moves between two looks at the day's volume: two transfers from the modem, and what goes out. */
const BETWEEN_LOOKS = 4_096;

/** On the chip. A function in flash: a closure would be memory as long as the device runs. */
const loadRunner: UpdateLoader = () => import("../update/runner.js");

/** What it asks of its device. */
interface UpdatedDevice {
  readonly iccid: string | undefined;
  readonly isOffered: boolean;
  means(): Means;
  /** A window is wanted: the device goes offline for it. */
  onWindow(): void;
  /** It ends in order, and restarts into the new image. */
  onReady(): void;
  /** A restart that is meant comes next. */
  onUndo(): void;
}

type Parts = UpdateParts & Pick<DeviceParts, "link" | "journal" | "updates" | "boot">;

export class Updates implements UpdateOwner {
  readonly #parts: Omit<Parts, "update" | "owner">;
  readonly #update: UpdatePlatform;
  readonly #device: UpdatedDevice;
  readonly #own: OwnApp | undefined;
  readonly #budget: DataBudget | undefined;
  readonly #recorder: Pick<Recorder, "report">;
  #runner: UpdateRunner | undefined;
  /** What came while it was loaded: it is handed over then. */
  #came: { message: Uint8Array; isKept: boolean } | undefined;
  /** At the console, of a manifest. */
  typed = "";
  #isLoading = false;
  #isOnline = false;
  #isPending = true;

  constructor(
    parts: Omit<Parts, "update" | "owner">,
    update: UpdatePlatform,
    device: UpdatedDevice,
    own: OwnApp | undefined,
    budget: DataBudget | undefined,
    recorder: Pick<Recorder, "report">,
  ) {
    this.#parts = parts;
    this.#update = update;
    this.#device = device;
    this.#own = own;
    this.#budget = budget;
    this.#recorder = recorder;
  }

  /** Whether the image that runs is on trial: no sleep and no restart before it is confirmed. */
  get onTrial(): boolean {
    if (this.#isPending) this.#isPending = this.#update.state() === "pending";
    return this.#isPending;
  }

  /** For the console. */
  get isOffered(): boolean {
    return this.#device.isOffered;
  }

  get updateStatus(): object | undefined {
    return this.#runner?.status;
  }

  takeUpdate(message: Uint8Array): void {
    this.take(message, false);
  }

  /** Goes on where the life before has ended. */
  start(): void {
    const record = readRecord(this.#parts.platform.keyValue);
    const isNothing = record === undefined || (record.stage === "idle" && record.tell === undefined);
    if (this.onTrial || !isNothing) this.load();
  }

  /**
   * A manifest came.
   * @param message a view: it is copied; empty: a retained one was taken back, which is nothing
   * @param isKept the broker has kept it
   */
  take(message: Uint8Array, isKept: boolean): void {
    if (message.length === 0) return;
    this.#came = { message: message.slice(), isKept };
    this.load();
    this.handOver();
  }

  /** The device is connected. @param hears whether messages come by this connection too */
  online(hears: boolean): void {
    this.#isOnline = hears;
    if (hears) this.attempt((runner) => runner.online());
  }

  offline(): void {
    this.#isOnline = false;
    this.attempt((runner) => runner.offline());
  }

  delivered(sequence: number): void {
    this.attempt((runner) => runner.delivered(sequence));
  }

  failed(failure: Failure): void {
    this.attempt((runner) => runner.failed(failure));
  }

  /** Whether a restart is all that is missing. */
  get isReady(): boolean {
    return this.#runner?.isReady === true;
  }

  /** What a device that is about to rest should do instead. */
  get wants(): "window" | "restart" | undefined {
    return this.attempt((runner) => runner.wants(true));
  }

  /** The device is offline, and this has the modem to itself until it settles. Never fails. */
  async window(): Promise<void> {
    try {
      await this.#runner?.window();
    } catch (error) {
      this.failedAt(error);
    }
  }

  /** The device restarts into the new image. */
  commit(): void {
    this.attempt((runner) => runner.commit());
  }

  // ------------------------------------------------------------ for what carries it out

  get iccid(): string | undefined {
    return this.#device.iccid;
  }

  get reset(): string | undefined {
    return this.#parts.boot?.reset;
  }

  means(): Means {
    return this.#device.means();
  }

  airBytes(): number {
    return airBytes(this.#parts.link.counters());
  }

  day(): "ok" | "near" | "spent" {
    return this.#budget?.look(BETWEEN_LOOKS) ?? "ok";
  }

  report(report: UpdateReport): number | undefined {
    return this.#recorder.report({ ...report });
  }

  appAllows(): boolean {
    return this.#own?.mayUpdate() ?? true;
  }

  askHealth(done: (isWell: boolean) => void): void {
    if (this.#own) this.#own.health(done);
    else done(true);
  }

  onWindow(): void {
    if (this.#parts.journal.size <= WAITING_MOST) this.#device.onWindow();
  }

  onReady(): void {
    this.#device.onReady();
  }

  onUndo(): void {
    this.#device.onUndo();
  }

  // ------------------------------------------------------------ loading

  private load(): void {
    if (this.#runner !== undefined || this.#isLoading) return;
    this.#isLoading = true;
    const { updates: load = loadRunner } = this.#parts;
    const loaded = load();
    if (loaded instanceof Promise) loaded.then((module) => this.begin(module)).catch((error) => this.failedAt(error));
    else this.begin(loaded);
  }

  private begin({ UpdateRunner: Runner, decoders }: UpdateModule): void {
    const { platform, config } = this.#parts;
    this.#isLoading = false;
    this.#runner = new Runner({ platform, update: this.#update, config, decoders, owner: this });
    this.attempt((runner) => runner.begin());
    if (this.#isOnline) this.attempt((runner) => runner.online());
    this.handOver();
  }

  private handOver(): void {
    const came = this.#came;
    if (came === undefined || this.#runner === undefined) return;
    this.#came = undefined;
    this.attempt((runner) => void runner.take(came.message, came.isKept));
  }

  private attempt<T>(act: (runner: UpdateRunner) => T): T | undefined {
    if (this.#runner === undefined) return undefined;
    try {
      return act(this.#runner);
    } catch (error) {
      this.failedAt(error);
      return undefined;
    }
  }

  private failedAt(error: unknown): void {
    const { code } = asFailure(error);
    this.#parts.platform.log("error", "failure", { code, message: storyOf(error), cause: rootOf(error) });
  }
}
