import { createPublicKey, sign as nodeSign, verify as nodeVerify, randomFillSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { encodeBase64Url } from "../../../firmware/bytes/base64.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { DEVICE_KEY } from "../../../firmware/jwt/device-key.js";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { ecPublicPem } from "../../../firmware/jwt/ec-public.js";
import { es256Signer, generateScalar } from "../../../firmware/jwt/es256.js";
import { generateKey, storedSigner } from "../../../firmware/jwt/key-store.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import type { KeyValue } from "../../../firmware/platform/storage.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { ecSample, RFC6979_A25, RFC7515_A3 } from "./samples.js";

/** Random keys to try in each container; 10,000 by `npm run test:keys`. */
const KEYS = Number(process.env.SIMKEY_KEYS ?? 300);

const curve = es256();
const random = (into: Uint8Array) => {
  randomFillSync(into);
};

const blinded = es256(random);

describe("ES256", () => {
  test.each(["sample", "test"] as const)("RFC 6979 A.2.5: signs %j exactly", (message) => {
    const { d, signatures } = RFC6979_A25;
    expect(Buffer.from(curve.sign(encodeUtf8(message), d)).toString("hex")).toBe(signatures[message]);
  });

  test("RFC 6979 A.2.5: the public key", () => {
    expect(curve.publicKeyOf(RFC6979_A25.d)).toEqual(RFC6979_A25.point);
  });

  test("RFC 7515 A.3 verifies, and its input signs to the deterministic signature", () => {
    const { jwk, input, signature, deterministic } = RFC7515_A3;
    const signer = es256Signer(readEcPrivateKey(JSON.stringify(jwk)), curve);
    const message = encodeUtf8(input);
    expect(curve.verify(new Uint8Array(Buffer.from(signature, "base64url")), message, signer.publicKey)).toBe(true);
    expect(encodeBase64Url(signer.sign(message))).toBe(deterministic);
    expect(deterministic).toHaveLength(86);
  });

  test("blinding changes nothing in the signature", () => {
    expect(es256(random).sign(encodeUtf8("sample"), RFC6979_A25.d)).toEqual(
      curve.sign(encodeUtf8("sample"), RFC6979_A25.d),
    );
  });

  test("each curve is blinded by its own random source, and a failing one ends the call", () => {
    const asked: string[] = [];
    const from = (name: string) =>
      es256((bytes) => {
        asked.push(name);
        random(bytes);
      });
    const [one, other] = [from("one"), from("other")];
    one.sign(encodeUtf8("sample"), RFC6979_A25.d);
    expect(new Set(asked)).toEqual(new Set(["one"]));
    other.publicKeyOf(RFC6979_A25.d);
    expect(new Set(asked.slice(asked.lastIndexOf("one") + 1))).toEqual(new Set(["other"]));
    const broken = es256(() => {
      throw new Error("no entropy");
    });
    expect(() => broken.sign(encodeUtf8("sample"), RFC6979_A25.d)).toThrow("no entropy");
    expect(one.sign(encodeUtf8("sample"), RFC6979_A25.d)).toEqual(curve.sign(encodeUtf8("sample"), RFC6979_A25.d));
  });

  test("does not verify another message, another key, another signature or another form of it", () => {
    const { d, point } = RFC6979_A25;
    const message = encodeUtf8("sample");
    const signature = curve.sign(message, d);
    expect(curve.verify(signature, message, point)).toBe(true);
    expect(curve.verify(signature, encodeUtf8("Sample"), point)).toBe(false);
    expect(curve.verify(signature, message, ecSample(new Uint8Array(32).fill(1)).point)).toBe(false);
    for (let i = 0; i < 64; i += 9) {
      const damaged = signature.slice();
      damaged[i]! ^= 1;
      expect(curve.verify(damaged, message, point)).toBe(false);
    }
    expect(curve.verify(new Uint8Array(64), message, point)).toBe(false);
    expect(curve.verify(new Uint8Array(0), message, point)).toBe(false);
    const der = nodeSign("sha256", message, { key: ecSample(d).privateKey, dsaEncoding: "der" });
    expect(curve.verify(new Uint8Array(der), message, point)).toBe(false);
    const off = point.slice();
    off[64]! ^= 1;
    expect(curve.verify(signature, message, off)).toBe(false);
  });

  test("takes signatures with a high S, as JOSE does", () => {
    // RFC 6979's own "sample" has one.
    expect(curve.verify(curve.sign(encodeUtf8("sample"), RFC6979_A25.d), encodeUtf8("sample"), RFC6979_A25.point)).toBe(
      true,
    );
    expect(RFC6979_A25.signatures.sample.slice(64, 66)).toBe("f7");
  });

  test(`${KEYS} random keys: each container, export, sign and verify agree with Node`, () => {
    for (let i = 0; i < KEYS; i++) {
      const sample = ecSample(generateScalar(random));
      for (const [name, container] of Object.entries(sample.containers)) {
        const key = readEcPrivateKey(container);
        expect([name, key.d]).toEqual([name, sample.d]);
        if (key.publicKey !== undefined) expect(key.publicKey).toEqual(sample.point);
      }
      const signer = es256Signer(readEcPrivateKey(sample.containers["PKCS#8 PEM"]!), curve);
      expect(signer.publicKey).toEqual(sample.point);
      expect(ecPublicPem(signer.publicKey)).toBe(sample.publicKey.export({ type: "spki", format: "pem" }));
      const message = encodeUtf8(`message ${i}`);
      const ours = signer.sign(message);
      expect(ours).toHaveLength(64);
      // The curve that devices sign by has a table of multiples and blinds; this one has neither.
      expect(blinded.sign(message, sample.d)).toEqual(ours);
      expect(blinded.publicKeyOf(sample.d)).toEqual(sample.point);
      const format = { dsaEncoding: "ieee-p1363" } as const;
      expect(nodeVerify("sha256", message, { key: sample.publicKey, ...format }, ours)).toBe(true);
      const theirs = new Uint8Array(nodeSign("sha256", message, { key: sample.privateKey, ...format }));
      expect(curve.verify(theirs, message, signer.publicKey)).toBe(true);
    }
  }, 3_600_000);
});

describe("a signer", () => {
  const { d, point } = RFC6979_A25;

  test("refuses a public key that is not its own", () => {
    const other = ecSample(new Uint8Array(32).fill(1)).point;
    expect(() => es256Signer({ d, publicKey: other }, curve)).toThrow(/does not belong/);
    expect(es256Signer({ d, publicKey: point }, curve).publicKey).toEqual(point);
  });

  test("makes its public half only when it is asked for: a token is one multiplication", () => {
    let asked = 0;
    const counted = {
      ...curve,
      publicKeyOf: (scalar: Uint8Array) => {
        asked++;
        return curve.publicKeyOf(scalar);
      },
    };
    const signer = es256Signer({ d }, counted);
    signer.sign(encodeUtf8("sample"));
    expect(asked).toBe(0);
    expect([signer.publicKey, signer.publicKey]).toEqual([point, point]);
    expect(asked).toBe(1);
    const wiped = es256Signer({ d }, counted);
    wiped.wipe();
    expect(() => wiped.publicKey).toThrow(/wiped/);
  });

  test("keeps its own copy, and forgets it when wiped", () => {
    const mine = d.slice();
    const signer = es256Signer({ d: mine }, curve);
    mine.fill(0);
    const message = encodeUtf8("sample");
    expect(curve.verify(signer.sign(message), message, point)).toBe(true);
    signer.wipe();
    expect(() => signer.sign(message)).toThrow(/wiped/);
  });
});

describe("a new key", () => {
  test("is what the random source gives, once that is a scalar", () => {
    const given = [new Uint8Array(32).fill(0xff), new Uint8Array(32), RFC6979_A25.d];
    expect(generateScalar((into) => into.set(given.shift()!))).toEqual(RFC6979_A25.d);
  });

  test("is refused from a broken source", () => {
    let asked = 0;
    const broken = (into: Uint8Array) => {
      asked++;
      into.fill(0);
    };
    expect(() => generateScalar(broken)).toThrow(/random source/);
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(10);
  });
});

describe("the device's key", () => {
  test("is generated in place; only the public half comes out, and is a key to Node", () => {
    const store = new MemoryKeyValue();
    expect(storedSigner(store, curve)).toBeUndefined();
    const point = generateKey(store, random, curve);
    const message = encodeUtf8("x");
    const signature = storedSigner(store, curve)!.sign(message);
    const key = createPublicKey(ecPublicPem(point));
    expect(nodeVerify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
    expect(store.read(DEVICE_KEY)).toHaveLength(32);
  });

  test("leaves no copy of its scalar behind: neither generated nor used", () => {
    const copies: Uint8Array[] = [];
    const keep = (bytes: Uint8Array) => {
      copies.push(bytes);
      return bytes;
    };
    const store: KeyValue = {
      read: () => keep(RFC6979_A25.d.slice()),
      write: (_, value) => {
        expect(value).not.toEqual(new Uint8Array(32));
        keep(value as Uint8Array);
      },
      delete: () => {},
    };
    generateKey(store, random, curve);
    storedSigner(store, curve);
    expect(copies).toEqual(Array.from({ length: 2 }, () => new Uint8Array(32)));
  });

  test("that is damaged in the store is refused", () => {
    const store = new MemoryKeyValue();
    for (const value of [new Uint8Array(0), new Uint8Array(31).fill(1), new Uint8Array(32)]) {
      store.write(DEVICE_KEY, value);
      expect(() => storedSigner(store, curve)).toThrow(expect.objectContaining({ code: "jwt-key" }));
    }
  });
});
