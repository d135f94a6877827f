// What is kept of an update over restarts, in the key-value store: the message that it came by, and one record of how far
// it has come. A write is atomic, so that record is before or after each step; one that is damaged or of another version counts
// as none.
//
// The image that is on trial and the one that it may leave the device to both read it: its layout never changes. A newer one
// would have a key of its own.

import { crc32 } from "../bytes/crc32.js";
import { sameBytes } from "../bytes/equal.js";
import type { Platform } from "../platform/platform.js";
import type { KeyValue } from "../platform/storage.js";
import { UPDATE_CODES, type UpdateCode } from "./error.js";
import { SHA256_BYTES } from "./manifest.js";
import { REPORT_STATES, type ReportState } from "./report.js";

/** Names in the key-value store: the record, and the message as it came. */
export const UPDATE_KEY = "update";
export const UPDATE_MESSAGE_KEY = "update.message";

/** In the order in which they are kept. */
const STAGES = ["idle", "fetching", "packed", "ready", "trial"] as const;
/**
 * - `fetching`: the file comes into the slot
 * - `packed`: it is there, whole, and the image is made of it
 * - `ready`: the image is there, whole; the next restart starts it
 * - `trial`: the boot loader is told to
 */
export type Stage = (typeof STAGES)[number];

/** How far an update has come. Times are in seconds since 1970. */
export interface UpdateRecord {
  stage: Stage;
  /** Highest `seq` that was ever confirmed here. */
  confirmed: number;
  /** Of the update that is under way, or was last. */
  seq: number;
  digest: Uint8Array;
  /** How often this digest was fetched whole, tried, or given up. */
  tries: number;
  /** How often in this try it was begun anew. */
  overs: number;
  /** Windows in a row that brought nothing. */
  fruitless: number;
  /** When it was accepted; 0: the time was not known. */
  acceptedS: number;
  /** Bytes of the file that lie in flash: whole sectors, or all. */
  done: number;
  /** Volume that it has taken, headers included; kept ahead of what it really is. */
  usedBytes: number;
  /** CRC-32 of the file's ETag; 0: none was seen. */
  etag: number;
  /** Per cent that were told last, by tens. */
  toldPercent: number;
  /** What is still to be told. */
  tell: ReportState | undefined;
  reason: UpdateCode | undefined;
  /** The `seq` that it is about. */
  tellSeq: number;
  /**
   * CRC-32 of the message that has had its last word: given up or unread, as it came; confirmed, without its query; refused
   * while another was under way, with the reason.
   */
  heard: number;
  /** Digests that were undone for their own fault, newest first. */
  undone: readonly Uint8Array[];
}

/** Digests that are remembered: who signs worse ones than these signs newer ones. */
export const UNDONE_MOST = 4;

const VERSION = 1;
const NO_DIGEST = new Uint8Array(SHA256_BYTES);
const WORDS_AT = 8;
const DIGEST_AT = WORDS_AT + 8 * 4;
const UNDONE_AT = DIGEST_AT + SHA256_BYTES;
const CRC_AT = UNDONE_AT + UNDONE_MOST * SHA256_BYTES;
const LENGTH = CRC_AT + 4;

/** A device that was never updated. */
export function noUpdate(): UpdateRecord {
  return {
    ...{ stage: "idle", confirmed: 0, seq: 0, digest: NO_DIGEST, tries: 0, overs: 0, fruitless: 0, acceptedS: 0 },
    ...{ done: 0, usedBytes: 0, etag: 0, toldPercent: 0, tell: undefined },
    ...{ reason: undefined, tellSeq: 0, heard: 0, undone: [] },
  };
}

/**
 * version, stage, tries, overs, fruitless, tens told, report, reason (1 each) · 8 numbers (4 each) · digests · CRC-32.
 */
