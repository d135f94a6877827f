// What an image for a chip says of itself (ESP-IDF v6.0: esp_app_format.h), and what its build says of its release.

import { RELEASE_MARK } from "../../firmware/update/build.js";

/** First byte of an image, and where the chip's number stands (esp_image_header_t). */
const MAGIC = 0xe9;
const CHIP_AT = 12;
const HEAD_BYTES = 24;

/** Chips by their number (esp_chip_id_t), as ESP-IDF names them. */
const CHIPS = new Map([
  [0x0000, "esp32"],
  [0x0002, "esp32s2"],
  [0x0005, "esp32c3"],
  [0x0009, "esp32s3"],
  [0x000c, "esp32c2"],
  [0x000d, "esp32c6"],
  [0x0010, "esp32h2"],
  [0x0012, "esp32p4"],
]);

/** The chip that an image is for; undefined for bytes that are no image of an ESP32, and for a chip that is not known here. */
export function chipOf(image: Uint8Array): string | undefined {
  if (image.length < HEAD_BYTES || image[0] !== MAGIC) return undefined;
  return CHIPS.get(image[CHIP_AT]! | (image[CHIP_AT + 1]! << 8));
}

/** What the build calls its release (firmware/update/build.ts). */
export interface ReleaseMark {
  seq: number;
  version: string;
}

/** The release that an image says it is; undefined when it says none. @throws RangeError for one that says two */
export function releaseMarkIn(image: Uint8Array): ReleaseMark | undefined {
  const marks = new RegExp(`${RELEASE_MARK} ([0-9]{1,10}) ([!-~]{1,32})(?![!-~])`, "g");
  const found = new Map(
    [...Buffer.from(image).toString("latin1").matchAll(marks)].map(([mark, seq, version]) => [
      mark,
      { seq: Number(seq), version: version! },
    ]),
  );
  if (found.size > 1) throw new RangeError(`it says that it is two releases: ${[...found.keys()].join(", ")}`);
  return [...found.values()][0];
}
