import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { FileFlash } from "../../../host-sim/platform/file-flash.js";

const GEOMETRY = { blocks: 3, blockLength: 64, writeAlign: 4 };
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "simkey-"));
  path = join(directory, "outbox.flash");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("a flash partition in a file", () => {
  test("begins erased, for its owner alone", () => {
    const flash = new FileFlash(path, GEOMETRY);
    expect(flash.status()).toEqual({ size: 192, blockLength: 64, blocks: 3, writeAlign: 4, eraseValue: 0xff });
    expect(flash.read(192, 0).every((byte) => byte === 0xff)).toBe(true);
    expect(statSync(path)).toMatchObject({ size: 192 });
    expect(statSync(path).mode & 0o077).toBe(0);
    flash.close();
  });

  test("keeps over a restart what was written and erased, bit by bit", () => {
    const before = new FileFlash(path, GEOMETRY);
    before.write(Uint8Array.of(0xf0, 1, 2, 3), 64);
    before.write(Uint8Array.of(0x3c, 0xff, 0xff, 0xff), 64);
    before.write(Uint8Array.of(4, 5, 6, 7), 128);
    before.eraseBlock(2);
    // Not closed: as after a kill.
    const after = new FileFlash(path, GEOMETRY);
    expect(after.read(4, 64)).toEqual(Uint8Array.of(0x30, 1, 2, 3));
    expect(after.read(64, 128).every((byte) => byte === 0xff)).toBe(true);
    before.close();
    after.close();
  });

  test("refuses what the flash would refuse, and leaves the file alone then", () => {
    const flash = new FileFlash(path, GEOMETRY);
    expect(() => flash.write(Uint8Array.of(1), 1)).toThrow(RangeError);
    expect(() => flash.write(new Uint8Array(8), 188)).toThrow(RangeError);
    expect(() => flash.eraseBlock(3)).toThrow(RangeError);
    flash.close();
    expect(new FileFlash(path, GEOMETRY).read(192, 0).every((byte) => byte === 0xff)).toBe(true);
  });

  test("refuses a file of another size", () => {
    new FileFlash(path, GEOMETRY).close();
    truncateSync(path, 100);
    expect(() => new FileFlash(path, GEOMETRY)).toThrow(/has 100 bytes where a partition of 192/);
  });
});
