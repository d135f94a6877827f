// Packets on their way out: encoded into one reused block, fetched by the transport in pieces as it has room.

import { encode } from "./encode.js";
import { HEADER_MAX } from "./fields.js";
import type { ClientPacket } from "./packets.js";

/** Default length in bytes: a CONNECT with a username of 2 KB, with room to spare. */
export const SEND_BUFFER = 4096;
/** Bytes kept free for answers (PUBACK, PUBREC, PUBREL, PUBCOMP), so that a full buffer never stops reading. */
export const ANSWER_RESERVE = 256;
/** Room that answers need besides their own bytes: for the longest header, and for the packet that is half read. */
const ANSWER_SLACK = HEADER_MAX + 3;

export class SendBuffer {
  readonly #bytes: Uint8Array;
  /** Where the bytes that were not fetched begin. */
  #from = 0;
  #end = 0;

  /** @param capacity bytes, 512 or more */
  constructor(capacity = SEND_BUFFER) {
    this.#bytes = new Uint8Array(capacity);
  }

  get empty(): boolean {
    return this.#end === 0;
  }

  /**
   * Bytes that may be received before the next `take`: no packet is shorter than its answer, so answers to that much fit.
   */
  get answerRoom(): number {
    return Math.max(0, this.#bytes.length - (this.#end - this.#from) - ANSWER_SLACK);
  }

  /**
   * @param reserve bytes that must stay free behind the packet
   * @returns false when there is no room now; if the buffer is `empty` there will never be
   * @throws MqttError `mqtt-usage` for a packet that the standard forbids
   */
  send(packet: ClientPacket, reserve = ANSWER_RESERVE): boolean {
    const end = encode(packet, this.#bytes, this.#end);
    if (end > 0 && end + reserve <= this.#bytes.length) {
      this.#end = end;
      return true;
    }
    if (this.#from === 0) return false;
    this.#bytes.copyWithin(0, this.#from, this.#end);
    this.#end -= this.#from;
    this.#from = 0;
    return this.send(packet, reserve);
  }

  /** @returns the next 1 to `room` bytes, a view valid until the next call, or undefined when there are none */
  take(room: number): Uint8Array | undefined {
    const from = this.#from;
    const end = Math.min(this.#end, from + room);
    if (end <= from) return undefined;
    this.#from = end;
    if (end === this.#end) this.#from = this.#end = 0;
    return this.#bytes.subarray(from, end);
  }
}
