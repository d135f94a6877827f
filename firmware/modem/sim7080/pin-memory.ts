// Remembers that a PIN was refused, over restarts of the chip too: three refusals lock a SIM for good, and a device that
// restarts to recover must not use them up. A try that says nothing of the configured PIN may have used one up, and counts
// as half a refusal.

import type { KeyValue } from "../../platform/storage.js";

const KEY = "pin-refused";
/** So many tries without a clear answer are taken for a refusal: one of the SIM's three is left then. */
const MAX_UNCLEAR_TRIES = 2;
/** Bytes of what is stored: digest, tries. */
const STORED_BYTES = 5;

/** The PIN that did not unlock the SIM, and how often it was tried. */
export class PinMemory {
  readonly #keyValue: KeyValue | undefined;
  #digest: number | undefined;
  #tries = 0;

  /** @param keyValue where it outlives a restart; left out: in RAM only */
  constructor(keyValue: KeyValue | undefined) {
    this.#keyValue = keyValue;
    const stored = keyValue?.read(KEY);
    if (stored?.length !== STORED_BYTES) return;
    const view = new DataView(stored.buffer, stored.byteOffset);
    this.#digest = view.getUint32(0);
    this.#tries = view.getUint8(4);
  }

  /** True for a PIN that is not to be tried any more. */
  isRefused(pin: string): boolean {
    return this.#digest === digest(pin) && this.#tries >= MAX_UNCLEAR_TRIES;
  }

  /** True for a PIN that was tried, and may have been refused. */
  isDoubted(pin: string): boolean {
    return this.#digest === digest(pin);
  }

  /** The SIM refused the PIN. */
  refuse(pin: string): void {
    this.remember(pin, MAX_UNCLEAR_TRIES);
  }

  /** The PIN was sent, and the SIM asks for it still: it may have been refused, or not have got there as it was sent. */
  doubt(pin: string): void {
    this.remember(pin, this.#digest === digest(pin) ? this.#tries + 1 : 1);
  }

  /** A SIM was unlocked, or asks for no PIN. */
  clear(): void {
    if (this.#digest === undefined) return;
    this.#digest = undefined;
    this.#tries = 0;
    this.#keyValue?.delete(KEY);
  }

  private remember(pin: string, tries: number): void {
    this.#digest = digest(pin);
    this.#tries = tries;
    const bytes = new Uint8Array(STORED_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.#digest);
    view.setUint8(4, tries);
    this.#keyValue?.write(KEY, bytes);
  }
}

/** FNV-1a, 32 bits: tells one configured PIN from another. */
function digest(pin: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < pin.length; i++) hash = Math.imul(hash ^ pin.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
