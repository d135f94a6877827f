// A chip's own CRC-32, where its partition has one: what is written with it is read without, and the other way round.

import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import type { Flash } from "../../../firmware/platform/storage.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";

const TOPIC = "device-1/telemetry";
const GEOMETRY = { blocks: 4, blockLength: 512 };

/** A partition whose chip makes CRCs, as zlib does, and counts them. */
class WithCrc extends NorFlash {
  made = 0;
  readonly crc32 = (bytes: Uint8Array): number => {
    this.made++;
    return crc32(bytes);
  };
}

/** The same flash, on a chip that makes none. */
const without = (flash: NorFlash): Flash => ({
  read: (length, offset) => flash.read(length, offset),
  write: (bytes, offset) => flash.write(bytes, offset),
  eraseBlock: (block) => flash.eraseBlock(block),
  status: () => flash.status(),
});

const payloads = (outbox: Outbox): string[] => {
  const found = [];
  for (let record = outbox.next(0); record; record = outbox.next(record.sequence))
    found.push(Buffer.from(record.payload).toString());
  return found;
};

test("an outbox that a chip's CRC-32 was used for is read without it, and goes on with it", () => {
  const flash = new WithCrc(GEOMETRY);
  const first = new Outbox(flash);
  for (let i = 1; i <= 20; i++) first.append(TOPIC, Buffer.from(`record ${i}`));
  first.delivered(first.next(0)!.sequence);
  expect(flash.made).toBeGreaterThan(20);
  const waiting = payloads(first);
  const { made } = flash;
  const plain = new Outbox(without(flash));
  expect(payloads(plain)).toEqual(waiting);
  plain.append(TOPIC, Buffer.from("written without"));
  expect(flash.made).toBe(made);
  expect(payloads(new Outbox(flash)).at(-1)).toBe("written without");
});
