import { describe, expect, test } from "@jest/globals";
import { SlotWriter } from "../../../firmware/update/slot-writer.js";
import { WornFlash } from "../../../host-sim/desk/worn-flash.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { codeOf } from "../../support/updates.js";

const SECTOR = 256;
const bytesOf = (length: number, salt = 7) => Uint8Array.from({ length }, (_, i) => (i * 31 + salt * (i >> 5)) & 0xff);

/** A slot that held another image. */
function slot(Class = NorFlash) {
  const noise = new Prng("slot");
  const flash = new Class({ blocks: 8, blockLength: SECTOR, random: () => noise.unit() });
  flash.write(new Uint8Array(8 * SECTOR).fill(0x5a), 0);
  return flash;
}

describe("a file", () => {
  test("lies in the slot as it came, whatever its pieces and its length", () => {
    for (const length of [1, 15, 16, SECTOR - 1, SECTOR, SECTOR + 1, 3 * SECTOR, 3 * SECTOR + 17]) {
      for (const piece of [1, 7, 16, 100, SECTOR, 1_000]) {
        const flash = slot();
        const file = bytesOf(length);
        const done: number[] = [];
        const writer = new SlotWriter(flash, SECTOR, length, 0, (bytes) => done.push(bytes));
        for (let at = 0; at < length; at += piece) writer.push(file.subarray(at, at + piece));
        expect(flash.read(length, SECTOR)).toEqual(file);
        const whole = Array.from({ length: Math.floor(length / SECTOR) }, (_, i) => (i + 1) * SECTOR);
        expect(done).toEqual(length % SECTOR === 0 ? whole : [...whole, length]);
        // What is beside it is as it was.
        expect(flash.read(SECTOR, 0)).toEqual(new Uint8Array(SECTOR).fill(0x5a));
      }
    }
  });

  test("that goes on behind whole sectors leaves these alone", () => {
    const flash = slot();
    const file = bytesOf(3 * SECTOR);
    new SlotWriter(flash, 0, file.length, 0, () => {}).push(file.subarray(0, SECTOR + 40));
    const wear = [...flash.wear];
    const writer = new SlotWriter(flash, 0, file.length, SECTOR, () => {});
    writer.push(file.subarray(SECTOR));
    expect(flash.read(file.length, 0)).toEqual(file);
    expect(flash.wear.slice(0, 3)).toEqual([wear[0], wear[1]! + 1, wear[2]! + 1]);
    expect(flash.overwrites).toBe(0);
  });

  test("is read back in pieces: a whole sector would be memory beside the one that is written", () => {
    const noise = new Prng("slot");
    const flash = new NorFlash({ blocks: 2, blockLength: 4_096, random: () => noise.unit() });
    const lengths: number[] = [];
    const watched = {
      read: (length: number, offset: number) => {
        lengths.push(length);
        return flash.read(length, offset);
      },
      write: flash.write.bind(flash),
      eraseBlock: flash.eraseBlock.bind(flash),
      status: flash.status.bind(flash),
    };
    new SlotWriter(watched, 0, 4_096, 0, () => {}).push(bytesOf(4_096));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(512);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(4_096);
    expect(flash.read(4_096, 0)).toEqual(bytesOf(4_096));
  });

  test("that does not end where it should is refused", () => {
    const writer = new SlotWriter(slot(), 0, 20, 0, () => {});
    expect(codeOf(() => writer.push(bytesOf(21)))).toBe("update-changed");
  });

  test("in a sector that is worn out is refused at once", () => {
    const flash = slot(WornFlash) as WornFlash;
    flash.wearOut(1);
    const writer = new SlotWriter(flash, 0, 3 * SECTOR, 0, () => {});
    expect(codeOf(() => writer.push(bytesOf(SECTOR)))).toBe("done");
    expect(codeOf(() => writer.push(bytesOf(SECTOR, 3).fill(0xff, 0, 1)))).toBe("update-flash");
  });

  test.each([0, 511, 512, 4_095])("is refused for byte %i of a sector that is not kept", (bad) => {
    const flash = new NorFlash({ blocks: 2, blockLength: 4_096 });
    const broken = {
      read: (length: number, offset: number) => {
        const bytes = flash.read(length, offset).slice();
        if (bad >= offset && bad < offset + length) bytes[bad - offset]! ^= 1;
        return bytes;
      },
      write: flash.write.bind(flash),
      eraseBlock: flash.eraseBlock.bind(flash),
      status: flash.status.bind(flash),
    };
    const writer = new SlotWriter(broken, 0, 4_096, 0, () => {});
    expect(codeOf(() => writer.push(bytesOf(4_096)))).toBe("update-flash");
  });
});
