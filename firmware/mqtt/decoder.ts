// From a stream of bytes to packets, in step with the stream whatever its pieces are.
// A packet that lies whole in one piece is read there; else it is gathered, in a buffer made for it. A PUBLISH that is larger
// than such a buffer may be comes out in parts, each of that length but the last; any other packet that large is refused.

import { malformed, tooLarge } from "./error.js";
import { headerFlags, PACKET_MAX, PUBLISH, type PublishPart, RECEIVE_BUFFER } from "./packets.js";

const NOTHING = new Uint8Array(0);

/**
 * Reads the body of a packet, bytes `at` to `end` (exclusive).
 * @param first first byte of the fixed header: type (0–15), and flags, which are right but for PUBLISH
 * @param beyond bytes of the packet that are still to come, where it is larger than the receive buffer
 * @throws MqttError `mqtt-malformed`, `mqtt-too-large`
 */
export type Parse<P> = (first: number, bytes: Uint8Array, at: number, end: number, beyond: number) => P;

export interface Decoder<P> {
  /** Hands over the next bytes of the stream, once `next` has no more from those before. */
  push(bytes: Uint8Array): void;
  /**
   * @returns the next packet, or part of a PUBLISH, or undefined once all input is used up. Bytes in it are views,
   *   valid until the next call of `next` or `push`
   * @throws MqttError `mqtt-malformed` or `mqtt-too-large`: the stream is lost, the connection must be closed
   */
  next(): P | PublishPart | undefined;
}

/**
 * @param parse of the side that receives: `parse` for a client, `parseServer` for a server
 * @param size most bytes of the receive buffer, 128 or more
 * @example
 * const decoder = createDecoder(parse);
 * decoder.push(bytes);
 * for (let packet = decoder.next(); packet; packet = decoder.next()) handle(packet);
 */
export function createDecoder<P>(parse: Parse<P>, size = RECEIVE_BUFFER): Decoder<P> {
  return new PacketDecoder(parse, size);
}

class PacketDecoder<P> implements Decoder<P> {
  readonly #parse: Parse<P>;
  readonly #size: number;
  #buffer = NOTHING;
  #input: Uint8Array = NOTHING;
  #at = 0;
  /** First byte of the fixed header. */
  #first = 0;
  /** Bytes of the packet that have not been read, as far as its remaining length is known. */
  #left = 0;
  /** Weight of the next byte of the remaining length (§2.2.3); 0 before the first byte, -1 once it is complete. */
  #weight = 0;
  /** Bytes gathered in the buffer, which is as long as what is gathered. */
  #have = 0;
  /** The latest part of a PUBLISH of which more is to come. */
  #part: PublishPart | undefined;

  constructor(parse: Parse<P>, size: number) {
    this.#parse = parse;
    this.#size = size;
  }

  push(bytes: Uint8Array): void {
    this.#input = bytes;
    this.#at = 0;
  }

  next(): P | PublishPart | undefined {
    if (!this.header()) return undefined;
    const want = Math.min(this.#left, this.#size);
    const count = Math.min(want - this.#have, this.#input.length - this.#at);
    let source = this.#input;
    let from = this.#at;
    this.#at += count;
    if (count < want) {
      if (this.#buffer.length !== want) this.#buffer = new Uint8Array(want);
      this.#buffer.set(this.#input.subarray(from, this.#at), this.#have);
      this.#have += count;
      if (this.#have < want) return undefined;
      source = this.#buffer;
      this.#buffer = NOTHING;
      from = this.#have = 0;
    }
    this.#left -= want;
    const end = from + want;
    const part = this.#part;
    const packet = part
      ? { ...part, offset: part.offset + part.payload.length, payload: source.subarray(from, end) }
      : this.#parse(this.#first, source, from, end, this.#left);
    this.#part = this.#left > 0 ? (packet as PublishPart) : undefined;
    this.#weight = this.#part ? -1 : 0;
    return packet;
  }

  /** Reads on in the fixed header. @returns whether it is complete */
  private header(): boolean {
    while (this.#weight >= 0) {
      if (this.#at >= this.#input.length) return false;
      const byte = this.#input[this.#at++]!;
      if (this.#weight === 0) {
        this.#first = byte;
        this.#weight = 1;
        continue;
      }
      const type = this.#first >> 4;
      this.#left += (byte & 127) * this.#weight;
      this.#weight = byte < 128 ? -1 : this.#weight * 128;
      // [MQTT-2.2.2-2]; the flags of a PUBLISH are the parser's matter.
      if (this.#weight > 128 ** 3 || (type !== PUBLISH && (this.#first & 15) !== headerFlags(type)))
        throw malformed(type);
      if (this.#left > (type === PUBLISH ? PACKET_MAX : this.#size)) throw tooLarge();
    }
    return true;
  }
}
