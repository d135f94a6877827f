// Carries an update out: what the tables say, step by step, each kept before the next begins. Loaded when there is something
// to do, and not before. Here is when: intake.ts takes what comes, window.ts fetches it, trial-runner.ts tries it.
//
// Rules: nothing here ends the device or climbs its ladder, whatever becomes of an update; one thing is under way at a time;
// what the cloud must hear is kept until it lies in the outbox.

import { crc32 } from "../bytes/crc32.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import type { TimerId } from "../platform/clock.js";
import type { Failure } from "../platform/failure.js";
import { CurrentUpdate } from "./current.js";
import type { UpdateCode, UpdateError } from "./error.js";
import { Intake, type IntakeOwner } from "./intake.js";
import type { Manifest } from "./manifest.js";
import type { UpdateParts } from "./owner.js";
import { Reports } from "./reports.js";
import { gateOf, newest } from "./rules.js";
import { TrialRunner } from "./trial-runner.js";
import { DownloadWindow } from "./window.js";

/** How often it is looked whether something can be done, in milliseconds, and how long a connection stays first. */
const LOOK_MS = 10_000;
const ONLINE_MS = 20_000;

export class UpdateRunner implements IntakeOwner {
  readonly #current: CurrentUpdate;
  readonly #reports: Reports;
  readonly #intake: Intake;
  readonly #window: DownloadWindow;
  readonly #trial: TrialRunner;
  #look: TimerId;

  constructor(parts: UpdateParts) {
    this.#current = new CurrentUpdate(parts);
    this.#reports = new Reports(this.#current);
    this.#intake = new Intake(this.#current, this.#reports, this);
    this.#window = new DownloadWindow(this.#current, this.#reports);
    this.#trial = new TrialRunner(this.#current, this.#reports, this.#intake);
  }

  /** Goes on where the life before has ended. */
  begin(): void {
    const { parts, memory } = this.#current;
    const { stage } = memory.record;
    if (parts.update.state() === "pending") this.#trial.begin();
    else if (stage === "trial") this.#trial.ended();
    else if (stage !== "idle") this.#intake.resume();
  }

  /** Whether a window is wanted now, or a restart. @param soon a device that is about to rest waits for nothing */
  wants(soon = false): "window" | "restart" | undefined {
    const { parts, memory, manifest, trial, onlineAt, retryAt, askedUntil = 0 } = this.#current;
    const { stage } = memory.record;
    if (manifest === undefined || trial !== undefined || onlineAt === undefined) return undefined;
    const now = parts.platform.clock.monotonic();
    if (now < retryAt || now < askedUntil || (!soon && now - onlineAt < ONLINE_MS)) return undefined;
    if (stage !== "fetching" && stage !== "packed" && stage !== "ready") return undefined;
    const shut = this.gate(manifest);
    if (shut !== undefined) this.#reports.waits(shut);
    return shut !== undefined ? undefined : stage === "ready" ? "restart" : "window";
  }

  /** Whether a restart is all that is missing. */
  get isReady(): boolean {
    return this.#current.memory.record.stage === "ready";
  }

  /** The device is connected. */
  online(): void {
    const current = this.#current;
    current.onlineAt = current.parts.platform.clock.monotonic();
    this.#trial.step({ type: "online" });
    this.#reports.tell();
    this.#intake.takeHeld();
    this.plan();
  }

  /** It is not, or not any more. */
  offline(): void {
    const current = this.#current;
    current.onlineAt = undefined;
    current.parts.platform.timer.clear(this.#look);
    this.cancel();
  }

  /** Record `sequence` was acknowledged. */
  delivered(sequence: number): void {
    this.#trial.step({ type: "delivered", sequence });
  }

  /** The device has failed at something. */
  failed(failure: Failure): void {
    this.#trial.failed(failure);
  }

  /**
   * Takes a manifest as it came.
   * @param message a copy of its own
   * @param isKept the broker has kept it (RETAIN, MQTT 3.1.1 §3.3.1.3): nobody has sent it now
   * @returns what is wrong with it, for a person
   */
  take(message: Uint8Array, isKept: boolean): UpdateError | undefined {
    return this.#intake.take(message, isKept);
  }

  /** The device is offline, and this has the modem to itself until it settles. Never fails. */
  window(): Promise<void> {
    return this.#window.open();
  }

  /** The window is over. */
  cancel(): void {
    this.#window.cancel();
  }

  /** The device has ended, and restarts: the boot loader is told. */
  commit(): void {
    this.#trial.commit();
  }

  /** Looks again, in a while, whether something can be done. */
  plan(): void {
    const { parts, onlineAt } = this.#current;
    const { timer } = parts.platform;
    timer.clear(this.#look);
    if (onlineAt !== undefined) this.#look = timer.set(() => this.look(), LOOK_MS);
  }

  /** For whoever asks at the console. */
  get status(): object {
    const { parts, memory } = this.#current;
    const { stage, seq, done, tries, usedBytes, confirmed } = memory.record;
    const { identity } = parts.update;
    return {
      running: identity.seq,
      version: identity.version,
      confirmed: newest({ identity, confirmed }),
      stage,
      seq,
      done,
      tries,
      usedBytes,
    };
  }

  /** Whether the image that runs has not been confirmed. */
  get onTrial(): boolean {
    return this.#current.trial !== undefined;
  }

  private look(): void {
    const current = this.#current;
    const { owner } = current.parts;
    this.#reports.tell();
    if (current.trial) this.#trial.step({ type: "time" });
    else if (current.memory.record.tell === undefined) this.#intake.takeHeld();
    const { done, stage } = current.memory.record;
    if (current.manifest && stage === "fetching") this.#reports.percent(done, current.manifest.length);
    if (current.manifest && stage === "ready") this.#reports.percent(1, 1);
    if (current.waitsWhy) this.#reports.waits(current.waitsWhy);
    const wanted = this.wants();
    this.plan();
    if (wanted === "window") owner.onWindow();
    if (wanted === "restart") owner.onReady();
  }

  private gate(manifest: Manifest): UpdateCode | undefined {
    const { parts, memory } = this.#current;
    const { owner, platform, update } = parts;
    const { iccid = "" } = owner;
    const wallMs = platform.clock.wall();
    // The clock was ahead when it was accepted: nobody waits for that time.
    if (wallMs !== undefined && wallMs < 1_000 * memory.record.acceptedS)
      memory.change({ acceptedS: Math.floor(wallMs / 1_000) });
    return gateOf(manifest, {
      wallMs,
      acceptedS: memory.record.acceptedS,
      share: crc32(manifest.fileSha256, crc32(encodeUtf8(iccid))) / 0x1_0000_0000,
      batteryPercent: update.batteryPercent?.(),
      temperatureC: update.temperatureC?.(),
      day: owner.day(),
      appAllows: () => owner.appAllows(),
    });
  }
}
