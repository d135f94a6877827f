// Credentials that outlive a restart, in the key-value store: one record with its times and parts, guarded by a CRC.
// A record that is damaged, over, or from a future that only a wrong clock explains is as good as none.
//
// Record: version (1), CRC-32 of what follows (4), received, expires, renew (3 × 8, ms as float64), then each part with
// its length in front (2). All big-endian.

import { crc32 } from "../bytes/crc32.js";
import type { KeyValue } from "../platform/storage.js";

/** What is kept. The parts are the owner's: their order and meaning stay with the key. */
export interface StoredCredentials {
  /** Wall times in milliseconds since 1970. */
  receivedAt: number;
  expiresAt: number;
  /** From when on they are to be renewed. */
  renewAt: number;
  parts: readonly Uint8Array[];
}

const VERSION = 1;
const CRC_AT = 1;
const TIMES_AT = 5;
const PARTS_AT = TIMES_AT + 3 * 8;
/** Most bytes of a record: a token has about 2 KB with its root; NVS takes a blob of 4000 bytes in one piece. */
export const RECORD_LIMIT = 4000;
/** Most parts. */
export const PARTS_LIMIT = 8;
/** How far in the future a record may have been received: the clock was corrected meanwhile. In ms. */
export const CLOCK_STEP_MS = 600_000;

/** Writes credentials under `key`. @returns false, and forgets what was there, when they are too long to be kept */
export function saveCredentials(store: KeyValue, key: string, credentials: StoredCredentials): boolean {
  const { receivedAt, expiresAt, renewAt, parts } = credentials;
  const length = parts.reduce((sum, part) => sum + 2 + part.length, PARTS_AT);
  if (length > RECORD_LIMIT || parts.length > PARTS_LIMIT) {
    store.delete(key);
    return false;
  }
  const record = new Uint8Array(length);
  const view = new DataView(record.buffer);
  record[0] = VERSION;
  for (const [i, time] of [receivedAt, expiresAt, renewAt].entries()) view.setFloat64(TIMES_AT + 8 * i, time);
  let at = PARTS_AT;
  for (const part of parts) {
    view.setUint16(at, part.length);
    record.set(part, at + 2);
    at += 2 + part.length;
  }
  view.setUint32(CRC_AT, crc32(record.subarray(TIMES_AT)));
  store.write(key, record);
  return true;
}

/**
 * Reads credentials that are valid at a wall time.
 * @param now milliseconds since 1970
 * @returns undefined when there are none that can be used; a damaged or outdated record is deleted
 */
export function loadCredentials(store: KeyValue, key: string, now: number): StoredCredentials | undefined {
  const record = store.read(key);
  if (record === undefined) return undefined;
  const credentials = decode(record);
  if (credentials && credentials.expiresAt > now && credentials.receivedAt - CLOCK_STEP_MS <= now) return credentials;
  store.delete(key);
  return undefined;
}

function decode(record: Uint8Array): StoredCredentials | undefined {
  if (record.length < PARTS_AT || record.length > RECORD_LIMIT || record[0] !== VERSION) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (view.getUint32(CRC_AT) !== crc32(record.subarray(TIMES_AT))) return undefined;
  const parts: Uint8Array[] = [];
  let at = PARTS_AT;
  while (at < record.length) {
    const end = at + 2 <= record.length ? at + 2 + view.getUint16(at) : Number.POSITIVE_INFINITY;
    if (end > record.length || parts.length === PARTS_LIMIT) return undefined;
    parts.push(record.slice(at + 2, end));
    at = end;
  }
  const [receivedAt, expiresAt, renewAt] = [0, 8, 16].map((offset) => view.getFloat64(TIMES_AT + offset));
  if (![receivedAt, expiresAt, renewAt].every(Number.isFinite)) return undefined;
  return { receivedAt: receivedAt!, expiresAt: expiresAt!, renewAt: renewAt!, parts };
}
