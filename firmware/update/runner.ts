// Carries an update out: what the tables say, step by step, each kept before the next begins. Loaded when there is something
// to do, and not before.
//
// Rules: nothing here ends the device or climbs its ladder, whatever becomes of an update; one thing is under way at a time;
// what the cloud must hear is kept until it lies in the outbox.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import { encodeUtf8 } from "../bytes/utf8.js";
import type { RunningRequest } from "../http/client.js";
import type { TimerId } from "../platform/clock.js";
import { asFailure, type Failure, storyOf } from "../platform/failure.js";
import type { Flash } from "../platform/storage.js";
import { type UpdateCode, UpdateError } from "./error.js";
import { FORMATS } from "./formats.js";
import { type Manifest, readManifest } from "./manifest.js";
import { UPDATE_KEY, UpdateMemory } from "./memory.js";
import type { UpdateParts } from "./owner.js";
import type { UpdateReport } from "./report.js";
import { updateRoots } from "./roots.js";
import { fileOffset, gateOf, newest, overlaps, refusalOf, TRIES_MOST } from "./rules.js";
import { digestOf, transfer } from "./transfer.js";
import { stepTrial, TRIAL_MS, type TrialAction, type TrialEvent, type TrialState, trialFrom } from "./trial.js";
import { Unpacking } from "./unpack.js";

/** How often it is looked whether something can be done, in milliseconds, and how long a connection stays first. */
const LOOK_MS = 10_000;
const ONLINE_MS = 20_000;
/** Volume that is kept ahead: what is used between two times that it is kept is less. */
const AHEAD_BYTES = 16_384;
/** A connection takes this at least: where less is left none is made. */
const LEAST_BYTES = 8_192;
/** Windows in a row that bring nothing, and how long it is waited after them, in milliseconds. */
const FRUITLESS_MOST = 10;
const RETRY_MS = 60_000;
const RETRY_MAX_MS = 3_600_000;
/** A manifest that cannot be read is told of at most this often, in milliseconds. */
const UNREAD_EVERY_MS = 600_000;

/** Failures that come before the cloud has had its say: of the modem, the network, the way. */
const isOnTheWay = ({ code }: Failure) =>
  /^(at|modem|sim|time|socket|link)-|^tls-closed$|^http-(timeout|connection)$/.test(code);

export class UpdateRunner {
  readonly #parts: UpdateParts;
  readonly #memory: UpdateMemory;
  /** Of the update that is under way. */
  #manifest: Manifest | undefined;
  #trial: TrialState | undefined;
  /** A message that came too soon: before the device was connected, in a trial, or while something is still to be told. */
  #held: Uint8Array | undefined;
  #onlineAt: number | undefined;
  #look: TimerId;
  #request: RunningRequest | undefined;
  /** Number of the window that is open: work that belongs to another ends. */
  #window = 0;
  /** Monotonic time before which nothing is tried, in milliseconds. */
  #retryAt = 0;
  /** What it waits for, as the cloud was told, and as it is to be told. */
  #waitsFor: UpdateCode | undefined;
  #waitsWhy: UpdateCode | undefined;
  #unreadAt = Number.NEGATIVE_INFINITY;
  /** CRC-32 of the last message that could not be read and was told of. */
  #unread: number | undefined;

  constructor(parts: UpdateParts) {
    this.#parts = parts;
    this.#memory = new UpdateMemory(parts.platform);
  }

  /** Goes on where the life before has ended. */
  begin(): void {
    const { update } = this.#parts;
    const { record } = this.#memory;
    if (update.state() === "pending") this.beginTrial();
    else if (record.stage === "trial") this.endedTrial();
    else if (record.stage !== "idle") this.resume();
  }

