// Makes the image of a release's file as a device will: by its own code, in a slot of its size.

import { sameBytes } from "../../firmware/bytes/equal.js";
import { UpdateError } from "../../firmware/update/error.js";
import { decoder as deflate } from "../../firmware/update/formats/deflate.js";
import { decoder as delta } from "../../firmware/update/formats/delta.js";
import type { Manifest } from "../../firmware/update/manifest.js";
import { fileOffset, overlaps, sectors } from "../../firmware/update/rules.js";
import { Unpacking } from "../../firmware/update/unpack.js";
import { NorFlash, writeAny } from "../platform/nor-flash.js";
import type { Packed } from "./release.js";

/** What a slot makes of a file: `over` where the image grows over it, so that a power cut then costs another fetch. */
export type Fit = "fits" | "over" | "too-large";

/** @throws Error for a file that makes another image */
export function rehearse(
  { format, file }: Packed,
  { image, base }: { image: Uint8Array; base?: Uint8Array | undefined },
  { slotBytes, sectorBytes }: { slotBytes: number; sectorBytes: number },
): Fit {
  if (sectors(Math.max(image.length, file.length), sectorBytes) > slotBytes) return "too-large";
  if (format === "image") return "fits";
  // What the rules and the unpacking read of a manifest.
  const manifest = {
    ...{ format, size: image.length, length: file.length },
    ...(format === "delta" && base && { base: { size: base.length } }),
  } as Manifest;
  const target = flashOf(slotBytes, sectorBytes);
  writeAny(target, file, fileOffset(manifest, slotBytes, sectorBytes));
  const running = flashOf(slotBytes, sectorBytes);
  if (base) writeAny(running, base, 0);
  try {
    const unpacking = new Unpacking(manifest, target, running, format === "delta" ? delta : deflate);
    while (!unpacking.step()) {
      // Sector by sector.
    }
  } catch (error) {
    if (error instanceof UpdateError && error.code === "update-size") return "too-large";
    throw error;
  }
  if (!sameBytes(target.read(image.length, 0), image)) throw new Error(`${format}: another image comes out`);
  return overlaps(manifest, slotBytes, sectorBytes) ? "over" : "fits";
}

const flashOf = (bytes: number, blockLength: number) => new NorFlash({ blocks: bytes / blockLength, blockLength });
