import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { der, INTEGER, OCTET_STRING, OID, SEQUENCE } from "../../../firmware/bytes/der.js";
import { isScalar, PRIME256V1, readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { ecPublicDer, ecPublicJwk, ecPublicPem } from "../../../firmware/jwt/ec-public.js";
import { JwtError } from "../../../firmware/jwt/errors.js";
import { bytes, ecSample, hex, RFC6979_A25, rsaPair } from "./samples.js";

const sample = ecSample(RFC6979_A25.d);

function code(source: string | Uint8Array): string {
  try {
    readEcPrivateKey(source);
  } catch (error) {
    expect(error).toBeInstanceOf(JwtError);
    expect(error).toMatchObject({ advice: "give-up" });
    return (error as JwtError).code;
  }
  return "none";
}

describe("a private key", () => {
  test.each(Object.keys(sample.containers))("is read from %s", (name) => {
    const key = readEcPrivateKey(sample.containers[name]!);
    expect(key.d).toEqual(sample.d);
    if (key.publicKey !== undefined) expect(key.publicKey).toEqual(sample.point);
  });

  test("containers have the lengths that OpenSSL gives them", () => {
    const length = (name: string) => sample.containers[name]!.length;
    expect(length("SEC1 DER")).toBe(121);
    expect(length("SEC1 PEM")).toBe(227);
    expect(length("SEC1 DER without public key")).toBe(51);
    expect(length("PKCS#8 DER")).toBe(138);
    expect(length("PKCS#8 PEM")).toBe(241);
    expect(length("PKCS#8 DER with inner parameters")).toBe(150);
    expect(length("PKCS#8 DER without public key")).toBe(67);
  });

  test("reading takes a copy: wiping it leaves the source", () => {
    for (const source of Object.values(sample.containers)) {
      const before = typeof source === "string" ? source : source.slice();
      readEcPrivateKey(source).d.fill(0);
      expect(source).toEqual(before);
    }
  });

  test("1 <= d < n", () => {
    const n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    expect(isScalar(hex(n))).toBe(false);
    expect(isScalar(hex(n.replace(/51$/, "50")))).toBe(true);
    expect(isScalar(hex(n.replace(/51$/, "52")))).toBe(false);
    expect(isScalar(hex("ff".repeat(32)))).toBe(false);
    expect(isScalar(hex("00".repeat(32)))).toBe(false);
    expect(isScalar(hex(`${"00".repeat(31)}01`))).toBe(true);
    expect(isScalar(hex("01"))).toBe(false);
    expect(code(hex(n))).toBe("jwt-key");
    expect(code(hex("00".repeat(32)))).toBe("jwt-key");
  });

  test("encrypted ones are refused", () => {
    const encrypt = { cipher: "aes-128-cbc", passphrase: "x", format: "pem" } as const;
    expect(code(sample.privateKey.export({ ...encrypt, type: "pkcs8" }) as string)).toBe("jwt-key-encrypted");
    expect(code(sample.privateKey.export({ ...encrypt, type: "sec1" }) as string)).toBe("jwt-key-encrypted");
  });

  test.each(["secp256k1", "P-384", "P-521"])("those of %s are refused", (namedCurve) => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve });
    for (const type of ["sec1", "pkcs8"] as const) {
      expect(code(privateKey.export({ type, format: "pem" }) as string)).toBe("jwt-key-curve");
    }
    expect(code(JSON.stringify(privateKey.export({ format: "jwk" })))).toBe("jwt-key-curve");
  });

  test("those with explicit parameters are refused", () => {
    for (const type of ["sec1", "pkcs8"] as const) {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
      expect(code(privateKey.export({ type, format: "pem" }) as string)).toBe("jwt-key-curve");
    }
  });

  test("SEC1 that names no curve is refused", () => {
    const bare = der(SEQUENCE, der(INTEGER, Uint8Array.of(1)), der(OCTET_STRING, sample.d));
    expect(code(bare)).toBe("jwt-key-curve");
  });

  test("those of other kinds are refused, and the kind is named", () => {
    const rsa = rsaPair(2048).privateKey;
    expect(code(rsa.export({ type: "pkcs8", format: "pem" }) as string)).toBe("jwt-key");
    expect(() => readEcPrivateKey(rsa.export({ type: "pkcs1", format: "pem" }) as string)).toThrow(/RSA PRIVATE KEY/);
    expect(code(JSON.stringify(rsa.export({ format: "jwk" })))).toBe("jwt-key");
    const ed = generateKeyPairSync("ed25519").privateKey;
    expect(code(ed.export({ type: "pkcs8", format: "pem" }) as string)).toBe("jwt-key");
    const own = sample.publicKey.export({ type: "spki", format: "pem" }) as string;
    expect(() => readEcPrivateKey(own)).toThrow(/holds no private EC key but: PUBLIC KEY/);
  });

  test.each<[string, string | Uint8Array]>([
    ["nothing", ""],
    ["words", "not a key"],
    ["31 bytes", new Uint8Array(31).fill(7)],
    ["PEM of a broken body", "-----BEGIN EC PRIVATE KEY-----\nAAA\n-----END EC PRIVATE KEY-----\n"],
    ["PEM too long", `${"x".repeat(9000)}`],
    ["bytes too many", new Uint8Array(9000)],
    ["broken JSON", '{"kty":'],
    ["a JWK without d", JSON.stringify({ kty: "EC", crv: "P-256" })],
    ["a JWK with a short d", JSON.stringify({ kty: "EC", crv: "P-256", d: "AAAA" })],
    ["a JWK with padding", JSON.stringify({ kty: "EC", crv: "P-256", d: `${Buffer.alloc(32, 1).toString("base64")}` })],
    ["a JWK with one coordinate", JSON.stringify({ ...JSON.parse(sample.containers.JWK as string), y: undefined })],
  ])("%s is none", (_, source) => {
    expect(code(source)).toBe("jwt-key");
  });

  test("PKCS#8 is of version 0 or 1, and SEC1 of version 1", () => {
    const wrapped = sample.containers["PKCS#8 DER"] as Uint8Array;
    const version = (der: Uint8Array, at: number, value: number) => der.map((byte, i) => (i === at ? value : byte));
    expect([...wrapped.subarray(3, 5)]).toEqual([2, 1]);
    expect(readEcPrivateKey(version(wrapped, 5, 1)).d).toEqual(sample.d);
    expect(code(version(wrapped, 5, 2))).toBe("jwt-key");
    const bare = sample.containers["SEC1 DER"] as Uint8Array;
    expect([...bare.subarray(2, 5)]).toEqual([2, 1, 1]);
    expect(code(version(bare, 4, 2))).toBe("jwt-key");
  });

  test("a public half that is no uncompressed point is refused", () => {
    const bare = sample.containers["SEC1 DER"] as Uint8Array;
    const at = bare.length - 65;
    expect(bare[at]).toBe(4);
    expect(code(bare.map((byte, i) => (i === at ? 6 : byte)))).toBe("jwt-key");
  });

  test("white space in front of a JWK is none of it, and a JWK is an object", () => {
    expect(readEcPrivateKey(`\n ${sample.containers.JWK}`).d).toEqual(sample.d);
    expect(code(JSON.stringify({ kty: "EC", crv: "P-256", d: 5 }))).toBe("jwt-key");
  });

  test("a scalar of another length is refused", () => {
    for (const length of [31, 33]) {
      const inner = der(
        SEQUENCE,
        der(INTEGER, Uint8Array.of(1)),
        der(OCTET_STRING, new Uint8Array(length).fill(1)),
        der(0xa0, der(OID, PRIME256V1)),
      );
      expect(code(inner)).toBe("jwt-key");
    }
  });

  test("whatever is changed or cut in a container, it is the same key, another key, or a JwtError", () => {
    const names = Object.keys(sample.containers).filter((name) => name !== "raw scalar");
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(400), fc.nat(255), fc.boolean(), (name, at, value, cut) => {
        const container = sample.containers[name]!;
        const source = typeof container === "string" ? bytes(Buffer.from(container)) : container.slice();
        const i = at % source.length;
        source[i] = value;
        const damaged = cut ? source.subarray(0, i) : source;
        try {
          expect(readEcPrivateKey(damaged).d).toHaveLength(32);
        } catch (error) {
          expect(error).toBeInstanceOf(JwtError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a public key", () => {
  const spki = bytes(sample.publicKey.export({ type: "spki", format: "der" }));

  test("is exported as Node exports it", () => {
    expect(ecPublicDer(sample.point)).toEqual(spki);
    expect(ecPublicDer(sample.point)).toHaveLength(91);
    expect(ecPublicPem(sample.point)).toBe(sample.publicKey.export({ type: "spki", format: "pem" }));
    expect(ecPublicJwk(sample.point)).toEqual(sample.publicKey.export({ format: "jwk" }));
  });

  test("what is exported is a key to Node", () => {
    expect(createPublicKey(ecPublicPem(sample.point)).asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  });
});
