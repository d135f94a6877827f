// A simulated image: what an ESP-IDF image is to the boot loader, bytes with their digest behind them (esp_image_format.h), and
// what tells how the firmware in it behaves. The code that runs is always this project's own.
//
//   0 magic · 4 length of all · 8 length of the text · 12 text: JSON of ImageContent · filler · SHA-256 of all before (32)

import { sha256 } from "@noble/hashes/sha2.js";
import { sameBytes } from "../../firmware/bytes/equal.js";
import { decodeUtf8, encodeUtf8 } from "../../firmware/bytes/utf8.js";
import type { Flash } from "../../firmware/platform/storage.js";
import type { ImageIdentity } from "../../firmware/platform/update.js";
import { Prng } from "../world/prng.js";
import type { Act } from "./acts.js";

/** What an image says of itself. */
export interface ImageContent extends ImageIdentity {
  act: Act;
  /** Milliseconds from its start after which it crashes or hangs. */
  afterMs?: number;
  /** The release keys that are built in: name and point in hex; left out: those of the board. */
  keys?: readonly { kid: string; point: string }[];
}

const MAGIC = 0x534b494d;
const TEXT_AT = 12;
const DIGEST_BYTES = 32;
/** Shortest image that is bytes enough to be fetched in pieces. */
export const IMAGE_MIN_BYTES = 1_024;

/** @param length of the whole image, IMAGE_MIN_BYTES or more @param salt of its filler: other bytes, the same behaviour */
export function imageOf(content: ImageContent, length: number, salt = ""): Uint8Array {
  const text = encodeUtf8(JSON.stringify(content));
  const image = new Uint8Array(length);
  const view = new DataView(image.buffer);
  // What follows one another is alike, as releases are.
  new Prng(`image/${content.board}/${salt}`).fill(image);
  view.setUint32(0, MAGIC);
  view.setUint32(4, length);
  view.setUint32(8, text.length);
  image.set(text, TEXT_AT);
  image.set(sha256(image.subarray(0, length - DIGEST_BYTES)), length - DIGEST_BYTES);
  return image;
}

/** Bytes of the image in a slot, which must be whole. */
export function imageBytes(slot: Pick<Flash, "read">): Uint8Array {
  const head = slot.read(TEXT_AT, 0);
  return slot.read(new DataView(head.buffer, head.byteOffset).getUint32(4), 0);
}

/** The image in a slot, if it is whole: what the boot loader would start. */
export function imageIn(slot: Pick<Flash, "read" | "status">): ImageContent | undefined {
  const { size } = slot.status();
  const head = slot.read(TEXT_AT, 0);
  const view = new DataView(head.buffer, head.byteOffset);
  const [magic, length, textLength] = [view.getUint32(0), view.getUint32(4), view.getUint32(8)];
  if (magic !== MAGIC || length > size || length < TEXT_AT + textLength + DIGEST_BYTES) return undefined;
  const image = slot.read(length, 0);
  const digest = sha256(image.subarray(0, length - DIGEST_BYTES));
  if (!sameBytes(digest, image.slice(length - DIGEST_BYTES))) return undefined;
  return JSON.parse(decodeUtf8(image.subarray(TEXT_AT, TEXT_AT + textLength))) as ImageContent;
}
