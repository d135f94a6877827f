// The flash of the chip that the stand-in for QEMU emulates: a file, whose partitions are written and erased as NOR flash is.

import { openSync, readFileSync, writeSync } from "node:fs";
import { readTable } from "../../../scripts/qemu/flash.js";

const SECTOR_BYTES = 4096;
const ERASED = 0xff;

export class ChipFlash {
  #bytes;
  #file;
  #table;

  /** @param path of a file of 4 MB */
  constructor(path) {
    this.#bytes = readFileSync(path);
    if (this.#bytes.length !== 4 * 1024 * 1024) throw new Error("the flash has a size that no chip has");
    if (this.#bytes.toString("latin1", 0, 11) !== "boot loader") throw new Error("no boot loader at 0");
    this.#file = openSync(path, "r+");
    this.#table = readTable(this.#bytes.subarray(0x8000, 0x9000));
  }

  /** A partition, as firmware/platform/storage.ts has it. */
  partition(name) {
    const { offset, size } = this.#table.find((row) => row.name === name);
    const place = (at, length) => this.#bytes.subarray(offset + at, offset + at + length);
    const save = (at, length) => writeSync(this.#file, place(at, length), 0, length, offset + at);
    return {
      status: () => ({
        ...{ size, blockLength: SECTOR_BYTES, blocks: size / SECTOR_BYTES, writeAlign: 16, eraseValue: ERASED },
      }),
      read: (length, at) => new Uint8Array(place(at, length)),
      write: (bytes, at) => {
        const there = place(at, bytes.length);
        for (const [i, byte] of bytes.entries()) there[i] &= byte;
        save(at, bytes.length);
      },
      eraseBlock: (block) => {
        place(block * SECTOR_BYTES, SECTOR_BYTES).fill(ERASED);
        save(block * SECTOR_BYTES, SECTOR_BYTES);
      },
    };
  }
}

/** The text at a place of a partition, up to what is erased. */
export function textIn(partition, at = 0) {
  const bytes = Buffer.from(partition.read(partition.status().size - at, at));
  const end = bytes.indexOf(ERASED);
  return bytes.toString("utf8", 0, end < 0 ? undefined : end);
}

/** Writes a text over a partition. */
export function writeText(partition, text) {
  for (let block = 0; block < partition.status().blocks; block++) partition.eraseBlock(block);
  partition.write(Buffer.from(text), 0);
}
