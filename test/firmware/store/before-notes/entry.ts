// As it was before the log had notes: what an update may be undone to. Not to be changed.
//
// What stands in the outbox's log: entries of a 16-byte header and a body, each padded to 16 bytes, the unit of writing
// under flash encryption. The header bears a CRC of its own, so that a reader never loses step when a body is torn.
//
//   0 kind · 1 QoS and retain · 2 length of the body · 4 number · 8 CRC-32 of the body · 12 CRC-32 of bytes 0 to 11

import { crc32 } from "../../../../firmware/bytes/crc32.js";

/** Length of a header, and what all offsets and lengths are multiples of. */
export const UNIT = 16;

/** A record; its number is its sequence number. */
export const RECORD = 0x51;
/** The record of that number is acknowledged; no body. */
export const ACK = 0x52;
/** The begin of a block; its number counts all blocks ever begun. */
export const BLOCK = 0x53;

export interface Header {
  kind: number;
  flags: number;
  /** Bytes of the body, without padding. */
  length: number;
  number: number;
  bodyCrc: number;
}

/** `length` rounded up to whole units. */
export const padded = (length: number): number => Math.ceil(length / UNIT) * UNIT;

/** An entry as it is written: header, body, padding. */
export function encodeEntry(kind: number, flags: number, number: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(UNIT + padded(body.length));
  const view = new DataView(bytes.buffer);
  bytes[0] = kind;
  bytes[1] = flags;
  view.setUint16(2, body.length);
  view.setUint32(4, number);
  view.setUint32(8, crc32(body));
  view.setUint32(12, crc32(bytes.subarray(0, 12)));
  bytes.set(body, UNIT);
  return bytes;
}

/** The header in 16 bytes, or undefined when they hold none. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, UNIT);
  if (view.getUint32(12) !== crc32(bytes.subarray(0, 12))) return undefined;
  return {
    kind: bytes[0]!,
    flags: bytes[1]!,
    length: view.getUint16(2),
    number: view.getUint32(4),
    bodyCrc: view.getUint32(8),
  };
}
