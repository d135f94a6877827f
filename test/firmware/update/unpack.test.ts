import { describe, expect, test } from "@jest/globals";
import type { DecoderFactory } from "../../../firmware/update/decoder.js";
import type { Manifest } from "../../../firmware/update/manifest.js";
import { fileOffset } from "../../../firmware/update/rules.js";
import { Unpacking } from "../../../firmware/update/unpack.js";
import { NorFlash, writeAny } from "../../../host-sim/platform/nor-flash.js";
import { codeOf } from "../../support/updates.js";

/** Each byte of the file is so many times the same byte of the image. */
const repeated =
  (times: number): DecoderFactory =>
  ({ file, base }) => {
    let at = 0;
    const end = file.length * times;
    return {
      read: (into) => {
        const count = Math.min(into.length, end - at);
        for (let i = 0; i < count; i++, at++) {
          into[i] = file.read(1, Math.floor(at / times))[0]! ^ (base?.read(1, at % base.length)[0] ?? 0);
        }
        return count;
      },
    };
  };

const FILE = Uint8Array.from({ length: 100 }, (_, i) => i);
const image = Uint8Array.from({ length: 900 }, (_, i) => Math.floor(i / 9));

function unpack(size: number, decoder: DecoderFactory, base?: Uint8Array) {
  const target = new NorFlash({ blocks: 6, blockLength: 256 });
  const running = new NorFlash({ blocks: 1, blockLength: 256 });
  running.write(base ?? new Uint8Array(16), 0);
  const manifest = {
    ...{ format: base ? "delta" : "deflate", size, length: FILE.length },
    ...(base && { base: { size: base.length } }),
  } as Manifest;
  writeAny(target, FILE, fileOffset(manifest, 1_536, 256));
  const unpacking = new Unpacking(manifest, target, running, decoder);
  let steps = 1;
  while (!unpacking.step()) steps++;
  return { made: target.read(size, 0), steps };
}

describe("an image", () => {
  test("is made of the file in the slot's tail, a sector at a time", () => {
    expect(unpack(900, repeated(9))).toEqual({ made: image, steps: 4 });
  });

  test("is made of the running one where the file is a delta", () => {
    const base = new Uint8Array(16).fill(1);
    expect(unpack(900, repeated(9), base).made).toEqual(image.map((byte) => byte ^ 1));
  });

  test("is refused when its file makes more or less of it", () => {
    expect(codeOf(() => unpack(901, repeated(9)))).toBe("update-format");
    expect(codeOf(() => unpack(899, repeated(9)))).toBe("update-format");
    expect(codeOf(() => unpack(768, repeated(9)))).toBe("update-format");
  });

  test("grows over what of its file has been read", () => {
    // Six sectors of the slot, the file in the last one: five of the image lie before it, the sixth over it.
    expect(unpack(1_400, repeated(14)).made).toEqual(Uint8Array.from({ length: 1_400 }, (_, i) => Math.floor(i / 14)));
  });

  test("never grows over what has not", () => {
    // All but the last byte of the file is read at once, and that one at the end.
    const late: DecoderFactory = ({ file, size }) => {
      let made = 0;
      file.read(99, 0);
      return {
        read: (into) => {
          const count = Math.min(into.length, size - made);
          made += count;
          if (made === size && count === 0) file.read(1, 99);
          return count;
        },
      };
    };
    expect(codeOf(() => unpack(1_280, late))).toBe("done");
    expect(codeOf(() => unpack(1_281, late))).toBe("update-size");
  });
});
