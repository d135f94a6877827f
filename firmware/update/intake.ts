// Takes manifests and judges them: what is not for this device is refused, and what is becomes the update that is under way.
//
// Rules: one thing is under way at a time; what comes too soon is held; the last word on the one before comes first. A last
// word is one: a message that has had it is nothing where the broker keeps it, and comes with each connection.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import { storyOf } from "../platform/failure.js";
import type { CurrentUpdate } from "./current.js";
import { UPDATE_CODES, UpdateError } from "./error.js";
import { FORMATS } from "./formats.js";
import { jwsOf, type Manifest, readManifest } from "./manifest.js";
import type { Reports } from "./reports.js";
import { refusalOf } from "./rules.js";

/** A manifest that cannot be read, or is of the image that runs, is told of at most this often, in milliseconds. */
const TOLD_EVERY_MS = 600_000;
/** A fresh address ends a wait, and is kept in flash, at most this often, in milliseconds: one may come with each connection. */
const REFRESH_EVERY_MS = 3_600_000;

/** What it asks of those who carry the update out. */
export interface IntakeOwner {
  /** The window is over: what it fetches is not wanted any more. */
  cancel(): void;
  /** Looks again, in a while, whether something can be done. */
  plan(): void;
}

export class Intake {
  readonly #current: CurrentUpdate;
  readonly #reports: Reports;
  readonly #owner: IntakeOwner;
  /** A message that came too soon: before the device was connected, in a trial, or while something is still to be told. */
  #held: { message: Uint8Array; isKept: boolean } | undefined;
  /** Monotonic times, in milliseconds: a fresh address was made something of; something was told. */
  #freshAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(current: CurrentUpdate, reports: Reports, owner: IntakeOwner) {
    this.#current = current;
    this.#reports = reports;
    this.#owner = owner;
  }

  /**
   * Takes a manifest as it came.
   * @param message a copy of its own
   * @param isKept the broker has kept it: nobody has sent it now
   * @returns what is wrong with it, for a person
   */
  take(message: Uint8Array, isKept: boolean): UpdateError | undefined {
    const { trial, onlineAt, memory, parts } = this.#current;
    if (trial || onlineAt === undefined) {
      this.#held = { message, isKept };
      return undefined;
    }
    const { stage, heard } = memory.record;
    if (isKept && heard !== 0 && stage === "idle" && heard === crc32(message)) return undefined;
    const { update } = parts;
    let manifest: Manifest;
    try {
      manifest = readManifest(message, update.keys, update.verify);
    } catch (error) {
      return this.unread(asUpdateError(error), crc32(message));
    }
    return this.judge(manifest, message, isKept);
  }

  /** Takes what came too soon, if anything did. */
  takeHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.take(held.message, held.isKept);
  }

  /** Goes on with the update that an earlier life was at. */
  resume(): void {
    const current = this.#current;
    const { update } = current.parts;
    const { message } = current.memory;
    try {
      if (message === undefined) throw new UpdateError("update-malformed", "the manifest is gone");
      const manifest = readManifest(message, update.keys, update.verify);
      if (this.isSame(manifest)) current.manifest = manifest;
      // The power went between the message and its record.
      else {
        current.memory.end({});
        this.judge(manifest, message, false);
      }
    } catch (error) {
      this.#reports.give(asUpdateError(error));
    }
  }

  private judge(manifest: Manifest, message: Uint8Array, isKept: boolean): UpdateError | undefined {
    const { memory, parts, manifest: before } = this.#current;
    const { record } = memory;
    const isUnderWay = record.stage !== "idle" && before !== undefined;
    // The same again is nothing, but for its address.
    if (isUnderWay && this.isSame(manifest)) {
      this.refresh(before, manifest, message);
      return undefined;
    }
    // An older one may just be kept by the broker, and come with each connection: that is not told.
    if (isUnderWay && manifest.seq <= record.seq) return new UpdateError("update-seq", `${record.seq} is under way`);
    const isBegun = sameBytes(record.digest, manifest.fileSha256);
    const refusal = refusalOf(manifest, this.facts(manifest, isBegun));
    if (refusal?.code === "update-seq" && manifest.seq === parts.update.identity.seq) return this.runs(message);
    if (refusal) return this.refuse(refusal, manifest, message);
    this.#reports.tell();
    // The last word on the one before comes first.
    if (memory.record.tell !== undefined) this.#held = { message, isKept };
    else this.accept(manifest, message, isBegun);
    return undefined;
  }

  private isSame({ seq, fileSha256 }: Manifest): boolean {
    const { record } = this.#current.memory;
    return seq === record.seq && sameBytes(fileSha256, record.digest);
  }

  /** Volume that an update has taken so far. */
  private usedBy(seq: number): number {
    const { record } = this.#current.memory;
    return seq === record.seq ? record.usedBytes : 0;
  }

  private facts({ seq }: Manifest, isBegun: boolean) {
    const { memory, parts } = this.#current;
    const { update, config } = parts;
    const { confirmed, seq: accepted, undone, tries, done } = memory.record;
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

  /**
   * The same file, by a fresh address. That one is fresh does not say that it works: what failed in a row is counted on, and
   * only a wait for such an address is over.
   */
  private refresh({ address }: Manifest, manifest: Manifest, message: Uint8Array): void {
    const current = this.#current;
    const { memory, parts } = current;
    const kept = memory.message;
    if (kept !== undefined && sameBytes(kept, message)) return;
    const now = parts.platform.clock.monotonic();
    const isSigned = kept === undefined || !sameBytes(jwsOf(kept), jwsOf(message));
    const isTime = now - this.#freshAt >= REFRESH_EVERY_MS;
    current.manifest = manifest;
    if (isTime) this.#freshAt = now;
    if (isSigned || isTime) memory.keepMessage(message);
    const isMoved = address.host !== manifest.address.host || address.path !== manifest.address.path;
    if (isMoved) memory.change({ etag: 0 });
    const isWaited = current.waitsWhy === "update-status";
    // Told again where this one ends too.
    if (current.waitsFor === "update-status") current.waitsFor = undefined;
    if (!isWaited) return;
    current.waitsWhy = undefined;
    if (isTime) current.retryAt = 0;
  }

  /** It is the release that runs: told once of each message. The same by a fresh address is the same. */
  private runs(message: Uint8Array): undefined {
    const { memory, parts } = this.#current;
    const { seq, version } = parts.update.identity;
    const { stage, tell, heard } = memory.record;
    const crc = crc32(jwsOf(message));
    if (stage !== "idle" || tell !== undefined || crc === heard || !this.isTime()) return;
    if (this.#reports.say({ update: seq, version, state: "confirmed" }) !== undefined) memory.change({ heard: crc });
  }

  private accept(manifest: Manifest, message: Uint8Array, isBegun: boolean): void {
    const current = this.#current;
    const { memory, parts } = current;
    const { clock } = parts.platform;
    this.#owner.cancel();
    current.manifest = undefined;
    // The message first: a record that belongs to another is told by its number.
    memory.keepMessage(message);
    memory.change({
      ...(!isBegun && { tries: 0, done: 0, etag: 0 }),
      usedBytes: this.usedBy(manifest.seq),
      ...{ stage: "fetching", seq: manifest.seq, digest: manifest.fileSha256, overs: 0, fruitless: 0, toldPercent: 0 },
      acceptedS: Math.floor((clock.wall() ?? 0) / 1_000),
      ...{ tell: "accepted", tellSeq: manifest.seq, reason: undefined },
    });
    current.manifest = manifest;
    current.waitsFor = undefined;
    current.retryAt = 0;
    this.#reports.tell();
    this.#owner.plan();
  }

  /** A manifest that cannot be read: anybody may send such ones, and a broker may keep one. */
  private unread(error: UpdateError, crc: number): UpdateError {
    const { memory } = this.#current;
    if (crc === memory.record.heard || !this.isTime()) return error;
    const told = this.#reports.say({ state: "refused", reason: error.code, detail: storyOf(error) });
    if (told !== undefined) memory.change({ heard: crc });
    return error;
  }

  /** Whether something may be told that anybody may bring about by what he sends. */
  private isTime(): boolean {
    const now = this.#current.parts.platform.clock.monotonic();
    if (now - this.#toldAt < TOLD_EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }

  /** A manifest that holds and is not for this device: the same comes with each connection where the broker keeps it. */
  private refuse(error: UpdateError, { seq, version }: Manifest, message: Uint8Array): UpdateError {
    const { memory } = this.#current;
    const { code, message: detail } = error;
    const { stage, tell, tellSeq, reason, heard } = memory.record;
    const isIdle = stage === "idle";
    // While another is under way, what is to be told is about that. No message's own CRC: this one may be taken yet.
    const crc = crc32(jwsOf(message), 1 + UPDATE_CODES.indexOf(code));
    if (isIdle ? tell === undefined && tellSeq === seq && reason === code : heard === crc) return error;
    const told = this.#reports.say({ update: seq, version, state: "refused", reason: code, detail });
    if (told !== undefined) memory.change(isIdle ? { tellSeq: seq, reason: code } : { heard: crc });
    return error;
  }
}

function asUpdateError(error: unknown): UpdateError {
  if (error instanceof UpdateError) return error;
  return new UpdateError("update-malformed", "the manifest cannot be read", error);
}
