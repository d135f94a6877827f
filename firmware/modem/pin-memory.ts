// Remembers that a PIN was refused, over restarts of the chip too: three refusals lock a SIM for good, and a device that
// restarts to recover must not use them up.

import type { KeyValue } from "../platform/storage.js";

const KEY = "pin-refused";

/** The PIN that was refused last. */
export class PinMemory {
  readonly #keyValue: KeyValue | undefined;
  #refused: number | undefined;

  /** @param keyValue where it outlives a restart; left out: in RAM only */
  constructor(keyValue: KeyValue | undefined) {
    this.#keyValue = keyValue;
    const stored = keyValue?.read(KEY);
    if (stored?.length === 4) this.#refused = new DataView(stored.buffer, stored.byteOffset, 4).getUint32(0);
  }

  /** True for the PIN that was refused last. */
  isRefused(pin: string): boolean {
    return this.#refused === digest(pin);
  }

  refuse(pin: string): void {
    this.#refused = digest(pin);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.#refused);
    this.#keyValue?.write(KEY, bytes);
  }

  /** A SIM was unlocked, or asks for no PIN. */
  clear(): void {
    if (this.#refused === undefined) return;
    this.#refused = undefined;
    this.#keyValue?.delete(KEY);
  }
}

/** FNV-1a, 32 bits: tells one configured PIN from another. */
function digest(pin: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < pin.length; i++) hash = Math.imul(hash ^ pin.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
