// Key-value store in NVS and the outbox's flash partition, over the SDK's ECMA-419 storage classes.

import SdkFlash from "embedded:storage/flash";
import SdkKeyValue from "embedded:storage/key-value";
import type { Flash, KeyValue } from "../../storage.js";

/** NVS namespace of this firmware. */
const NAMESPACE = "simkey";

/** Values in NVS, which writes each so that a power cut leaves the old or the new. */
export function nvsKeyValue(): KeyValue {
  const store = SdkKeyValue.open({ path: NAMESPACE, format: "buffer" });
  return {
    read: (key) => {
      const bytes = store.read(key) as ArrayBuffer | undefined;
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    },
    write: (key, value) => store.write(key, value.slice().buffer),
    delete: (key) => store.delete(key),
  };
}

/**
 * A partition of the flash chip.
 * @param label its name in the partition table
 * @returns undefined when the table has none of that name
 */
export function flashPartition(label: string): Flash | undefined {
  let partition: ReturnType<typeof SdkFlash.open>;
  try {
    partition = SdkFlash.open({ path: label });
  } catch {
    return undefined;
  }
  return {
    read: (length, offset) => new Uint8Array(partition.read(length, offset)),
    write: (bytes, offset) => partition.write(bytes.slice().buffer, offset),
    eraseBlock: (block) => partition.eraseBlock(block),
    status: () => partition.status(),
  };
}
