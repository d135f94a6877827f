// What stands in the outbox's log: entries of a 16-byte header and a body, each padded to 16 bytes, the unit of writing
// under flash encryption. The header bears a CRC of its own, so that a reader never loses step when a body is torn.
//
//   0 kind · 1 flags · 2 length of the body · 4 number · 8 CRC-32 of the body · 12 CRC-32 of bytes 0 to 11
//
// A reader passes over a kind that it does not know, as every one has done since the first: so a kind may be added, and what is
// written with it can still be read by the firmware before. Anything else that changes is another layout (checkpoint.ts).

import { crc32 } from "../bytes/crc32.js";

/** Length of a header, and what all offsets and lengths are multiples of. */
export const UNIT = 16;

/** A record; its number is its sequence number, its flags are QoS and retain. */
export const RECORD = 0x51;
/** The record of that number is acknowledged; no body. */
export const ACK = 0x52;
/** The begin of a block; its number counts all blocks ever begun. Its flags tell of the notes in force by then (note.ts). */
export const BLOCK = 0x53;
/** A PUBLISH is under way; no body, and in the place of the body's CRC a word of its own (note.ts). */
export const NOTE = 0x54;

export interface Header {
  kind: number;
  flags: number;
  /** Bytes of the body, without padding. */
  length: number;
  number: number;
  /** Of a note: its word. */
  bodyCrc: number;
}

/** `length` rounded up to whole units. */
export const padded = (length: number): number => Math.ceil(length / UNIT) * UNIT;

/** What makes the CRCs: `crc32`, or the chip's own. */
type Crc32 = (bytes: Uint8Array) => number;

/** An entry as it is written: header, body, padding. @param word in the place of the body's CRC */
export function encodeEntry(
  kind: number,
  flags: number,
  number: number,
  body: Uint8Array,
  crc: Crc32 = crc32,
  word = crc(body),
): Uint8Array {
  const bytes = new Uint8Array(UNIT + padded(body.length));
  const view = new DataView(bytes.buffer);
  bytes[0] = kind;
  bytes[1] = flags;
  view.setUint16(2, body.length);
  view.setUint32(4, number);
  view.setUint32(8, word);
  view.setUint32(12, crc(bytes.subarray(0, 12)));
  bytes.set(body, UNIT);
  return bytes;
}

/** The header in 16 bytes, or undefined when they hold none. */
export function decodeHeader(bytes: Uint8Array, crc: Crc32 = crc32): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, UNIT);
  if (view.getUint32(12) !== crc(bytes.subarray(0, 12))) return undefined;
  return {
    kind: bytes[0]!,
    flags: bytes[1]!,
    length: view.getUint16(2),
    number: view.getUint32(4),
    bodyCrc: view.getUint32(8),
  };
}
