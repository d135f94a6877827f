// From a stream of bytes to packets, in step with the stream whatever its pieces are.
// A packet that lies whole in one piece is read there; else it is gathered in one reused buffer. A PUBLISH that is larger
// than this buffer comes out in parts, each as long as the buffer but the last; any other packet that large is refused.

import { MqttError, malformed } from "./error.js";
import { headerFlags, PUBLISH, type PublishPart } from "./packets.js";
import { Reader } from "./reader.js";

/** Largest remaining length that is accepted: AWS's 128 KB payload with its topic. The standard's own end is 268435455. */
export const PACKET_MAX = 128 * 1024 + 512;
/** Receive buffer, and so longest part of a PUBLISH, in bytes. */
export const RECEIVE_BUFFER = 2048;

/**
 * Reads the body of a packet, all of it.
 * @throws MqttError `mqtt-malformed`
 */
export type Parse<P> = (type: number, flags: number, from: Reader) => P;

export interface DecoderLimits {
  /** Bytes of the receive buffer, 128 or more. */
  buffer?: number | undefined;
  /** Largest remaining length, up to 268435455. */
  packet?: number | undefined;
}

/**
 * @example
 * const decoder = new Decoder(parseServer);
 * decoder.feed(bytes);
 * for (let packet = decoder.next(); packet; packet = decoder.next()) handle(packet);
 */
export class Decoder<P> {
  readonly #parse: Parse<P>;
  readonly #reader = new Reader();
  readonly #buffer: Uint8Array;
  readonly #packetMax: number;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** First byte of the fixed header; 0 while it is awaited. */
  #first = 0;
  /** Bytes of the packet that have not been read, as far as its remaining length is known. */
  #left = 0;
  /** Weight of the next byte of the remaining length; 0 once that is complete. */
  #weight = 1;
  /** Bytes gathered in the buffer. */
  #have = 0;
  /** The latest part of a PUBLISH of which more is to come. */
  #part: PublishPart | undefined;

  constructor(parse: Parse<P>, { buffer = RECEIVE_BUFFER, packet = PACKET_MAX }: DecoderLimits = {}) {
    this.#parse = parse;
    this.#buffer = new Uint8Array(buffer);
    this.#packetMax = packet;
  }

  /** Hands over the next bytes of the stream, once `next` has no more from those before. */
  feed(bytes: Uint8Array): void {
    this.#input = bytes;
    this.#at = 0;
  }

  /**
   * @returns the next packet, or part of a PUBLISH, or undefined once all input is used up. Bytes in it are views,
   *   valid until the next call of `next` or `feed`
   * @throws MqttError `mqtt-malformed` or `mqtt-too-large`: the stream is lost, the connection must be closed [MQTT-4.8.0-1]
   */
  next(): P | PublishPart | undefined {
    if (this.#weight > 0 && !this.#header()) return undefined;
    const size = Math.min(this.#left, this.#buffer.length);
    if (!this.#body(size)) return undefined;
    const reader = this.#reader;
    const part = this.#part;
    const packet = part
      ? { ...part, offset: part.offset + part.payload.length, payload: reader.rest() }
      : this.#parse(this.#first >> 4, this.#first & 15, reader);
    this.#left -= size;
    if (this.#left > 0) this.#part = packet as PublishPart;
    else {
      this.#part = undefined;
      this.#first = 0;
      this.#weight = 1;
    }
    return packet;
  }

  /** Reads the fixed header (§2.2). @returns true once it is complete */
  #header(): boolean {
    while (this.#at < this.#input.length) {
      const byte = this.#input[this.#at++]!;
      if (this.#first === 0) {
        const type = byte >> 4;
        // [MQTT-2.2.2-2]; the flags of a PUBLISH are the parser's matter. 0 and 15 are no types.
        if (type === 0 || type === 15 || (type !== PUBLISH && (byte & 15) !== headerFlags(type))) {
          throw malformed("type or flags");
        }
        this.#first = byte;
      } else {
        this.#left += (byte & 127) * this.#weight;
        this.#weight *= 128;
        if (byte < 128) {
          this.#weight = 0;
          if (this.#left > (this.#first >> 4 === PUBLISH ? this.#packetMax : this.#buffer.length)) {
            throw new MqttError("mqtt-too-large", "a packet longer than the limit");
          }
          return true;
        }
        if (this.#weight > 128 ** 3) throw malformed("remaining length");
      }
    }
    return false;
  }

  /** Gives the reader the next `size` bytes of the body. @returns false while they are not all there */
  #body(size: number): boolean {
    const from = this.#at;
    const count = Math.min(size - this.#have, this.#input.length - from);
    const beyond = this.#left - size;
    this.#at += count;
    if (count === size) this.#reader.set(this.#input, from, this.#at, beyond);
    else {
      this.#buffer.set(this.#input.subarray(from, this.#at), this.#have);
      this.#have += count;
      if (this.#have < size) return false;
      this.#have = 0;
      this.#reader.set(this.#buffer, 0, size, beyond);
    }
    return true;
  }
}