export function encodeRecord(record: UpdateRecord): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  const { stage, tries, overs, fruitless, toldPercent, tell, reason } = record;
  const told = tell === undefined ? 0 : 1 + REPORT_STATES.indexOf(tell);
  const why = reason === undefined ? 0 : 1 + UPDATE_CODES.indexOf(reason);
  const small = [VERSION, STAGES.indexOf(stage), tries, overs, fruitless, toldPercent / 10, told, why];
  for (const [i, value] of small.entries()) bytes[i] = Math.min(value, 0xff);
  const { confirmed, seq, acceptedS, done, usedBytes, etag, tellSeq, heard, digest, undone } = record;
  for (const [i, value] of [confirmed, seq, acceptedS, done, usedBytes, etag, tellSeq, heard].entries()) {
    view.setUint32(WORDS_AT + 4 * i, Math.min(value, 0xffff_ffff));
  }
  bytes.set(digest, DIGEST_AT);
  for (const [i, one] of undone.slice(0, UNDONE_MOST).entries()) bytes.set(one, UNDONE_AT + i * SHA256_BYTES);
  view.setUint32(CRC_AT, crc32(bytes.subarray(0, CRC_AT)));
  return bytes;
}

/** Undefined for bytes that are none. */
export function decodeRecord(bytes: Uint8Array | undefined): UpdateRecord | undefined {
  if (bytes?.length !== LENGTH || bytes[0] !== VERSION) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH);
  const stage = STAGES[bytes[1]!];
  if (stage === undefined || view.getUint32(CRC_AT) !== crc32(bytes.subarray(0, CRC_AT))) return undefined;
  const word = (i: number) => view.getUint32(WORDS_AT + 4 * i);
  const undone: Uint8Array[] = [];
  for (let at = UNDONE_AT; at < CRC_AT; at += SHA256_BYTES) {
    const one = bytes.slice(at, at + SHA256_BYTES);
    if (!sameBytes(one, NO_DIGEST)) undone.push(one);
  }
  return {
    stage,
    tries: bytes[2]!,
    overs: bytes[3]!,
    fruitless: bytes[4]!,
    toldPercent: bytes[5]! * 10,
    // A state or a reason that a newer image has written is none of ours.
    tell: REPORT_STATES[bytes[6]! - 1],
    reason: UPDATE_CODES[bytes[7]! - 1],
    confirmed: word(0),
    seq: word(1),
    acceptedS: word(2),
    done: word(3),
    usedBytes: word(4),
    etag: word(5),
    tellSeq: word(6),
    // Nothing where an image from before it has written the record.
    heard: word(7),
    digest: bytes.slice(DIGEST_AT, UNDONE_AT),
    undone,
  };
}

/** The record that is kept; undefined: none, or none that can be read. */
export function readRecord(keyValue: Pick<KeyValue, "read">): UpdateRecord | undefined {
  return decodeRecord(keyValue.read(UPDATE_KEY));
}

/** An update's record as it changes. */
export class UpdateMemory {
  readonly #platform: Pick<Platform, "keyValue" | "log">;
  #record: UpdateRecord;

  constructor(platform: Pick<Platform, "keyValue" | "log">) {
    this.#platform = platform;
    this.#record = readRecord(platform.keyValue) ?? noUpdate();
  }

  get record(): Readonly<UpdateRecord> {
    return this.#record;
  }

  /** The message that the update came by; undefined: none. */
  get message(): Uint8Array | undefined {
    return this.#platform.keyValue.read(UPDATE_MESSAGE_KEY);
  }

  /** @throws whatever the store throws: an update that cannot be kept is none */
  keepMessage(message: Uint8Array): void {
    this.#platform.keyValue.write(UPDATE_MESSAGE_KEY, message);
  }

  /** Changes what is said, in one write. @throws as above: what is not kept must not be gone by */
  change(change: Partial<UpdateRecord>): void {
    const next = { ...this.#record, ...change };
    this.#platform.keyValue.write(UPDATE_KEY, encodeRecord(next));
    this.#record = next;
  }

  /** The update is over, one way or another. */
  end(change: Partial<UpdateRecord>): void {
    this.change({ stage: "idle", done: 0, ...change });
    this.#platform.keyValue.delete(UPDATE_MESSAGE_KEY);
  }
}
