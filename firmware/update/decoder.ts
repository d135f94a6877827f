// A format's decoder as the update drives it: it pulls bytes of the file, and is pulled for bytes of the image. It does no
// IO of its own and keeps a bounded state, which is never stored: after a power cut the image is made anew from the file,
// which lies whole in flash.

/** Bytes that lie somewhere, by their place. */
export interface Bytes {
  readonly length: number;
  /** @returns a buffer of the caller's own with exactly `length` bytes from `offset` on, which lie within */
  read(length: number, offset: number): Uint8Array;
}

/** What an image is made of. */
export interface Packed {
  /** The file, whose digest has been checked. Its content is signed for, and yet any error in it must be found. */
  readonly file: Bytes;
  /** Bytes of the image that it makes. */
  readonly size: number;
  /** The image that runs, up to the length that the manifest names; of a delta only. */
  readonly base?: Bytes | undefined;
}

/** Makes an image. */
export interface ImageDecoder {
  /**
   * Fills `into` with the next bytes of the image. Takes a time in proportion to their number.
   * @returns how many there are: fewer than asked for at the image's end alone
   * @throws UpdateError `update-format` when the file is none of this format, ends early, or makes more than `size` bytes
   */
  read(into: Uint8Array): number;
}

/**
 * What the module of a format exports as `decoder`. On XS one takes 10 to 12 KB, window and tables (`npm run bench:update`).
 * @throws UpdateError `update-format`
 */
export type DecoderFactory = (packed: Packed) => ImageDecoder;
