// Key-value store as a directory of files: `simkey run --state DIR`.

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { KeyValue } from "../../firmware/platform/storage.js";
import { checkKey } from "../world/key-value.js";

/**
 * Values in `directory`, one file each, made if it is not there. A write is atomic: it goes to a second file, which then
 * takes the first one's name. The files may hold a private key, so only their owner may read them.
 */
export class FileKeyValue implements KeyValue {
  readonly #directory: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
  }

  read(key: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.#path(key)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  write(key: string, value: Uint8Array): void {
    const path = this.#path(key);
    const file = openSync(`${path}.new`, "w", 0o600);
    try {
      for (let at = 0; at < value.length; ) at += writeSync(file, value, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
  }

  delete(key: string): void {
    rmSync(this.#path(key), { force: true });
  }

  /** The prefix keeps `.` and `..` from being directories. */
  #path(key: string): string {
    checkKey(key);
    return join(this.#directory, `kv-${key}`);
  }
}
