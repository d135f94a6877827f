import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Bytes, DecoderFactory } from "../../../firmware/update/decoder.js";
import { UpdateError } from "../../../firmware/update/error.js";
import { decoder as deflate } from "../../../firmware/update/formats/deflate.js";
import { decoder as delta, PATCH_MAGIC } from "../../../firmware/update/formats/delta.js";
import { FORMATS } from "../../../firmware/update/formats.js";
import { deflated, delta as deltaOf } from "../../../host-sim/update/files.js";
import { sampleImage } from "../../../host-sim/update/sample-image.js";

/** Bytes that refuse to be read beyond their bounds. */
function bytesOf(bytes: Uint8Array): Bytes {
  const { length } = bytes;
  return {
    length,
    read: (count, offset) => {
      if (count <= 0 || offset < 0 || offset + count > length)
        throw new Error(`${count} bytes at ${offset} of ${length}`);
      return bytes.slice(offset, offset + count);
    },
  };
}

/** The image that a file makes, asked for by `step` bytes. */
function unpack(decoder: DecoderFactory, file: Uint8Array, size: number, base?: Uint8Array, step = 4096): Uint8Array {
  const made = decoder({ file: bytesOf(file), size, ...(base && { base: bytesOf(base) }) });
  const image = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const into = new Uint8Array(step);
    const got = made.read(into);
    expect(got).toBe(Math.min(step, size - at));
    image.set(into.subarray(0, got), at);
    at += got;
  }
  expect(made.read(new Uint8Array(1))).toBe(0);
  return image;
}

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UpdateError);
    expect((error as UpdateError).code).toBe("update-format");
    return (error as UpdateError).message;
  }
  return "none";
};

const anyImage = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
  fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 1, maxLength: 9_000 }).map((bytes) => Uint8Array.from(bytes)),
  fc.integer({ min: 1, max: 1_000 }).map((seed) => sampleImage(seed, 5_000)),
);

test("an image's formats are those that have a decoder", async () => {
  for (const load of Object.values(FORMATS)) expect(typeof (await load()).decoder).toBe("function");
});

