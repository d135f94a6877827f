// The simulated NOR flash is as harsh as a real one.

import { describe, expect, test } from "@jest/globals";
import { ERASE_STEPS, NorFlash, PowerCut } from "../../../host-sim/platform/nor-flash.js";

const small = (random = () => 0.5) => new NorFlash({ blocks: 3, blockLength: 64, writeAlign: 4, random });

describe("NOR flash", () => {
  test("is erased at first, and a write only clears bits", () => {
    const flash = small();
    expect([...flash.read(4, 60)]).toEqual([255, 255, 255, 255]);
    flash.write(Uint8Array.of(0x0f, 0xf0, 0xff, 0x00), 4);
    flash.write(Uint8Array.of(0xf1, 0xff, 0x12, 0xff), 4);
    expect([...flash.read(4, 4)]).toEqual([0x01, 0xf0, 0x12, 0x00]);
    expect(flash.overwrites).toBe(1);
  });

  test("an erase sets the ones of one block, and wears it", () => {
    const flash = small();
    for (const offset of [0, 64, 128]) flash.write(new Uint8Array(4), offset);
    flash.eraseBlock(1);
    expect([0, 64, 128].map((offset) => flash.read(1, offset)[0])).toEqual([0, 255, 0]);
    expect(flash.wear).toEqual([0, 1, 0]);
  });

  test("refuses what is not aligned, and what lies outside", () => {
    const flash = small();
    expect(() => flash.write(new Uint8Array(3), 0)).toThrow(RangeError);
    expect(() => flash.write(new Uint8Array(4), 2)).toThrow(RangeError);
    expect(() => flash.write(new Uint8Array(4), 192)).toThrow(RangeError);
    expect(() => flash.read(1, -1)).toThrow(RangeError);
    expect(() => flash.eraseBlock(3)).toThrow(RangeError);
    expect(flash.status()).toEqual({ size: 192, blockLength: 64, blocks: 3, writeAlign: 4, eraseValue: 255 });
  });

  test("a power cut in a write leaves the bytes before, and some bits of one byte", () => {
    const flash = small(() => 0xa5 / 256);
    flash.cutAfter(5);
    flash.write(Uint8Array.of(1, 2, 3, 4), 0);
    expect(() => flash.write(Uint8Array.of(5, 6, 7, 8), 4)).toThrow(PowerCut);
    expect(flash.on).toBe(false);
    for (const use of [() => flash.read(1, 0), () => flash.write(new Uint8Array(4), 0), () => flash.eraseBlock(0)]) {
      expect(use).toThrow(PowerCut);
    }
    flash.powerOn();
    expect([...flash.read(8, 0)]).toEqual([1, 2, 3, 4, 5, 6 | 0xa5, 255, 255]);
  });

  test("a power cut in an erase leaves any bits behind, and none that rose falls again", () => {
    let seed = 7;
    const flash = small(() => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    });
    const before = Uint8Array.from({ length: 64 }, (_, i) => i * 3);
    flash.write(before, 0);
    flash.cutAfter(ERASE_STEPS - 1);
    expect(() => flash.eraseBlock(0)).toThrow(PowerCut);
    flash.powerOn();
    const after = flash.read(64, 0);
    expect(after.every((byte, i) => (byte & before[i]!) === before[i])).toBe(true);
    expect(after).not.toEqual(before);
    expect(after.every((byte) => byte === 255)).toBe(false);
    flash.eraseBlock(0);
    expect(flash.read(64, 0).every((byte) => byte === 255)).toBe(true);
  });

  test("a block that was erased too often leaves bits behind, more with each erase", () => {
    let next = 0;
    const flash = new NorFlash({ blocks: 3, blockLength: 64, endurance: 2, random: () => ++next / 100 });
    const stuck = () => [...flash.read(192, 0)].filter((byte) => byte !== 0xff).length;
    const seen = Array.from({ length: 5 }, () => {
      flash.eraseBlock(1);
      return stuck();
    });
    expect(seen.slice(0, 3)).toEqual([0, 0, 1]);
    expect(seen[4]).toBeGreaterThan(1);
    expect([...flash.read(64, 0), ...flash.read(64, 128)].every((byte) => byte === 0xff)).toBe(true);
  });

  test("damage clears bits without a write", () => {
    const flash = small();
    flash.damage(3, 0x81);
    expect([...flash.read(2, 3)]).toEqual([0x7e, 255]);
  });
});
