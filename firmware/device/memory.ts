// What the device itself remembers over a restart: that it was a command, how often it failed since its last
// connection that lasted, and, over a deep sleep, what it has used of radio time and volume.

import { sameBytes } from "../bytes/equal.js";
import { encodeUtf8, fromUtf8 } from "../bytes/utf8.js";
import type { Topics } from "../cloud/profile.js";
import type { Platform } from "../platform/platform.js";
import type { KeyValue } from "../platform/storage.js";
import type { PastUsage } from "./usage.js";

const KEY = "failures";
/** One byte is kept; the ladder has begun anew long before. */
const MOST = 255;

/** The count of failures that was remembered, 0 to 255; 0 if there is none. */
export function readFailures(keyValue: KeyValue): number {
  return keyValue.read(KEY)?.[0] ?? 0;
}

/** Remembers the count; above 255 it stays there. */
export function writeFailures(memory: Memory, failures: number): void {
  keep(memory, KEY, Uint8Array.of(Math.min(failures, MOST)));
}

/** Where things are remembered, and where it is said that they are not. */
export type Memory = Pick<Platform, "keyValue" | "log">;

/** Remembers a value. A store that is full or worn out must not stop the device: that is only said. */
export function keep(memory: Memory, key: string, value: Uint8Array): void {
  attempt(memory, key, () => memory.keyValue.write(key, value));
}

/** Forgets a value. */
export function drop(memory: Memory, key: string): void {
  attempt(memory, key, () => memory.keyValue.delete(key));
}

function attempt({ log }: Memory, key: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    log("error", "not-remembered", { key, message: String(error) });
  }
}

const RESTART_KEY = "restarted";

/** When the device last restarted by a command, wall milliseconds; 0: the time was not known; undefined: it never did. */
export function readRestart(keyValue: KeyValue): number | undefined {
  const bytes = keyValue.read(RESTART_KEY);
  if (bytes === undefined) return undefined;
  return bytes.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0) : 0;
}

/** Keeps that it is about to. */
export function keepRestart(memory: Memory, wallMs = 0): void {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, wallMs);
  attempt(memory, RESTART_KEY, () => memory.keyValue.write(RESTART_KEY, new Uint8Array(view.buffer)));
}

const NAP_KEY = "nap";
const TOPICS_KEY = "topics";
/** Behind which the topics stand, in this order; one that there is not is empty. */
const TOPIC_NAMES = ["telemetry", "commands", "responses", "config", "state"] as const;

/** What a device keeps over a deep sleep in which it gathers records. */
export interface Nap {
  /** When it wakes by its own clock, milliseconds since 1970. */
  wallMs: number;
  topics: Topics;
  /** Whether what is to be said at once is so, as the last record has it; undefined: it is not known. */
  isSo: boolean | undefined;
}

/** A wall time, and a byte for `isSo`: 0 unknown, 1 not so, 2 so. */
const NAP_BYTES = 9;

/** Keeps it, right before the sleep. Topics are written where they are others than before. */
export function keepNap(memory: Memory, { wallMs, topics, isSo }: Nap): void {
  const text = encodeUtf8(TOPIC_NAMES.map((name) => topics[name] ?? "").join("\n"));
  const before = memory.keyValue.read(TOPICS_KEY);
  if (before === undefined || !sameBytes(before, text)) keep(memory, TOPICS_KEY, text);
  const view = new DataView(new ArrayBuffer(NAP_BYTES));
  view.setFloat64(0, wallMs);
  view.setUint8(8, isSo === undefined ? 0 : isSo ? 2 : 1);
  keep(memory, NAP_KEY, new Uint8Array(view.buffer));
}

/** What was kept for this wake; undefined after any other start. Reading takes it away. */
export function takeNap(memory: Memory): Nap | undefined {
  const bytes = memory.keyValue.read(NAP_KEY);
  if (bytes === undefined) return undefined;
  drop(memory, NAP_KEY);
  const kept = memory.keyValue.read(TOPICS_KEY);
  const text = kept && fromUtf8(kept);
  if (bytes.length !== NAP_BYTES || text === undefined) return undefined;
  const [telemetry, commands, responses, config, state] = text.split("\n", TOPIC_NAMES.length);
  const wallMs = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  if (!(wallMs > 0 && wallMs <= Number.MAX_SAFE_INTEGER)) return undefined;
  if (!telemetry || !commands || !responses) return undefined;
  const isSo = bytes[8] === 0 ? undefined : bytes[8] === 2;
  return {
    wallMs,
    isSo,
    topics: { telemetry, commands, responses, ...(config && { config }), ...(state && { state }) },
  };
}

const USAGE_KEY = "usage";
/** In this order, as 64-bit numbers. */
const USAGE_FIELDS = ["elapsedMs", "radioOnMs", "airBytes", "connects", "connectBytes", "dayBytes", "resumed"] as const;

/** What was used before the last deep sleep; undefined after any other start. Reading takes it away. */
export function takeUsage(memory: Memory): PastUsage | undefined {
  const bytes = memory.keyValue.read(USAGE_KEY);
  if (bytes === undefined) return undefined;
  drop(memory, USAGE_KEY);
  if (bytes.length !== 8 * USAGE_FIELDS.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const past = { elapsedMs: 0, radioOnMs: 0, airBytes: 0, connects: 0, connectBytes: 0, dayBytes: 0, resumed: 0 };
  for (const [i, field] of USAGE_FIELDS.entries()) {
    past[field] = view.getFloat64(8 * i);
    if (!(past[field] >= 0 && past[field] <= Number.MAX_SAFE_INTEGER)) return undefined;
  }
  return past;
}

/** Keeps what was used, right before a deep sleep. */
export function keepUsage(memory: Memory, usage: PastUsage): void {
  const view = new DataView(new ArrayBuffer(8 * USAGE_FIELDS.length));
  for (const [i, field] of USAGE_FIELDS.entries()) view.setFloat64(8 * i, usage[field]);
  keep(memory, USAGE_KEY, new Uint8Array(view.buffer));
}
