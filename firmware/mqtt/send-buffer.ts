// Packets on their way out: encoded into one reused block, fetched by the transport in pieces as it has room. The block grows for
// a large packet (a CONNECT with its token) and is small again once that has left.

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

export class SendBuffer {
  readonly #capacity: number;
  #bytes: Uint8Array;
  /** Where the bytes that were not fetched begin. */
  #from = 0;
  #end = 0;

  /** @param capacity bytes, 512 or more */
  constructor(capacity = SEND_BUFFER) {
    this.#capacity = capacity;
    this.#bytes = new Uint8Array(Math.min(capacity, USUAL_LENGTH));
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
    const end = encode(packet, this.#bytes, this.#end);
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
      if (this.#bytes.length > USUAL_LENGTH) this.#bytes = new Uint8Array(USUAL_LENGTH);
    }
    return bytes;
  }

  /** Moves what waits to the front, or into a block of twice the length. @returns false when neither helps */
  private makeRoom(): boolean {
    const waiting = this.#bytes.subarray(this.#from, this.#end);
    if (this.#from === 0) {
      if (this.#bytes.length === this.#capacity) return false;
      this.#bytes = new Uint8Array(Math.min(this.#capacity, 2 * this.#bytes.length));
    }
    this.#bytes.set(waiting);
    this.#end = waiting.length;
    this.#from = 0;
    return true;
  }
}
