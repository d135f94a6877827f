// Small named values in memory: what NVS is to the chip, for a device that forgets with its process.

import type { KeyValue } from "../../firmware/platform/storage.js";

const KEY = /^[A-Za-z0-9._-]{1,15}$/;

/** @throws RangeError for a key that NVS would not take */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw new RangeError("a key has 1-15 characters of A-Z a-z 0-9 . _ -");
}

/** Key-value store that lasts as long as the object. */
export class MemoryKeyValue implements KeyValue {
  readonly #values = new Map<string, Uint8Array>();

  read(key: string): Uint8Array | undefined {
    checkKey(key);
    return this.#values.get(key)?.slice();
  }

  write(key: string, value: Uint8Array): void {
    checkKey(key);
    this.#values.set(key, value.slice());
  }

  delete(key: string): void {
    checkKey(key);
    this.#values.delete(key);
  }
}
