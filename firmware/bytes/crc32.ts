// CRC-32 as in Ethernet, zip and PNG (polynomial 0xEDB88320 reflected), by bytes. The table lies in flash.

const POLYNOMIAL = 0xedb88320;

/** What a byte makes of a CRC of 0, as signed words: XS computes with those fastest. */
const TABLE: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc | 0;
});

/**
 * CRC-32 of bytes.
 * @param before the CRC of the bytes that came before, to go on with; 0 at the beginning
 * @returns 0 to 2^32 - 1
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  const { length } = bytes;
  for (let i = 0; i < length; i++) {
    crc = TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
