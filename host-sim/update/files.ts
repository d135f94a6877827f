// The files of a release: an image as the formats of firmware/update/formats have it.

import { constants, deflateRawSync } from "node:zlib";
import { diff } from "./diff.js";

/** What the device's window allows. */
const WINDOW_BITS = 12;

/** An image, deflated. */
export function deflated(image: Uint8Array): Uint8Array {
  return deflateRawSync(image, { level: constants.Z_BEST_COMPRESSION, memLevel: 9, windowBits: WINDOW_BITS });
}

/** A patch that makes `image` of `base`, deflated. */
export function delta(base: Uint8Array, image: Uint8Array): Uint8Array {
  return deflated(diff(base, image));
}
