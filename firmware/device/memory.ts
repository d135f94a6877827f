// What the device itself remembers over a restart: how often it failed since the last proven exchange.

import type { KeyValue } from "../platform/storage.js";

const KEY = "failures";
/** One byte is kept; the ladder has begun anew long before. */
const MOST = 255;

/** The count of failures that was remembered, 0 to 255; 0 if there is none. */
export function readFailures(keyValue: KeyValue): number {
  return keyValue.read(KEY)?.[0] ?? 0;
}

/** Remembers the count; above 255 it stays there. */
export function writeFailures(keyValue: KeyValue, failures: number): void {
  keyValue.write(KEY, Uint8Array.of(Math.min(failures, MOST)));
}
