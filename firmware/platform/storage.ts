// Storage that outlives a restart: ECMA-419 key-value and flash shapes.

/**
 * Small named values (NVS on the chip). A write is atomic: after a power cut the old or the new value is there. Values
 * are copied both ways: what a caller does to its bytes afterwards changes nothing.
 */
export interface KeyValue {
  /** @param key 1–15 characters of [A-Za-z0-9._-] (the limit of NVS) */
  read(key: string): Uint8Array | undefined;
  write(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

/** Geometry of a flash partition. */
export interface FlashStatus {
  /** Bytes in all. */
  size: number;
  /** Bytes that one erase clears. */
  blockLength: number;
  /** Number of blocks. */
  blocks: number;
  /** Offset and length of each write are multiples of this many bytes (16 under flash encryption). */
  writeAlign: number;
  /** Value of a byte after an erase: 0xff. */
  eraseValue: number;
}

/** A NOR flash partition: erase sets ones, write only clears bits. */
export interface Flash {
  /** @returns `length` bytes from byte `offset` on */
  read(length: number, offset: number): Uint8Array;
  /** Programs bytes at byte `offset`; only an erased place takes any value. */
  write(bytes: Uint8Array, offset: number): void;
  /** Erases block number `block` (0 or more). */
  eraseBlock(block: number): void;
  status(): FlashStatus;
  /** `crc32` of bytes/crc32.ts, where the chip has one that is faster. */
  readonly crc32?: ((bytes: Uint8Array) => number) | undefined;
}
