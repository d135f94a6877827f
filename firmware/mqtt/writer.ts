// The send buffer: packets are encoded one behind the other into one reused block of memory.
// Rule: a packet that does not fit, or that is not allowed, leaves no trace.

import { utf8Length, writeUtf8 } from "../bytes/utf8.js";
import { demand } from "./error.js";

/** Longest fixed header: the type, and four bytes of remaining length (§2.2.3). */
export const HEADER_MAX = 5;
/** Longest string or binary field: its length is two bytes (§1.5.3). */
export const FIELD_MAX = 65535;

export class Writer {
  readonly bytes: Uint8Array;
  /** Where the next byte goes. Passes the end of `bytes` while a packet that does not fit is being written. */
  at = 0;

  /** @param capacity bytes in all, fixed for life */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  u8(value: number): void {
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.u8(value >> 8);
    this.u8(value);
  }

  raw(bytes: Uint8Array): void {
    const at = this.at;
    this.at += bytes.length;
    if (this.at <= this.bytes.length) this.bytes.set(bytes, at);
  }

  /**
   * A field with its length in front: UTF-8 of a string (§1.5.3), or bytes.
   * @throws MqttError `mqtt-usage` for a lone surrogate, U+0000 in a string, or more than FIELD_MAX bytes
   */
  field(value: string | Uint8Array): void {
    const text = typeof value === "string";
    const length = text ? textLength(value) : value.length;
    demand(length >= 0 && length <= FIELD_MAX, "a field is at most 65535 bytes of UTF-8 without U+0000");
    this.u16(length);
    if (!text) this.raw(value);
    else {
      if (this.at + length <= this.bytes.length) writeUtf8(value, this.bytes, this.at);
      this.at += length;
    }
  }

  /** A packet identifier. @throws MqttError `mqtt-usage` unless it is 1–65535 [MQTT-2.3.1-1] */
  id(id: number): void {
    demand(id > 0 && id <= 65535, "a packet id is 1 to 65535");
    this.u16(id);
  }

  /**
   * Appends a packet: `body` writes what follows the fixed header and returns the header's four flags. The body is
   * written HEADER_MAX bytes on, and moved back once its length, and so the header's, is known.
   * @returns length of the packet in bytes; 0 when there was no room, counting HEADER_MAX for the header
   */
  packet<P>(type: number, packet: P, body: (packet: P, into: Writer) => number): number {
    const { bytes, at: start } = this;
    const from = start + HEADER_MAX;
    this.at = from;
    let end = start;
    try {
      const flags = body(packet, this);
      if (this.at <= bytes.length) {
        let rest = this.at - from;
        end = this.at;
        this.at = start;
        this.u8((type << 4) | flags);
        do {
          this.u8(rest > 127 ? (rest & 127) | 128 : rest);
          rest >>= 7;
        } while (rest > 0);
        bytes.copyWithin(this.at, from, end);
        end += this.at - from;
      }
    } finally {
      this.at = end;
    }
    return end - start;
  }
}

/** UTF-8 length of text that may go into a packet; -1 for a lone surrogate or U+0000 [MQTT-1.5.3-1], [MQTT-1.5.3-2]. */
function textLength(text: string): number {
  try {
    return text.includes("\0") ? -1 : utf8Length(text);
  } catch {
    return -1;
  }
}
