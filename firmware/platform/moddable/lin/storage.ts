// Key-value store and flash partition on platform lin: files in the directory where the runner was started; and slots in memory.

import root from "embedded:storage/files";
import { type BufferLike, bytesOf } from "../../io.js";
import type { Flash, FlashStatus, KeyValue } from "../../storage.js";
import type { KeptSlots } from "../../system.js";

/** What is used of ECMA-419's files here. */
interface File {
  read(count: number, position: number): ArrayBuffer;
  write(bytes: ArrayBuffer, position: number): void;
  flush(): void;
  close(): void;
  status(): { size: number };
}
interface Directory {
  openFile(options: { path: string; mode?: "r" | "r+" | "w+" }): File;
  delete(path: string): boolean;
  move(from: string, to: string): void;
}
const files = root as unknown as Directory;

/** What a name of NVS may be. */
const KEY = /^[A-Za-z0-9._-]{1,15}$/;
const ERASED = 0xff;

/** The bytes of a file, or undefined when it is not there. */
export function readFile(path: string): Uint8Array | undefined {
  let file: File;
  try {
    file = files.openFile({ path });
  } catch {
    return undefined;
  }
  const { size } = file.status();
  const bytes = size > 0 ? new Uint8Array(file.read(size, 0)) : new Uint8Array(0);
  file.close();
  return bytes;
}

/** Writes a file so that, whenever the power goes, the old or the new content is there. */
function writeFile(path: string, bytes: BufferLike): void {
  const file = files.openFile({ path: `${path}.new`, mode: "w+" });
  if (bytes.byteLength > 0) file.write(bytesOf(bytes).slice().buffer, 0);
  file.flush();
  file.close();
  files.move(`${path}.new`, path);
}

/** Values as files `kv-<key>`. */
export function fileKeyValue(): KeyValue {
  const pathOf = (key: string) => {
    if (!KEY.test(key)) throw new RangeError(`key "${key}": 1 to 15 of A-Z a-z 0-9 . _ -`);
    return `kv-${key}`;
  };
  return {
    read: (key) => readFile(pathOf(key)),
    write: (key, value) => writeFile(pathOf(key), value),
    delete: (key) => {
      files.delete(pathOf(key));
    },
  };
}

/** Slots that last as long as the process, as a chip's do as long as it has power. */
export function processSlots(): KeptSlots {
  const slots: (Uint8Array | undefined)[] = [undefined, undefined];
  return {
    count: slots.length,
    size: 2_048,
    read: (slot) => slots[slot],
    write: (slot, bytes) => {
      slots[slot] = bytes.length > 0 ? bytes.slice() : undefined;
    },
  };
}

/**
 * A NOR flash partition in one file: an erase sets ones, a write clears bits.
 * @param path the file; made, erased, if it is not there or has another size
 * @param geometry of the partition
 */
export function fileFlash(path: string, geometry: Pick<FlashStatus, "blockLength" | "blocks" | "writeAlign">): Flash {
  const { blockLength, blocks, writeAlign } = geometry;
  const size = blockLength * blocks;
  if (readFile(path)?.length !== size) writeFile(path, new Uint8Array(size).fill(ERASED));
  const file = files.openFile({ path, mode: "r+" });
  const read = (length: number, offset: number) => {
    if (offset < 0 || length < 0 || offset + length > size) throw new RangeError("beyond the partition");
    return length === 0 ? new Uint8Array(0) : new Uint8Array(file.read(length, offset));
  };
  const program = (bytes: Uint8Array, offset: number) => {
    file.write(bytes.slice().buffer, offset);
    file.flush();
  };
  return {
    read,
    write: (bytes, offset) => {
      if (offset % writeAlign !== 0 || bytes.length % writeAlign !== 0)
        throw new RangeError(`not aligned to ${writeAlign}`);
      const now = read(bytes.length, offset);
      program(
        now.map((byte, i) => byte & bytes[i]!),
        offset,
      );
    },
    eraseBlock: (block) => {
      if (block < 0 || block >= blocks) throw new RangeError(`no block ${block}`);
      program(new Uint8Array(blockLength).fill(ERASED), block * blockLength);
    },
    status: () => ({ size, blockLength, blocks, writeAlign, eraseValue: ERASED }),
  };
}