describe("deflate", () => {
  test("what zlib packs with a window of 12 bits comes out whole, however it is asked for", () => {
    fc.assert(
      fc.property(
        anyImage,
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 5_000 }),
        (image, level, step) => {
          const file = deflateRawSync(image, { level, windowBits: 12 });
          expect(Buffer.compare(unpack(deflate, file, image.length, undefined, step), image)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each([
    ["fixed codes", { strategy: 4 }],
    ["literals alone", { strategy: 2 }],
    ["runs", { strategy: 3 }],
    ["many small blocks", { memLevel: 1 }],
  ])("%s come out whole", (_what, options) => {
    const image = sampleImage(5, 60_000);
    const file = deflateRawSync(image, { windowBits: 12, ...options });
    expect(Buffer.compare(unpack(deflate, file, image.length), image)).toBe(0);
  });

  test("of a file that was changed it makes what zlib makes of it, or nothing", () => {
    let [same, refused] = [0, 0];
    fc.assert(
      fc.property(
        anyImage,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
        (image, changes) => {
          const file = Uint8Array.from(deflated(image));
          for (const [at, byte] of changes) file[at % file.length] = byte;
          let right: Buffer | undefined;
          try {
            const { buffer, engine } = inflateRawSync(file, { info: true }) as unknown as {
              buffer: Buffer;
              engine: { bytesWritten: number };
            };
            // What stands behind the end zlib leaves alone.
            if (engine.bytesWritten === file.length) right = buffer;
          } catch {
            // Refused.
          }
          const size = right?.length ?? image.length;
          if (size === 0) return;
          let made: Uint8Array | undefined;
          const why = refusal(() => {
            made = unpack(deflate, file, size);
          });
          if (made !== undefined) {
            same++;
            expect(right && Buffer.compare(made, right)).toBe(0);
          } else if (right !== undefined) {
            // zlib's window is the whole output when it is given at once.
            expect(why).toContain("out of the window");
          } else refused++;
        },
      ),
      { numRuns: 400 },
    );
    expect(same).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(100);
  });

  const image = sampleImage(3, 20_000);
  const file = deflated(image);
  test("a file that is cut off at any byte is refused", () => {
    for (let length = 0; length < file.length; length += length < 200 ? 1 : 97) {
      expect(refusal(() => unpack(deflate, file.subarray(0, length), image.length))).toMatch(/cut off|longer|as long/);
    }
  });

  test.each([
    ["bytes behind the end", Buffer.concat([file, Buffer.of(0)]), image.length, /behind its end/],
    ["an image that is shorter", file, image.length + 1, /as long/],
    ["an image that is longer", file, image.length - 1, /as long/],
    ["a million zeros for a kilobyte", deflateRawSync(Buffer.alloc(1 << 20)), 1_024, /as long/],
    ["a distance out of the window", far(), 8_200, /out of the window/],
    ["a distance before the begin", Buffer.from("4b04a2", "hex"), 200, /./],
    ["a block of no known type", Buffer.of(7), 10, /no known type/],
    ["a stored block whose lengths disagree", Buffer.of(1, 1, 0, 1, 0, 9), 1, /disagree/],
    ["an empty file", Buffer.alloc(0), 1, /cut off/],
  ])("%s: refused", (_what, bytes, size, message) => {
    expect(refusal(() => unpack(deflate, bytes, size))).toMatch(message);
  });

  /** A match 8,000 bytes back, which needs a larger window. */
  function far(): Uint8Array {
    const begin = sampleImage(9, 8_000);
    const noise = Uint8Array.from({ length: 200 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
    return deflateRawSync(Buffer.concat([noise, begin.subarray(200), noise]), { windowBits: 15, level: 9 });
  }
});

describe("delta", () => {
  test("a patch of two images makes the second of the first", () => {
    fc.assert(
      fc.property(anyImage, anyImage, fc.integer({ min: 1, max: 5_000 }), (base, image, step) => {
        expect(Buffer.compare(unpack(delta, deltaOf(base, image), image.length, base, step), image)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test("a patch of images that have parts in common, in another order, makes the second of the first", () => {
    const part = fc.tuple(fc.nat(8_999), fc.integer({ min: 1, max: 3_000 }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.nat(99), fc.array(part, { minLength: 1, maxLength: 6 }), (seed, parts) => {
        const base = sampleImage(seed, 9_000);
        const image = Buffer.concat(parts.flatMap(([from, length, own]) => [base.subarray(from, from + length), own]));
        expect(Buffer.compare(unpack(delta, deltaOf(base, image), image.length, base), image)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  const base = Uint8Array.of(10, 20, 30, 40, 50);
  const magic = Buffer.from(PATCH_MAGIC);
  const patch = (...bytes: number[]) =>
    deflateRawSync(Buffer.concat([magic, Uint8Array.from(bytes)]), { windowBits: 12 });

  test("a step takes bytes of the base as they are, then sums, then bytes of its own", () => {
    const file = patch(2, 1, 2, 1, 5, 255, 99, 5, 2, 0, 0);
    expect([...unpack(delta, file, 6, base)]).toEqual([20, 35, 39, 99, 20, 30]);
  });

  test.each([
    ["that is none", deflateRawSync(Buffer.from("BSDIFF40")), 4, /not a patch/],
    ["that ends in the middle", patch(0, 2), 2, /cut off/],
    ["that ends before the image", patch(0, 2, 0, 0), 4, /cut off/],
    ["that goes on behind the image", patch(0, 2, 0, 0, 0), 2, /behind the image/],
    ["that goes before the base", patch(1, 1, 0, 0), 1, /outside of the base/],
    ["that goes beyond the base", patch(0, 4, 2, 0, 0, 0), 6, /outside of the base/],
    ["that seeks beyond the base", patch(12, 0, 0, 1, 1), 1, /outside of the base/],
    ["that makes more than the image", patch(0, 2, 0, 2, 1, 1), 3, /beyond the image/],
    ["with a step that makes nothing", patch(0, 0, 0, 0, 0, 1, 0, 0), 1, /makes nothing/],
    ["with a number of five bytes", patch(0x80, 0x80, 0x80, 0x80, 0), 1, /too large/],
  ])("a patch %s: refused", (_what, file, size, message) => {
    expect(refusal(() => unpack(delta, file, size, base))).toMatch(message);
  });

  test("without a base nothing of one is read", () => {
    expect(refusal(() => unpack(delta, patch(0, 1, 0, 0), 1))).toMatch(/outside of the base/);
  });
});
