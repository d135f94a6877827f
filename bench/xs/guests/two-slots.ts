// A board with two slots. What the chip does in C takes nothing of XS's heap there, and so does nothing here: a signature holds,
// the digest is the one that is wanted.

import type { Flash } from "../../../firmware/platform/storage.js";
import type { UpdatePlatform } from "../../../firmware/platform/update.js";

/** What a slot says of itself. */
export const SLOT = { size: 1_835_008, blockLength: 4_096, blocks: 448, writeAlign: 16, eraseValue: 0xff };

export class TwoSlots implements UpdatePlatform {
  readonly running: Flash;
  readonly target: Flash;
  readonly identity = { seq: 1, version: "1.0.0", board: "esp32-breakout", chip: "esp32", layout: "4m" };

  constructor(running: Flash, target: Flash) {
    this.running = running;
    this.target = target;
  }
  /** Made when they are asked for, as the chip makes them. */
  get keys() {
    return ["release-1", "release-2"].map((kid) => ({ kid, point: new Uint8Array(65) }));
  }
  state() {
    return "valid" as const;
  }
  setBoot(): void {}
  markValid(): void {}
  markInvalid(): void {}
  verify(): boolean {
    return true;
  }
  sha256() {
    return { update: () => {}, digest: () => new Uint8Array(32) };
  }
}
