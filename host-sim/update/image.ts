// What an image for a chip says of itself at its begin (ESP-IDF v6.0: esp_app_format.h, esp_app_desc.h).

/** First byte of an image, and where the chip's number stands. */
const MAGIC = 0xe9;
const CHIP_AT = 12;
const HEAD = 24;
/** The description of the app: behind the heads of the image and of its first segment. */
const DESCRIPTION_AT = 32;
const DESCRIPTION_MAGIC = 0xabcd_5432;
const VERSION_AT = DESCRIPTION_AT + 16;
const VERSION_BYTES = 32;
/** The number that anti-rollback compares with the chip's fuses. */
const SECURE_VERSION_AT = DESCRIPTION_AT + 4;

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

export interface ImageFacts {
  /** Undefined for one that is not known here. */
  chip: string | undefined;
  /** What the build called itself; empty where there is no description. */
  version: string;
  secureVersion: number;
}

/** @returns undefined for bytes that are no image of an ESP32 */
export function imageFacts(image: Uint8Array): ImageFacts | undefined {
  if (image.length < HEAD || image[0] !== MAGIC) return undefined;
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const chip = CHIPS.get(view.getUint16(CHIP_AT, true));
  const isDescribed =
    image.length >= VERSION_AT + VERSION_BYTES && view.getUint32(DESCRIPTION_AT, true) === DESCRIPTION_MAGIC;
  if (!isDescribed) return { chip, version: "", secureVersion: 0 };
  const text = Buffer.from(image.subarray(VERSION_AT, VERSION_AT + VERSION_BYTES)).toString("latin1");
  return { chip, version: text.split("\0", 1)[0]!, secureVersion: view.getUint32(SECURE_VERSION_AT, true) };
}
