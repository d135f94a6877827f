// The format `deflate`: the image, deflated.

import type { DecoderFactory, ImageDecoder } from "../decoder.js";
import { wrongSize } from "./damaged.js";
import { Inflater } from "./inflate.js";

export const decoder: DecoderFactory = ({ file, size }): ImageDecoder => new Whole(new Inflater(file), size);

/** Reads to the very end with the image's last byte, so that nothing behind it is passed over. */
class Whole implements ImageDecoder {
  readonly #inflater: Inflater;
  #left: number;

  constructor(inflater: Inflater, size: number) {
    this.#inflater = inflater;
    this.#left = size;
  }
  read(into: Uint8Array): number {
    const length = Math.min(into.length, this.#left);
    if (this.#inflater.read(into.subarray(0, length)) < length) throw wrongSize();
    this.#left -= length;
    if (this.#left === 0 && length > 0 && this.#inflater.read(new Uint8Array(1)) > 0) throw wrongSize();
    return length;
  }
}
