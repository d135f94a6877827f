// Listens at the flash: which bytes were written, which blocks erased.

import type { Flash } from "../../firmware/platform/storage.js";

/** Whoever hears it. */
export interface FlashListener {
  /** Work on the flash that was done: a write's offset and length, an erased block's. */
  flash?: (what: "write" | "erase", offset: number, bytes: number) => void;
}

/** The same flash, where somebody hears it: its work is told once it is done, and what the power cut short is not. */
export function heardFlash(flash: Flash, watcher: FlashListener): Flash {
  if (watcher.flash === undefined) return flash;
  return {
    read: (length, offset) => flash.read(length, offset),
    write: (bytes, offset) => {
      flash.write(bytes, offset);
      watcher.flash?.("write", offset, bytes.length);
    },
    eraseBlock: (block) => {
      flash.eraseBlock(block);
      const { blockLength } = flash.status();
      watcher.flash?.("erase", block * blockLength, blockLength);
    },
    status: () => flash.status(),
  };
}
