// Key-value store as a directory of files: `simkey run --state DIR`.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { KeyValue } from "../../firmware/platform/storage.js";
import { checkKey } from "../world/key-value.js";
import { checkPrivate, privateDirectory, readPrivate, replacePrivate } from "./private-files.js";

/** The prefix keeps `.` and `..` from being directories. */
const PREFIX = "kv-";

/**
 * Values in `directory`, one file each, made if it is not there. A write is atomic. The files may hold a private key: only their
 * owner may get at them, and nothing is read or written through a link.
 */
export class FileKeyValue implements KeyValue {
  readonly #directory: string;

  /** @throws UnsafePath for a directory that is not the user's own; Node's error */
  constructor(directory: string) {
    privateDirectory(directory);
    this.#directory = directory;
    for (const name of readdirSync(directory)) if (name.startsWith(PREFIX)) checkPrivate(join(directory, name));
  }

  read(key: string): Uint8Array | undefined {
    const bytes = readPrivate(this.#path(key));
    return bytes && new Uint8Array(bytes);
  }

  write(key: string, value: Uint8Array): void {
    replacePrivate(this.#path(key), value);
  }

  delete(key: string): void {
    rmSync(this.#path(key), { force: true });
  }

  #path(key: string): string {
    checkKey(key);
    return join(this.#directory, PREFIX + key);
  }
}
