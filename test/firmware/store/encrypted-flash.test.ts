// The outbox on a partition that ESP-IDF's flash encryption covers: what is written comes back, and what is erased reads as
// noise, since it is deciphered all the same (ESP-IDF Programming Guide, Flash Encryption, "Reading from Encrypted Flash").

import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Flash } from "../../../firmware/platform/storage.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";

const UNIT = 16;

/** Enciphers each 16 bytes by their place, as the chip does; a wrong alignment is refused by NorFlash. */
class EncryptedFlash implements Flash {
  readonly chip: NorFlash;

  constructor(blocks: number) {
    this.chip = new NorFlash({ blocks, blockLength: 4096, writeAlign: UNIT });
  }
  read(length: number, offset: number): Uint8Array {
    return this.ciphered(this.chip.read(length, offset), offset);
  }
  write(bytes: Uint8Array, offset: number): void {
    this.chip.write(this.ciphered(bytes, offset), offset);
  }
  eraseBlock(block: number): void {
    this.chip.eraseBlock(block);
  }
  status() {
    return this.chip.status();
  }

  private ciphered(bytes: Uint8Array, offset: number): Uint8Array {
    return bytes.map((byte, i) => {
      const at = offset + i;
      const unit = createHash("sha256")
        .update(`key ${at - (at % UNIT)}`)
        .digest();
      return byte ^ unit[at % UNIT]!;
    });
  }
}

const waiting = (outbox: Outbox): number[] => {
  const numbers: number[] = [];
  for (let record = outbox.next(0); record; record = outbox.next(record.sequence)) numbers.push(record.sequence);
  return numbers;
};

describe("an outbox under flash encryption", () => {
  test("keeps its records over restarts, and writes nothing twice", () => {
    const flash = new EncryptedFlash(8);
    const expected: number[] = [];
    for (let life = 0; life < 12; life++) {
      const outbox = new Outbox(flash);
      expect(waiting(outbox)).toEqual(expected);
      for (let i = 0; i < 5; i++) expected.push(outbox.append("a/telemetry", Buffer.from(`{"life":${life}}`)));
      for (let i = 0; i < 4; i++) outbox.delivered(expected.shift()!);
    }
    expect(new Outbox(flash).dropped).toBe(0);
    expect(flash.chip.overwrites).toBe(0);
  });

  test("does not find the free rest of a block again: each start begins a new one", () => {
    const flash = new EncryptedFlash(8);
    new Outbox(flash).append("a/telemetry", Uint8Array.of(1));
    const before = flash.chip.wear.reduce((sum, erases) => sum + erases, 0);
    for (let life = 0; life < 16; life++) new Outbox(flash).append("a/telemetry", Uint8Array.of(1));
    expect(flash.chip.wear.reduce((sum, erases) => sum + erases, 0) - before).toBe(16);
  });
});
