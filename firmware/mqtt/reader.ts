// A cursor over the body of one packet. Nothing is read past its end; it is reused from packet to packet.

import { decodeUtf8 } from "../bytes/utf8.js";
import { MqttError, malformed } from "./error.js";

export class Reader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  /** Bytes of the packet that are still to come, where it is larger than the receive buffer. */
  beyond = 0;

  /** Bytes `from` to `end` (exclusive) of `bytes`, which are not copied, and `beyond` more that are not there yet. */
  set(bytes: Uint8Array, from: number, end: number, beyond: number): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
    this.beyond = beyond;
  }

  /** Moves on by `count` bytes. @returns where they begin */
  #take(count: number): number {
    const from = this.#at;
    this.#at += count;
    if (this.#at <= this.#end) return from;
    throw this.beyond
      ? new MqttError("mqtt-too-large", "a topic longer than the receive buffer")
      : malformed("too short");
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u16(): number {
    const from = this.#take(2);
    return (this.#bytes[from]! << 8) | this.#bytes[from + 1]!;
  }

  /** A packet identifier, 1–65535 [MQTT-2.3.1-1]. */
  id(): number {
    const id = this.u16();
    if (id === 0) throw malformed("packet id 0");
    return id;
  }

  /** Bytes with their length in front; a view. */
  field(): Uint8Array {
    const length = this.u16();
    const from = this.#take(length);
    return this.#bytes.subarray(from, this.#at);
  }

  /** UTF-8 with its length in front; no U+0000, a byte order mark stays [MQTT-1.5.3-1, -2, -3]. */
  text(): string {
    const bytes = this.field();
    let text: string | undefined;
    try {
      text = decodeUtf8(bytes);
    } catch {}
    if (text === undefined || text.includes("\0")) throw malformed("ill-formed UTF-8");
    return text;
  }

  /** All that is left; a view. */
  rest(): Uint8Array {
    const from = this.#at;
    this.#at = this.#end;
    return this.#bytes.subarray(from, this.#end);
  }

  get left(): number {
    return this.#end - this.#at;
  }
}
