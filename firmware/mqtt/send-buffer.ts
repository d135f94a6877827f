// Packets on their way out: encoded into one reused block, fetched by the transport in pieces as it has room.

import { encode } from "./encode.js";
import type { ClientPacket } from "./packets.js";
import { Writer } from "./writer.js";

/** Default length in bytes: a CONNECT with a username of 2 KB, with room to spare. */
export const SEND_BUFFER = 4096;
/** Bytes kept free for answers (PUBACK, PUBREC, PUBREL, PUBCOMP), so that a full buffer never stops reading. */
export const ANSWER_RESERVE = 256;
/** The room an answer needs is counted with the longest header and one packet that is half read. */
const ANSWER_SLACK = 8;

export class SendBuffer {
  readonly #writer: Writer;
  /** Bytes at the front that were fetched. */
  #taken = 0;

  /** @param capacity bytes, 512 or more */
  constructor(capacity = SEND_BUFFER) {
    this.#writer = new Writer(capacity);
  }

  get empty(): boolean {
    return this.#writer.at === 0;
  }

  /**
   * Bytes that may be received before the next `take`: no packet is shorter than its answer, so answers to that much fit.
   */
  get answerRoom(): number {
    return Math.max(0, this.#writer.bytes.length - this.#writer.at + this.#taken - ANSWER_SLACK);
  }

  /**
   * @param reserve bytes that must stay free behind the packet
   * @returns false when there is no room now; if the buffer is `empty` there will never be
   * @throws MqttError `mqtt-usage` for a packet that the standard forbids
   */
  send(packet: ClientPacket, reserve = ANSWER_RESERVE): boolean {
    const writer = this.#writer;
    const start = writer.at;
    if (encode(packet, writer) > 0) {
      if (writer.at + reserve <= writer.bytes.length) return true;
      writer.at = start;
    }
    if (this.#taken === 0) return false;
    writer.bytes.copyWithin(0, this.#taken, start);
    writer.at -= this.#taken;
    this.#taken = 0;
    return this.send(packet, reserve);
  }

  /** @returns the next 1 to `room` bytes, a view valid until the next call, or undefined when there are none */
  take(room: number): Uint8Array | undefined {
    const writer = this.#writer;
    const from = this.#taken;
    const end = Math.min(writer.at, from + room);
    if (end <= from) return undefined;
    this.#taken = end;
    if (end === writer.at) this.#taken = writer.at = 0;
    return writer.bytes.subarray(from, end);
  }
}
