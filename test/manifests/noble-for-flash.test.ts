import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { ecdsa as nobleEcdsa, weierstrass as nobleWeierstrass } from "@noble/curves/abstract/weierstrass.js";
import { sha256 as nobleSha256, sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { forFlash, writeNoble } = (await import(join(root, "scripts/noble-for-flash.js"))) as {
  forFlash(code: string): { code: string; found: Record<"caches" | "kept" | "scratch" | "windows", number> };
  writeNoble(root: string): void;
};

writeNoble(root);
const written = async <T>(path: string): Promise<T> => (await import(join(root, "build/noble/@noble", path))) as T;
const { ecdsa, weierstrass } = await written<{ ecdsa: typeof nobleEcdsa; weierstrass: typeof nobleWeierstrass }>(
  "curves/abstract/weierstrass.js",
);
const { sha256, sha512 } = await written<{ sha256: typeof nobleSha256; sha512: typeof nobleSha512 }>("hashes/sha2.js");

const P256 = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

describe("noble for flash", () => {
  const theirs = nobleEcdsa(nobleWeierstrass(P256), nobleSha256, { lowS: false });
  const ours = ecdsa(weierstrass(P256), sha256, { lowS: false });
  const scalar = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
    bytes[0] = 0x7f & bytes[0]!;
    bytes[31] = 1 | bytes[31]!;
    return bytes;
  });

  test("makes the same keys and signatures as noble, and verifies them", () => {
    fc.assert(
      fc.property(scalar, fc.uint8Array({ maxLength: 300 }), (d, message) => {
        const point = ours.getPublicKey(d, false);
        const signature = ours.sign(message, d);
        expect(point).toEqual(theirs.getPublicKey(d, false));
        expect(signature).toEqual(theirs.sign(message, d));
        expect(ours.verify(signature, message, point)).toBe(true);
        signature[5]! ^= 1;
        expect(ours.verify(signature, message, point)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test("hashes as noble does, two hashes at a time", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 500 }), (a, b) => {
        const first = sha256.create().update(a);
        const second = sha256.create().update(b);
        expect(first.update(b).digest()).toEqual(nobleSha256.create().update(a).update(b).digest());
        expect(second.update(a).digest()).toEqual(nobleSha256.create().update(b).update(a).digest());
        expect(sha512(a)).toEqual(nobleSha512(a));
      }),
    );
  });

  test("holds no comparison that XS gets wrong, and nothing that is written to", () => {
    for (const path of ["curves/abstract/weierstrass.js", "curves/abstract/modular.js", "curves/abstract/curve.js"]) {
      const code = readFileSync(join(root, "build/noble/@noble", path), "utf8");
      expect(code).not.toMatch(/[!=]==? _\dn/);
      expect(code).not.toMatch(/new Weak(Map|Set)/);
    }
  });

  test("keeps noble's way of multiplying, with a smaller table", () => {
    const { code, found } = forFlash("const FW_WINDOW = 5; function f() { const W = FW_WINDOW; return 1 << W; }");
    expect(code).toContain("const FW_WINDOW = 4;");
    expect(found).toEqual({ caches: 0, kept: 0, scratch: 0, windows: 1 });
  });

  test("keeps the window and the table of one point, the first that asks, and nothing of another", () => {
    const { code, found } = forFlash(
      "const pointWindowSizes = new WeakMap(); class M { wnafPrecomputes = new WeakMap(); }",
    );
    expect(found.kept).toBe(2);
    const caches = new Function(`${code}; return [pointWindowSizes, new M().wnafPrecomputes];`)() as Map<
      object,
      unknown
    >[];
    const [base, other] = [{}, {}];
    for (const cache of caches) {
      expect(cache.get(base)).toBeUndefined();
      cache.set(base, 6);
      cache.delete(base);
      expect(cache.get(base)).toBeUndefined();
      cache.set(base, 4);
      cache.set(other, 5);
      expect([cache.get(base), cache.get(other)]).toEqual([4, undefined]);
    }
  });

  test("leaves comparisons alone in which no BigInt can be", () => {
    const { code } = forFlash(`const f = (a, b) => a === b || typeof a === "bigint" || a !== 0 || b == null;`);
    expect(code).toContain(`Object.is(a, b) || typeof a === "bigint" || a !== 0 || b == null`);
  });
});
