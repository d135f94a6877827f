// Packets on their way out: encoded into one reused block, fetched by the transport in pieces as it has room. The block grows for
// a large packet (a CONNECT with its token) and is let go once that has left: while the transport copies it there is no other.

import { encode } from "./encode.js";
import { type ClientPacket, HEADER_MAX } from "./packets.js";

/** Default for the most bytes it takes: a CONNECT with a username of 2 KB, with room to spare. */
export const SEND_BUFFER = 4096;
/** Its length in bytes before it has grown: telemetry and acknowledgements fit. */
const USUAL_LENGTH = 768;
/** Bytes kept free for answers (PUBACK, PUBREC, PUBREL, PUBCOMP), so that a full buffer never stops reading. */
const ANSWER_RESERVE = 256;
/** Room that answers need besides their own bytes: for the longest header, and for the packet that is half read. */
const ANSWER_SLACK = HEADER_MAX + 3;
/** In place of a block; in flash, so that nothing may be written to it. */
const NOTHING = new Uint8Array(0);

export class SendBuffer {
  readonly #capacity: number;
  #bytes = NOTHING;
  /** Where the bytes that were not fetched begin. */
  #from = 0;
  #end = 0;

  /** @param capacity bytes, 512 or more */
  constructor(capacity = SEND_BUFFER) {
    this.#capacity = capacity;
  }

  get empty(): boolean {
    return this.#end === 0;
  }

  /**
   * Bytes that may be received before the next `take`: no packet is shorter than its answer, so answers to that much fit.
   */
  get answerRoom(): number {
    return Math.max(0, this.#capacity - (this.#end - this.#from) - ANSWER_SLACK);
  }

  /**
   * @param reserve bytes that must stay free behind the packet
   * @returns false when there is no room now; if the buffer is `empty` there will never be
   * @throws MqttError `mqtt-usage` for a packet that the standard forbids
   */
  send(packet: ClientPacket, reserve = ANSWER_RESERVE): boolean {
    const end = this.#bytes === NOTHING ? 0 : encode(packet, this.#bytes, this.#end);
    if (end > 0 && end + reserve <= this.#bytes.length) {
      this.#end = end;
      return true;
    }
    return this.makeRoom() && this.send(packet, reserve);
  }

  /** @returns the next 1 to `room` bytes, a view valid until the next call, or undefined when there are none */
  take(room: number): Uint8Array | undefined {
    const from = this.#from;
    const end = Math.min(this.#end, from + room);
    if (end <= from) return undefined;
    this.#from = end;
    const bytes = this.#bytes.subarray(from, end);
    if (end === this.#end) {
      this.#from = this.#end = 0;
      if (this.#bytes.length > USUAL_LENGTH) this.#bytes = NOTHING;
    }
    return bytes;
  }

  /** Moves what waits to the front, or into a block of twice the length. @returns false when neither helps */
  private makeRoom(): boolean {
    const { length } = this.#bytes;
    const waiting = this.#end > this.#from ? this.#bytes.subarray(this.#from, this.#end) : NOTHING;
    if (this.#from === 0) {
      if (length === this.#capacity) return false;
      this.#bytes = NOTHING;
      this.#bytes = new Uint8Array(Math.min(this.#capacity, Math.max(USUAL_LENGTH, 2 * length)));
    }
    this.#bytes.set(waiting);
    this.#end = waiting.length;
    this.#from = 0;
    return true;
  }
}
