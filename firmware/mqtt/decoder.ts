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
  let buffer = NOTHING;
  let input: Uint8Array = NOTHING;
  let at = 0;
  /** First byte of the fixed header. */
  let first = 0;
  /** Bytes of the packet that have not been read, as far as its remaining length is known. */
  let left = 0;
  /** Weight of the next byte of the remaining length (§2.2.3); 0 before the first byte, -1 once it is complete. */
  let weight = 0;
  /** Bytes gathered in the buffer, which is as long as what is gathered. */
  let have = 0;
  /** The latest part of a PUBLISH of which more is to come. */
  let part: PublishPart | undefined;

  return {
    push(bytes) {
      input = bytes;
      at = 0;
    },

    next() {
      while (weight >= 0) {
        if (at >= input.length) return undefined;
        const byte = input[at++]!;
        if (weight > 0) {
          const type = first >> 4;
          left += (byte & 127) * weight;
          weight = byte < 128 ? -1 : weight * 128;
          // [MQTT-2.2.2-2]; the flags of a PUBLISH are the parser's matter.
          if (weight > 128 ** 3 || (type !== PUBLISH && (first & 15) !== headerFlags(type))) throw malformed(type);
          if (left > (type === PUBLISH ? PACKET_MAX : size)) throw tooLarge();
        } else {
          first = byte;
          weight = 1;
        }
      }

      const want = Math.min(left, size);
      const count = Math.min(want - have, input.length - at);
      let source = input;
      let from = at;
      at += count;
      if (count < want) {
        if (buffer.length !== want) buffer = new Uint8Array(want);
        buffer.set(input.subarray(from, at), have);
        have += count;
        if (have < want) return undefined;
        source = buffer;
        buffer = NOTHING;
        from = have = 0;
      }
      left -= want;
      const end = from + want;
      const packet = part
        ? { ...part, offset: part.offset + part.payload.length, payload: source.subarray(from, end) }
        : parse(first, source, from, end, left);
      part = left > 0 ? (packet as PublishPart) : undefined;
      weight = part ? -1 : 0;
      return packet;
    },
  };
}
