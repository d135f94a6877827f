// Takes manifests and judges them: what is not for this device is refused, and what is becomes the update that is under way.
//
// Rules: one thing is under way at a time; what comes too soon is held; the last word on the one before comes first.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import { storyOf } from "../platform/failure.js";
import type { CurrentUpdate } from "./current.js";
import { UpdateError } from "./error.js";
import { FORMATS } from "./formats.js";
import { type Manifest, readManifest } from "./manifest.js";
import type { Reports } from "./reports.js";
import { refusalOf } from "./rules.js";

/** A manifest that cannot be read is told of at most this often, in milliseconds. */
const UNREAD_EVERY_MS = 600_000;

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
  #held: Uint8Array | undefined;
  #unreadAt = Number.NEGATIVE_INFINITY;
  /** CRC-32 of the last message that could not be read and was told of. */
  #unread: number | undefined;

  constructor(current: CurrentUpdate, reports: Reports, owner: IntakeOwner) {
    this.#current = current;
    this.#reports = reports;
    this.#owner = owner;
  }

  /** Takes a manifest as it came. @param message a copy of its own @returns what is wrong with it, for a person */
  take(message: Uint8Array): UpdateError | undefined {
    const { trial, onlineAt, parts } = this.#current;
    if (trial || onlineAt === undefined) {
      this.#held = message;
      return undefined;
    }
    const { update } = parts;
    let manifest: Manifest;
    try {
      manifest = readManifest(message, update.keys, update.verify);
    } catch (error) {
      return this.unread(asUpdateError(error), crc32(message));
    }
    return this.judge(manifest, message);
  }

  /** Takes what came too soon, if anything did. */
  takeHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.take(held);
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
        this.judge(manifest, message);
      }
    } catch (error) {
      this.#reports.give(asUpdateError(error));
    }
  }

  private judge(manifest: Manifest, message: Uint8Array): UpdateError | undefined {
    const { memory, parts, manifest: before } = this.#current;
    const { record } = memory;
    const isUnderWay = record.stage !== "idle" && before !== undefined;
    // The same again is nothing, but for its address.
    if (isUnderWay && this.isSame(manifest)) {
      this.refresh(before, manifest, message);
      return undefined;
    }
    if (manifest.seq === parts.update.identity.seq) return undefined;
    // An older one may just be kept by the broker, and come with each connection: that is not told.
    if (isUnderWay && manifest.seq <= record.seq) return new UpdateError("update-seq", `${record.seq} is under way`);
    const isBegun = sameBytes(record.digest, manifest.fileSha256);
    const refusal = refusalOf(manifest, this.facts(manifest, isBegun));
    if (refusal) return this.refuse(refusal, manifest);
    this.#reports.tell();
    // The last word on the one before comes first.
    if (memory.record.tell !== undefined) this.#held = message;
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

  /** An address that is fresh is gone on with at once. */
  private refresh({ address }: Manifest, manifest: Manifest, message: Uint8Array): void {
    const current = this.#current;
    const { memory } = current;
    const kept = memory.message;
    if (kept !== undefined && sameBytes(kept, message)) return;
    memory.keepMessage(message);
    const isMoved = address.host !== manifest.address.host || address.path !== manifest.address.path;
    memory.change({ fruitless: 0, ...(isMoved && { etag: 0 }) });
    current.manifest = manifest;
    current.retryAt = 0;
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
    const now = this.#current.parts.platform.clock.monotonic();
    if (now - this.#unreadAt < UNREAD_EVERY_MS || crc === this.#unread) return error;
    this.#unread = crc;
    this.#unreadAt = now;
    this.#reports.say({ state: "refused", reason: error.code, detail: storyOf(error) });
    return error;
  }

  /** A manifest that holds and is not for this device: the same comes with each connection where the broker keeps it. */
  private refuse(error: UpdateError, { seq, version }: Manifest): UpdateError {
    const { memory } = this.#current;
    const { code, message: detail } = error;
    const { stage, tell, tellSeq, reason } = memory.record;
    if (stage === "idle" && tell === undefined && tellSeq === seq && reason === code) return error;
    const told = this.#reports.say({ update: seq, version, state: "refused", reason: code, detail });
    if (stage === "idle" && told !== undefined) memory.change({ tellSeq: seq, reason: code });
    return error;
  }
}

function asUpdateError(error: unknown): UpdateError {
  if (error instanceof UpdateError) return error;
  return new UpdateError("update-malformed", "the manifest cannot be read", error);
}
