// Key-value store in NVS and the outbox's flash partition, over the SDK's ECMA-419 storage classes.

import SdkFlash from "embedded:storage/flash";
import SdkKeyValue from "embedded:storage/key-value";
import { Failure } from "../../failure.js";
import type { Flash, FlashStatus, KeyValue } from "../../storage.js";
import { romCrc32 } from "./system.js";

/** NVS namespace of this firmware. */
const NAMESPACE = "simkey";

/** What the SDK does not tell of the chip's flash: its erased bytes, and the alignment that flash encryption wants. */
const NOR = { writeAlign: 16, eraseValue: 0xff };

/**
 * Values in NVS, which writes each so that a power cut leaves the old or the new.
 * @param onUnreadable told once of each key whose value cannot be read, which counts as none: one that somebody
 * provisioned as a string
 *   or a number, or flash that is broken
 */
export function nvsKeyValue(onUnreadable: (key: string, error: unknown) => void = () => {}): KeyValue {
  return new Nvs(onUnreadable);
}

class Nvs implements KeyValue {
  readonly #store = opened();
  readonly #onUnreadable: (key: string, error: unknown) => void;
  readonly #told = new Set<string>();

  constructor(onUnreadable: (key: string, error: unknown) => void) {
    this.#onUnreadable = onUnreadable;
  }

  read(key: string): Uint8Array | undefined {
    try {
      const bytes = this.#store?.read(key) as ArrayBuffer | undefined;
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    } catch (error) {
      if (!this.#told.has(key)) this.#onUnreadable(key, error);
      this.#told.add(key);
      return undefined;
    }
  }
  write(key: string, value: Uint8Array): void {
    if (this.#store === undefined) throw new Failure("no-store", "NVS cannot be opened: nothing is kept", "give-up");
    const bytes = bufferOf(value);
    try {
      this.#store.write(key, bytes);
    } catch {
      // A value of another type may be in the way.
      this.#store.delete(key);
      this.#store.write(key, bytes);
    }
  }
  delete(key: string): void {
    this.#store?.delete(key);
  }
}

/** Undefined where NVS is broken: a device that can keep nothing must start all the same, and be heard on its console. */
function opened() {
  try {
    return SdkKeyValue.open({ path: NAMESPACE, format: "buffer" });
  } catch {
    return undefined;
  }
}

/**
 * A partition of the flash chip.
 * @param label its name in the partition table
 * @returns undefined when the table has none of that name
 */
export function flashPartition(label: string): Flash | undefined {
  try {
    return new Partition(SdkFlash.open({ path: label }));
  } catch {
    return undefined;
  }
}

class Partition implements Flash {
  readonly #partition: ReturnType<typeof SdkFlash.open>;

  constructor(partition: ReturnType<typeof SdkFlash.open>) {
    this.#partition = partition;
  }
  read(length: number, offset: number): Uint8Array {
    return new Uint8Array(this.#partition.read(length, offset));
  }
  write(bytes: Uint8Array, offset: number): void {
    unlessRefused(() => this.#partition.write(bufferOf(bytes), offset));
  }
  eraseBlock(block: number): void {
    unlessRefused(() => this.#partition.eraseBlock(block));
  }
  status(): FlashStatus {
    return { ...this.#partition.status(), ...NOR };
  }
  get crc32(): (bytes: Uint8Array) => number {
    return romCrc32;
  }
}

/** What the chip refuses is not kept either: the owner sees it when he reads it back, as with a cell that is worn out. */
function unlessRefused(work: () => void): void {
  try {
    work();
  } catch {
    // The SDK tells no more than that it failed.
  }
}

/** The SDK takes whole buffers only: that of `bytes` where it has no more, else a copy. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes;
  return (buffer.byteLength === byteLength ? buffer : bytes.slice().buffer) as ArrayBuffer;
}
