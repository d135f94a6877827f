// What a release has to know of a board: its chip, and the slots of its partition table. `npm run check:manifests` holds it
// against the manifests.

import type { BOARDS } from "../../firmware/modem/boards.js";

/** Partition tables by the name that an image bears: bytes of a slot, and of a sector of the flash. */
export const LAYOUTS = {
  "4m": { slotBytes: 0x1c_0000, sectorBytes: 4096 },
} as const;

/** By the names of firmware/modem/boards.ts: the chip as ESP-IDF names it, and the partition table. */
export const RELEASE_BOARDS: Readonly<Record<keyof typeof BOARDS, { chip: string; layout: keyof typeof LAYOUTS }>> = {
  "lilygo-t-sim7080g-s3": { chip: "esp32s3", layout: "4m" },
  "lilygo-t-sim7080g-s3-standard": { chip: "esp32s3", layout: "4m" },
  "m5stack-unit-catm": { chip: "esp32", layout: "4m" },
  "esp32-breakout": { chip: "esp32", layout: "4m" },
  "esp32c3-breakout": { chip: "esp32c3", layout: "4m" },
};