  /** Whether a window is wanted now, or a restart. @param soon a device that is about to rest waits for nothing */
  wants(soon = false): "window" | "restart" | undefined {
    const { clock } = this.#parts.platform;
    const { stage } = this.#memory.record;
    const manifest = this.#manifest;
    if (manifest === undefined || this.#trial !== undefined || this.#onlineAt === undefined) return undefined;
    const now = clock.monotonic();
    if (now < this.#retryAt || (!soon && now - this.#onlineAt < ONLINE_MS)) return undefined;
    if (stage !== "fetching" && stage !== "packed" && stage !== "ready") return undefined;
    const shut = this.gate(manifest);
    if (shut !== undefined) this.waits(shut);
    return shut !== undefined ? undefined : stage === "ready" ? "restart" : "window";
  }

  /** Whether a restart is all that is missing. */
  get isReady(): boolean {
    return this.#memory.record.stage === "ready";
  }

  /** The device is connected. */
  online(): void {
    this.#onlineAt = this.#parts.platform.clock.monotonic();
    if (this.#trial) this.try({ type: "online" });
    this.tell();
    this.takeHeld();
    this.plan();
  }

  /** It is not, or not any more. */
  offline(): void {
    this.#onlineAt = undefined;
    this.#parts.platform.timer.clear(this.#look);
    this.cancel();
  }

  /** Record `sequence` was acknowledged. */
  delivered(sequence: number): void {
    if (this.#trial) this.try({ type: "delivered", sequence });
  }

  /** The device has failed at something. */
  failed(failure: Failure): void {
    if (this.#trial) this.try({ type: "failed", onTheWay: isOnTheWay(failure) });
  }

  /** Takes a manifest as it came. @param message a copy of its own @returns what is wrong with it, for a person */
  take(message: Uint8Array): UpdateError | undefined {
    if (this.#trial || this.#onlineAt === undefined) {
      this.#held = message;
      return undefined;
    }
    const { update } = this.#parts;
    let manifest: Manifest;
    try {
      manifest = readManifest(message, update.keys, update.verify);
    } catch (error) {
      return this.unread(asUpdateError(error), crc32(message));
    }
    return this.judge(manifest, message);
  }

  // ------------------------------------------------------------ manifest

  private judge(manifest: Manifest, message: Uint8Array): UpdateError | undefined {
    const { record } = this.#memory;
    const { identity } = this.#parts.update;
    const isUnderWay = record.stage !== "idle" && this.#manifest !== undefined;
    // The same again is nothing, but for its address.
    if (isUnderWay && this.isSame(manifest)) {
      this.refresh(manifest, message);
      return undefined;
    }
    if (manifest.seq === identity.seq) return undefined;
    // An older one may just be kept by the broker, and come with each connection: that is not told.
    if (isUnderWay && manifest.seq <= record.seq) return new UpdateError("update-seq", `${record.seq} is under way`);
    const isBegun = sameBytes(record.digest, manifest.fileSha256);
    const refusal = refusalOf(manifest, this.facts(manifest, isBegun));
    if (refusal) return this.refuse(refusal, manifest);
    this.tell();
    // The last word on the one before comes first.
    if (this.#memory.record.tell !== undefined) this.#held = message;
    else this.accept(manifest, message, isBegun);
    return undefined;
  }

  private isSame({ seq, fileSha256 }: Manifest): boolean {
    const { record } = this.#memory;
    return seq === record.seq && sameBytes(fileSha256, record.digest);
  }

  /** Volume that an update has taken so far. */
  private usedBy(seq: number): number {
    const { record } = this.#memory;
    return seq === record.seq ? record.usedBytes : 0;
  }

  private facts({ seq }: Manifest, isBegun: boolean) {
    const { update, config } = this.#parts;
    const { confirmed, seq: accepted, undone, tries, done } = this.#memory.record;
    const { size, blockLength } = update.target.status();
    return {
      identity: update.identity,
      confirmed,
      accepted,
      undone,
      slotBytes: size,
      sectorBytes: blockLength,
      knows: (format: Manifest["format"]) => format === "image" || FORMATS[format] !== undefined,
      hostPattern: config.updateHost,
      budgetBytes: config.updateBudgetKb * 1_000,
      usedBytes: this.usedBy(seq),
      ...(isBegun ? { tries, done } : { tries: 0, done: 0 }),
    };
  }

  /** An address that is fresh is gone on with at once. */
  private refresh(manifest: Manifest, message: Uint8Array): void {
    const kept = this.#memory.message;
    if (kept !== undefined && sameBytes(kept, message)) return;
    this.#memory.keepMessage(message);
    const { address } = this.#manifest!;
    const isMoved = address.host !== manifest.address.host || address.path !== manifest.address.path;
    this.#memory.change({ fruitless: 0, ...(isMoved && { etag: 0 }) });
    this.#manifest = manifest;
    this.#retryAt = 0;
  }

  private accept(manifest: Manifest, message: Uint8Array, isBegun: boolean): void {
    const { clock } = this.#parts.platform;
    this.cancel();
    this.#manifest = undefined;
    // The message first: a record that belongs to another is told by its number.
    this.#memory.keepMessage(message);
    this.#memory.change({
      ...(!isBegun && { tries: 0, done: 0, etag: 0 }),
      usedBytes: this.usedBy(manifest.seq),
      ...{ stage: "fetching", seq: manifest.seq, digest: manifest.fileSha256, overs: 0, fruitless: 0, toldPercent: 0 },
      acceptedS: Math.floor((clock.wall() ?? 0) / 1_000),
      ...{ tell: "accepted", tellSeq: manifest.seq, reason: undefined },
    });
    this.#manifest = manifest;
    this.#waitsFor = undefined;
    this.#retryAt = 0;
    this.tell();
    this.plan();
  }

  private takeHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.take(held);
  }

  /** The update that an earlier life was at. */
  private resume(): void {
    const { update } = this.#parts;
    const message = this.#memory.message;
    try {
      if (message === undefined) throw new UpdateError("update-malformed", "the manifest is gone");
      const manifest = readManifest(message, update.keys, update.verify);
      if (this.isSame(manifest)) this.#manifest = manifest;
      // The power went between the message and its record.
      else {
        this.#memory.end({});
        this.judge(manifest, message);
      }
    } catch (error) {
      this.give(asUpdateError(error));
    }
  }

  /** A manifest that cannot be read: anybody may send such ones, and a broker may keep one. */
  private unread(error: UpdateError, crc: number): UpdateError {
    const now = this.#parts.platform.clock.monotonic();
    if (now - this.#unreadAt < UNREAD_EVERY_MS || crc === this.#unread) return error;
    this.#unread = crc;
    this.#unreadAt = now;
    this.say({ state: "refused", reason: error.code, detail: storyOf(error) });
    return error;
  }

  /** A manifest that holds and is not for this device: the same comes with each connection where the broker keeps it. */
  private refuse(error: UpdateError, { seq, version }: Manifest): UpdateError {
    const { stage, tell, tellSeq, reason } = this.#memory.record;
    if (stage === "idle" && tell === undefined && tellSeq === seq && reason === error.code) return error;
    const told = this.say({ update: seq, version, state: "refused", reason: error.code, detail: error.message });
    if (stage === "idle" && told !== undefined) this.#memory.change({ tellSeq: seq, reason: error.code });
    return error;
  }

  /** The update that is under way is given up. */
  private give(error: UpdateError, undo = false): void {
    const { seq, undone } = this.#memory.record;
    const manifest = this.#manifest;
    this.#parts.platform.log("warn", "failure", { code: error.code, message: storyOf(error), cause: undefined });
    this.#manifest = undefined;
    this.#memory.end({
      ...{ tell: "refused", reason: error.code, tellSeq: seq },
      ...(undo && manifest && { undone: [manifest.sha256, ...undone] }),
    });
    this.tell();
  }

  // ------------------------------------------------------------ reports

  /** @returns its number in the outbox; undefined: it is not there */
  private say(report: UpdateReport): number | undefined {
    const { owner, platform } = this.#parts;
    const sequence = this.#onlineAt === undefined ? undefined : owner.report(report);
    if (sequence === undefined) return undefined;
    const { update, state, percent, reason, detail } = report;
    platform.log("info", "update", { update, state, percent, reason, detail });
    return sequence;
  }

  /** What is still to be told. */
  private tell(): void {
    const { tell, tellSeq, reason } = this.#memory.record;
    if (tell === undefined) return;
    const report = { ...this.head(tellSeq), state: tell, ...(reason !== undefined && { reason }) };
    if (this.say(report) !== undefined) this.#memory.change({ tell: undefined });
  }

  private head(seq: number): Pick<UpdateReport, "update" | "version"> {
    const { identity } = this.#parts.update;
    const named = this.#manifest?.seq === seq ? this.#manifest : identity.seq === seq ? identity : undefined;
    return { update: seq, ...(named && { version: named.version }) };
  }

  private waits(reason: UpdateCode): void {
    if (this.#waitsFor === reason) return;
    const { seq } = this.#memory.record;
    if (this.say({ ...this.head(seq), state: "waiting", reason }) !== undefined) this.#waitsFor = reason;
  }

  private percent(done: number, length: number): void {
    const { toldPercent, seq } = this.#memory.record;
    const percent = Math.floor((10 * done) / length) * 10;
    if (percent <= toldPercent) return;
    const told = this.say({ ...this.head(seq), state: "downloading", percent });
    if (told !== undefined) this.#memory.change({ toldPercent: percent });
  }

  // ------------------------------------------------------------ download

  private plan(): void {
    const { timer } = this.#parts.platform;
    timer.clear(this.#look);
    if (this.#onlineAt !== undefined) this.#look = timer.set(() => this.look(), LOOK_MS);
  }

  private look(): void {
    const { owner } = this.#parts;
    this.tell();
    if (this.#trial) this.try({ type: "time" });
    else if (this.#held && this.#memory.record.tell === undefined) this.takeHeld();
    const { done, stage } = this.#memory.record;
    if (this.#manifest && stage === "fetching") this.percent(done, this.#manifest.length);
    if (this.#manifest && stage === "ready") this.percent(1, 1);
    if (this.#waitsWhy) this.waits(this.#waitsWhy);
    const wanted = this.wants();
    this.plan();
    if (wanted === "window") owner.onWindow();
    if (wanted === "restart") owner.onReady();
  }

  private gate(manifest: Manifest): UpdateCode | undefined {
    const { owner, platform, update } = this.#parts;
    const { iccid = "" } = owner;
    return gateOf(manifest, {
      wallMs: platform.clock.wall(),
      acceptedS: this.#memory.record.acceptedS,
      share: crc32(manifest.fileSha256, crc32(encodeUtf8(iccid))) / 0x1_0000_0000,
      batteryPercent: update.batteryPercent?.(),
      temperatureC: update.temperatureC?.(),
      day: owner.day(),
      appAllows: () => owner.appAllows(),
    });
  }

  /** The device is offline, and this has the modem to itself until it settles. Never fails. */
  async window(): Promise<void> {
    const number = ++this.#window;
    const manifest = this.#manifest;
    if (manifest === undefined) return;
    const { clock } = this.#parts.platform;
    const isOpen = () => number === this.#window;
    const before = this.#memory.record.done;
    try {
      // What cannot be made is not fetched.
      if (this.#memory.record.done === 0 && !(await this.hasBase(manifest, isOpen))) return;
      if (this.#memory.record.done < manifest.length) await this.fetch(manifest);
      if (isOpen() && this.#memory.record.done === manifest.length) await this.complete(manifest, isOpen);
    } catch (error) {
      if (isOpen()) this.stumble(error, before);
    }
    this.#request = undefined;
    if (isOpen()) this.#window++;
    const wait = this.#retryAt - clock.monotonic();
    if (wait > 0) this.#parts.platform.log("info", "update-retry", { ms: wait });
  }

  /** The window is over. */
  cancel(): void {
    this.#window++;
    this.#request?.cancel();
    this.#request = undefined;
  }

  private async fetch(manifest: Manifest): Promise<void> {
    const { owner, platform, update, config } = this.#parts;
    const { record } = this.#memory;
    const began = platform.clock.monotonic();
    const airBefore = owner.airBytes();
    const budget = config.updateBudgetKb * 1_000 || Number.POSITIVE_INFINITY;
    const before = record.usedBytes;
    const used = () => before + owner.airBytes() - airBefore;
    if (before + LEAST_BYTES > budget) throw overBudget();
    platform.log("info", "update-window", { from: record.done, length: manifest.length });
    let kept = before + AHEAD_BYTES;
    this.#memory.change({ usedBytes: kept });
    let code: string | undefined;
    try {
      this.#request = transfer({
        ...{ manifest, owner, timer: platform.timer, target: update.target, from: record.done, etag: record.etag },
        roots: updateRoots(config.updateRoots, update.roots),
        onHead: (etag, bytes) => {
          // A sixteenth for records, headers and acknowledgements.
          if (used() + (bytes * 17) / 16 > budget) throw overBudget();
          if (etag !== 0 && etag !== this.#memory.record.etag) this.#memory.change({ etag });
        },
        onSector: (done) => {
          if (used() > budget) throw overBudget();
          if (owner.day() !== "ok") throw new UpdateError("update-day", "the day's volume is near its end");
          if (used() + AHEAD_BYTES / 2 > kept) kept = used() + AHEAD_BYTES;
          this.#memory.change({ done, usedBytes: kept, fruitless: 0 });
          this.#waitsWhy = undefined;
        },
      });
      await this.#request.answer;
    } catch (error) {
      code = asFailure(error).code;
      throw error;
    } finally {
      const airBytes = owner.airBytes() - airBefore;
      if (this.#memory.record.seq === manifest.seq) this.#memory.change({ usedBytes: before + airBytes });
      const ms = platform.clock.monotonic() - began;
      platform.log("info", "update-window-over", { done: this.#memory.record.done, ms, airBytes, code });
    }
  }

  /** What follows from a window's failure. */
  private stumble(error: unknown, before: number): void {
    const { record } = this.#memory;
    const failure = asFailure(error);
    const isOurs = failure instanceof UpdateError;
    const code: UpdateCode = isOurs ? failure.code : "update-connection";
    if (code === "update-changed" || code === "update-range") {
      if (record.overs > 0) this.give(failure as UpdateError);
      else this.#memory.change({ done: 0, etag: 0, overs: 1, toldPercent: 0 });
      return;
    }
    if (isOurs && failure.advice === "give-up") {
      this.give(failure, code === "update-format");
      return;
    }
    // Whatever ended a window that brought something: the next one brings more.
    if (record.done > before) return;
    const { platform } = this.#parts;
    const fruitless = record.fruitless + 1;
    platform.log("warn", "failure", { code, message: storyOf(failure), cause: isOurs ? undefined : failure.code });
    if (fruitless > FRUITLESS_MOST) {
      this.give(isOurs ? failure : new UpdateError(code, "the server cannot be reached", failure));
      return;
    }
    this.#memory.change({ fruitless });
    if (fruitless > 1) this.#waitsWhy = code;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (fruitless - 1));
    this.#retryAt = platform.clock.monotonic() + Math.max(wait, failure.retryAfterMs ?? 0);
  }

  /** The whole file is there: it is checked, and made an image of. */
  private async complete(manifest: Manifest, isOpen: () => boolean): Promise<void> {
    const { target } = this.#parts.update;
    const { size, blockLength } = target.status();
    if (this.#memory.record.stage === "fetching") {
      const at = fileOffset(manifest, size, blockLength);
      const isWhole = await this.check([at, manifest.length], manifest.fileSha256, isOpen);
      if (isWhole === undefined) return;
      if (!isWhole) {
        this.again();
        return;
      }
      if (manifest.format === "image") {
        this.#memory.change({ stage: "ready" });
        return;
      }
      // Where the image grows over the file, the file is held against its digest before each beginning.
      if (!overlaps(manifest, size, blockLength)) this.#memory.change({ stage: "packed" });
    }
    if (this.#memory.record.stage !== "ready") await this.unpack(manifest, isOpen);
  }

  /** What came is not what was signed: all of it is fetched again, a few times. */
  private again(): void {
    const tries = this.#memory.record.tries + 1;
    const error = new UpdateError("update-digest", "what was fetched is not what was signed");
    this.#memory.change({ tries, done: 0, etag: 0, overs: 0, toldPercent: 0 });
    if (tries >= TRIES_MOST) this.give(error);
  }

  private async unpack(manifest: Manifest, isOpen: () => boolean): Promise<void> {
    const { target, running } = this.#parts.update;
    if (!(await this.hasBase(manifest, isOpen))) return;
    const { decoders } = this.#parts;
    const decoder = decoders?.[manifest.format] ?? (await FORMATS[manifest.format]?.())?.decoder;
    if (decoder === undefined) throw new UpdateError("update-format", "the image that runs cannot unpack it");
    const unpacking = new Unpacking(manifest, target, running, decoder);
    while (isOpen() && !unpacking.step()) await this.rest(isOpen);
    if (!isOpen()) return;
    const isWhole = await this.check([0, manifest.size], manifest.sha256, isOpen);
    if (isWhole === undefined) return;
    if (!isWhole) throw new UpdateError("update-format", "the file makes another image than was signed for");
    this.#memory.change({ stage: "ready" });
  }

  /**
   * Whether the image that runs is the one that a delta is for.
   * @returns false: the window was over before
   * @throws UpdateError `update-base`
   */
  private async hasBase({ base }: Manifest, isOpen: () => boolean): Promise<boolean> {
    if (base === undefined) return true;
    const { running } = this.#parts.update;
    const isThere = base.size <= running.status().size;
    const isBase = isThere && (await this.check([0, base.size], base.sha256, isOpen, running));
    if (isBase === false) throw new UpdateError("update-base", "the delta is for another image than the one that runs");
    return isBase === true;
  }

  /** Whether a part of a slot has this digest; undefined: the window was over before. */
  private async check(
    part: readonly [at: number, length: number],
    digest: Uint8Array,
    isOpen: () => boolean,
    flash: Pick<Flash, "read" | "status"> = this.#parts.update.target,
  ): Promise<boolean | undefined> {
    const { platform, update } = this.#parts;
    const found = await digestOf(flash, part, update.sha256(), () => this.rest(isOpen));
    if (found === undefined) return undefined;
    const ok = sameBytes(found, digest);
    platform.log("info", "update-check", { ok, bytes: part[1] });
    return ok;
  }

  /** Lets others have their turn. @returns whether to go on */
  private rest(isOpen: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.#parts.platform.timer.set(() => resolve(isOpen()), 0);
    });
  }

  // ------------------------------------------------------------ trial

  /** The device has ended, and restarts: the boot loader is told. */
  commit(): void {
    const { update } = this.#parts;
    const { record } = this.#memory;
    if (record.stage !== "ready" || this.#manifest === undefined) return;
    try {
      // Both are kept before: whatever comes between, the next start knows what to make of it.
      this.#memory.change({ stage: "trial", tries: record.tries + 1, tell: undefined, reason: undefined });
      update.setBoot();
    } catch (error) {
      this.give(new UpdateError("update-boot", "the boot loader refuses the image", error), true);
    }
  }

  private beginTrial(): void {
    const { platform, update } = this.#parts;
    const { stage, seq } = this.#memory.record;
    this.#trial = trialFrom(platform.clock.monotonic());
    if (stage === "trial" && seq !== update.identity.seq) {
      this.undo("update-seq");
      return;
    }
    const end = () => {
      if (this.#trial) this.try({ type: "time" });
    };
    platform.timer.set(end, TRIAL_MS);
  }

  private try(event: TrialEvent): void {
    const [state, actions] = stepTrial(this.#trial!, event, this.#parts.platform.clock.monotonic());
    this.#trial = state;
    for (const action of actions) this.act(action);
  }

  private act(action: TrialAction): void {
    const { owner, update } = this.#parts;
    const { seq, version } = update.identity;
    if (action.do === "report") {
      const sequence = this.say({ update: seq, version, state: "trial" });
      if (sequence !== undefined) this.try({ type: "reported", sequence });
    } else if (action.do === "ask") {
      owner.askHealth((isWell) => {
        if (this.#trial) this.try({ type: "health", isWell });
      });
    } else if (action.do === "confirm") this.confirm();
    else this.undo(action.reason);
  }

  private confirm(): void {
    const { update } = this.#parts;
    const { seq } = update.identity;
    update.markValid();
    this.#trial = undefined;
    this.#memory.end({
      confirmed: Math.max(seq, this.#memory.record.confirmed),
      ...{ tell: "confirmed", tellSeq: seq, reason: undefined },
    });
    this.tell();
    this.takeHeld();
  }

  private undo(reason: UpdateCode): void {
    const { owner, update, platform } = this.#parts;
    platform.log("error", "failure", { code: reason, message: "the new image is undone", cause: undefined });
    try {
      this.#memory.change({ stage: "trial", reason });
    } catch (error) {
      // Why is less than that.
      platform.log("error", "not-remembered", { key: UPDATE_KEY, message: String(error) });
    }
    owner.onUndo();
    try {
      update.markInvalid();
    } catch (error) {
      // There is no other image to go back to: a device that runs is better than none.
      platform.log("error", "failure", { code: "update-boot", message: storyOf(error), cause: undefined });
      this.confirm();
    }
  }

  /** The boot loader has decided: this image is the new one, confirmed, or the old one again. */
  private endedTrial(): void {
    const { update, platform } = this.#parts;
    const { record } = this.#memory;
    const { identity } = update;
    if (record.seq === identity.seq) {
      this.#memory.end({
        confirmed: Math.max(identity.seq, record.confirmed),
        ...{ tell: "confirmed", tellSeq: identity.seq, reason: undefined },
      });
      return;
    }
    const cause = platform.resetMemory?.cause ?? "power";
    const isPower = cause === "power" || cause === "brown-out";
    const reason = record.reason ?? (isPower ? "update-power" : "update-reset");
    const isItsOwn = reason !== "update-power" && reason !== "update-network";
    this.#memory.end({
      // What is not its fault may be tried again: the slot still holds it.
      ...(isItsOwn ? { undone: [this.imageDigest(), ...record.undone] } : { done: record.done }),
      ...{ tell: "rolled-back", reason, tellSeq: record.seq },
    });
  }

  /** Of the image that was on trial, as its manifest has it. */
  private imageDigest(): Uint8Array {
    const { update } = this.#parts;
    const message = this.#memory.message;
    try {
      if (message) return readManifest(message, update.keys, update.verify).sha256;
    } catch {
      // The file's own serves as well where it is the image.
    }
    return this.#memory.record.digest;
  }

  /** For whoever asks at the console. */
  get status(): object {
    const { stage, seq, done, tries, usedBytes, confirmed } = this.#memory.record;
    const { identity } = this.#parts.update;
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
    return this.#trial !== undefined;
  }
}

const overBudget = () => new UpdateError("update-budget", "the update has taken the volume that one may take");

function asUpdateError(error: unknown): UpdateError {
  if (error instanceof UpdateError) return error;
  return new UpdateError("update-malformed", "the manifest cannot be read", error);
}
