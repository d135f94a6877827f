// The device's side of updates: what is resident while none is under way. What carries one out is loaded when there is
// something to do: a manifest came, a trial runs, or an earlier life was at one.
//
// Rule: whatever becomes of an update, the device goes on: what it throws is told, and ends that step of it alone.

import type { Means } from "../cloud/connect.js";
import type { Journal } from "../mqtt/journal.js";
import { asFailure, type Failure, rootOf, storyOf } from "../platform/failure.js";
import type { Link } from "../platform/link.js";
import type { UpdatePlatform } from "../platform/update.js";
import { readRecord } from "../update/memory.js";
import type { UpdateOwner, UpdateParts } from "../update/owner.js";
import type { UpdateReport } from "../update/report.js";
import type { UpdateRunner } from "../update/runner.js";
import type { DataBudget } from "./data-budget.js";
import type { OwnApp } from "./own-app.js";
import type { Recorder } from "./recorder.js";
import { airBytes } from "./usage.js";

/** What carries updates out. A desk has it at hand, the chip loads it. */
export interface UpdateModule {
  readonly UpdateRunner: new (parts: UpdateParts) => UpdateRunner;
  readonly decoders?: UpdateParts["decoders"];
}
export type UpdateLoader = () => UpdateModule | Promise<UpdateModule>;

/** Records that may wait when a window opens: what is said before it is said in time. */
const WAITING_MOST = 0;

export interface UpdatesParts extends Pick<UpdateParts, "platform" | "config"> {
  update: UpdatePlatform;
  load: UpdateLoader;
  link: Pick<Link, "counters">;
  journal: Journal;
  own: OwnApp | undefined;
  budget: DataBudget | undefined;
  device: {
    readonly iccid: string | undefined;
    means(): Means;
    /** A window is wanted: the device goes offline for it. */
    onWindow(): void;
    /** It ends in order, and restarts into the new image. */
    onReady(): void;
    /** A restart that is meant comes next. */
    onUndo(): void;
  };
}

export class Updates implements UpdateOwner {
  readonly #parts: UpdatesParts;
  readonly #recorder: Pick<Recorder, "report">;
  #runner: UpdateRunner | undefined;
  /** What came while it was loaded: it is handed over then. */
  #message: Uint8Array | undefined;
  #isLoading = false;
  #isOnline = false;
  #isPending = true;

  constructor(parts: UpdatesParts, recorder: Pick<Recorder, "report">) {
    this.#parts = parts;
    this.#recorder = recorder;
  }

  /** Whether the image that runs is on trial: no sleep and no restart before it is confirmed. */
  get onTrial(): boolean {
    if (this.#isPending) this.#isPending = this.#parts.update.state() === "pending";
    return this.#isPending;
  }

  /** Goes on where the life before has ended. */
  start(): void {
    const record = readRecord(this.#parts.platform.keyValue);
    const isNothing = record === undefined || (record.stage === "idle" && record.tell === undefined);
    if (this.onTrial || !isNothing) this.load();
  }

  /** A manifest came. @param message a view: it is copied; empty: a retained one was taken back, which is nothing */
  take(message: Uint8Array): void {
    if (message.length === 0) return;
    this.#message = message.slice();
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
    return this.#parts.device.iccid;
  }

  means(): Means {
    return this.#parts.device.means();
  }

  airBytes(): number {
    return airBytes(this.#parts.link.counters());
  }

  day(): "ok" | "near" | "spent" {
    return this.#parts.budget?.look() ?? "ok";
  }

  report(report: UpdateReport): number | undefined {
    return this.#recorder.report({ ...report });
  }

  appAllows(): boolean {
    return this.#parts.own?.mayUpdate() ?? true;
  }

  askHealth(done: (isWell: boolean) => void): void {
    if (this.#parts.own) this.#parts.own.health(done);
    else done(true);
  }

  onWindow(): void {
    if (this.#parts.journal.size <= WAITING_MOST) this.#parts.device.onWindow();
  }

  onReady(): void {
    this.#parts.device.onReady();
  }

  onUndo(): void {
    this.#parts.device.onUndo();
  }

  // ------------------------------------------------------------ loading

  private load(): void {
    if (this.#runner !== undefined || this.#isLoading) return;
    this.#isLoading = true;
    const loaded = this.#parts.load();
    if (loaded instanceof Promise) loaded.then((module) => this.begin(module)).catch((error) => this.failedAt(error));
    else this.begin(loaded);
  }

  private begin({ UpdateRunner: Runner, decoders }: UpdateModule): void {
    const { platform, update, config } = this.#parts;
    this.#isLoading = false;
    this.#runner = new Runner({ platform, update, config, decoders, owner: this });
    this.attempt((runner) => runner.begin());
    if (this.#isOnline) this.attempt((runner) => runner.online());
    this.handOver();
  }

  private handOver(): void {
    const message = this.#message;
    if (message === undefined || this.#runner === undefined) return;
    this.#message = undefined;
    this.attempt((runner) => void runner.take(message));
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
