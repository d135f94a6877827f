// The pieces that packets are made of (MQTT 3.1.1 §1.5, §2.2). Each `put` writes at an offset and returns the one behind.
// What lies beyond the end of the block is not written but counted: `seal` sees in the end that the packet did not fit.

import { putBytes, putUtf8 } from "../bytes/utf8.js";
import { MqttError } from "./error.js";
import { FIELD_MAX, HEADER_MAX } from "./packets.js";

export function putU16(into: Uint8Array, at: number, value: number): number {
  into[at++] = value >> 8;
  into[at++] = value;
  return at;
}

/**
 * Bytes, or UTF-8 of a string, with the length in front (§1.5.3).
 * @throws MqttError `mqtt-usage` for more than FIELD_MAX bytes, a lone surrogate or U+0000 [MQTT-1.5.3-1, -2]
 */
export function putField(into: Uint8Array, at: number, value: string | Uint8Array): number {
  const from = at + 2;
  const end = typeof value === "string" ? putUtf8(value, into, from) : putBytes(into, from, value);
  // `end` is NaN for a lone surrogate; of bytes, none equals a character.
  if (!(end <= from + FIELD_MAX) || value.includes("\0" as never)) {
    throw new MqttError("mqtt-usage", "no text, or too long", "give-up");
  }
  putU16(into, at, end - from);
  return end;
}

/** Bytes of a fixed header before a body of so many (§2.2.3). */
export const headerLength = (rest: number): number => (rest < 0x80 ? 2 : rest < 0x4000 ? 3 : rest < 0x20_0000 ? 4 : 5);

/**
 * Puts the fixed header at `at`, before a body that lies behind, and closes the gap between them, if there is one.
 * @param first the header's first byte: type and flags
 * @param body where the body begins, HEADER_MAX bytes behind or fewer, but no fewer than its header takes
 * @param end where it ends
 * @returns where the packet ends; 0 when there was no room, counting HEADER_MAX for the header
 */
export function seal(into: Uint8Array, at: number, first: number, body: number, end: number): number {
  if (end + HEADER_MAX + at - body > into.length) return 0;
  let rest = end - body;
  into[at++] = first;
  do {
    into[at++] = rest > 127 ? rest | 128 : rest;
    rest >>= 7;
  } while (rest > 0);
  if (at < body) into.copyWithin(at, body, end);
  return at + end - body;
}

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
