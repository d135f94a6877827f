// Makes an image of its file as the device does, by sectors; the instructions of that alone are counted.

import { crc32 } from "../../../../firmware/bytes/crc32.js";
import type { Bytes, DecoderFactory } from "../../../../firmware/update/decoder.js";

const SECTOR = 4096;
const MOST = 0x7fff_ffff;

/** A file of the bench, read as a slot is. */
const bytesIn = (name: string, length: number): Bytes => ({
  length,
  read: (count, offset) => new Uint8Array(host.input(name, offset, count)!),
});

/** Files: `file` and `base`; `sizes`: of the image, the file and the base, with commas between. */
export function unpack(decoder: DecoderFactory): void {
  const sizes = String.fromArrayBuffer(host.input("sizes", 0, MOST)!).split(",");
  const [size, length, baseLength] = sizes.map(Number) as [number, number, number];
  const base = baseLength > 0 ? { base: bytesIn("base", baseLength) } : {};
  const sector = new Uint8Array(SECTOR);
  let instructions = 0;
  let crc = 0;
  const began = host.meter();
  const made = decoder({ file: bytesIn("file", length), size, ...base });
  instructions += host.meter() - began;
  for (let at = 0; at < size; ) {
    const before = host.meter();
    const got = made.read(sector);
    instructions += host.meter() - before;
    crc = crc32(sector.subarray(0, got), crc);
    at += got;
  }
  host.print(JSON.stringify({ instructions, crc }));
  host.end();
}
