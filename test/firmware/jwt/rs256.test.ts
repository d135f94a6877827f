import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  sign as nodeSign,
  verify as nodeVerify,
  randomFillSync,
} from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { der, derUnsigned, SEQUENCE } from "../../../firmware/bytes/der.js";
import { encodeUtf8 } from "../../../firmware/bytes/utf8.js";
import { bitLength, fromBig, inverse, powMod, toBig } from "../../../firmware/jwt/big.js";
import { rs256Signer } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey, rsaPublicPem } from "../../../firmware/jwt/rsa-key.js";
import { bytes, rsaPair } from "./samples.js";

const random = (into: Uint8Array) => {
  randomFillSync(into);
};
const pairs = [2048, 3072, 4096].map((bits) => ({ bits, ...rsaPair(bits) }));
const pair = pairs[0]!;
const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const message = encodeUtf8("header.claims");

describe("RS256", () => {
  test.each(pairs)("with $bits bits signs as Node does, blinded or not", (item) => {
    const key = readRsaPrivateKey(item.privateKey.export({ type: "pkcs1", format: "der" }));
    const theirs = bytes(nodeSign("sha256", message, item.privateKey));
    expect(rs256Signer(key).sign(message)).toEqual(theirs);
    expect(rs256Signer(key, random).sign(message)).toEqual(theirs);
    expect(nodeVerify("sha256", message, item.publicKey, theirs)).toBe(true);
  });

  test("asks its random source for each signature: it is blinded anew", () => {
    let asked = 0;
    const signer = rs256Signer(readRsaPrivateKey(pkcs8), (into) => {
      asked++;
      expect(into).toHaveLength(256);
      random(into);
    });
    for (let i = 1; i <= 2; i++) {
      signer.sign(message);
      expect(asked).toBe(i);
    }
  });

  test("a random source without a usable number leaves it unblinded", () => {
    const key = readRsaPrivateKey(pkcs8);
    expect(rs256Signer(key, (into) => into.fill(0)).sign(message)).toEqual(rs256Signer(key).sign(message));
  });

  test("a key whose parts do not belong together is refused", () => {
    const key = readRsaPrivateKey(pkcs8);
    expect(() => rs256Signer({ ...key, dP: key.dQ })).toThrow(/do not belong together/);
    expect(() => rs256Signer({ ...key, dQ: key.dP })).toThrow(/do not belong together/);
    const one = Uint8Array.of(1);
    expect(() => rs256Signer({ ...key, p: one, q: key.n })).toThrow(/do not belong together/);
    expect(() => rs256Signer({ ...key, p: key.n, q: one })).toThrow(/do not belong together/);
    expect(() => rs256Signer({ ...key, qInv: key.dQ })).toThrow(/do not belong together/);
    expect(() => rs256Signer({ ...key, n: key.n.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) })).toThrow(/together/);
  });

  test("a signature that came out wrong does not leave the device", () => {
    // p is no prime, so the half of the calculation modulo p goes wrong although the key's parts fit together.
    const { q, e } = readRsaPrivateKey(pkcs8);
    let p = toBig(q) + 4n;
    while (inverse(toBig(e), p - 1n) === undefined || inverse(toBig(q), p) === undefined) p += 6n;
    const spell = (value: bigint) => fromBig(value, 128);
    const key = {
      n: fromBig(p * toBig(q), 256),
      e,
      p: spell(p),
      q,
      dP: spell(inverse(toBig(e), p - 1n)!),
      dQ: spell(inverse(toBig(e), toBig(q) - 1n)!),
      qInv: spell(inverse(toBig(q), p)!),
    };
    expect(() => rs256Signer(key, random).sign(message)).toThrow(/came out wrong/);
  });

  test("a signer that was wiped signs no more", () => {
    const signer = rs256Signer(readRsaPrivateKey(pkcs8), random);
    signer.wipe();
    expect(() => signer.sign(message)).toThrow(/wiped/);
  });
});

/** Random keys to try in each container; 10,000 by `npm run test:keys`. */
const KEYS = Number(process.env.SIMKEY_KEYS ?? 300);
const E = 65_537n;

/** Primes of 1024 bits for keys of 2048, by twos. Making one takes long, so each serves in many keys. */
function primesFor(keys: number): bigint[] {
  const count = Math.ceil((1 + Math.sqrt(1 + 8 * keys)) / 2);
  const primes = new Set<bigint>();
  while (primes.size < count) {
    const prime = generatePrimeSync(1024, { bigint: true });
    if (inverse(E, prime - 1n) !== undefined) primes.add(prime);
  }
  return [...primes];
}

/** The key of two primes, made a key by Node. */
function keyOf(p: bigint, q: bigint) {
  const spell = (value: bigint) => Buffer.from(value.toString(16).padStart(2 * 256, "0"), "hex");
  const d = inverse(E, (p - 1n) * (q - 1n))!;
  const numbers = { n: p * q, e: E, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p)! };
  const spelt = Object.entries(numbers).map(([name, value]) => [name, minimal(spell(value)).toString("base64url")]);
  return createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(spelt) }, format: "jwk" });
}

const minimal = (buffer: Buffer) => buffer.subarray(buffer.findIndex((byte) => byte !== 0));

test(`${KEYS} random RSA keys: each container, export, sign and verify agree with Node`, () => {
  const primes = primesFor(KEYS);
  let made = 0;
  for (let i = 0; i < primes.length; i++) {
    for (let j = 0; j < i && made < KEYS; j++, made++) {
      const privateKey = keyOf(primes[i]!, primes[j]!);
      const publicKey = createPublicKey(privateKey);
      const [first, ...others] = (["pkcs1", "pkcs8"] as const).flatMap((type) => [
        readRsaPrivateKey(privateKey.export({ type, format: "pem" }) as string),
        readRsaPrivateKey(bytes(privateKey.export({ type, format: "der" }) as Buffer)),
      ]);
      for (const other of others) expect(other).toEqual(first);
      expect(rsaPublicPem(first!)).toBe(publicKey.export({ type: "spki", format: "pem" }));
      const ours = rs256Signer(first!, random).sign(message);
      expect(nodeVerify("sha256", message, publicKey, ours)).toBe(true);
    }
  }
  expect(made).toBe(KEYS);
}, 3_600_000);

describe("RSA keys", () => {
  test.each(["pkcs1", "pkcs8"] as const)("are read from %s as PEM and DER", (type) => {
    const jwk = pair.privateKey.export({ format: "jwk" });
    for (const source of [
      pair.privateKey.export({ type, format: "pem" }) as string,
      bytes(pair.privateKey.export({ type, format: "der" }) as Buffer),
    ]) {
      const key = readRsaPrivateKey(source);
      for (const [name, member] of [
        ["n", "n"],
        ["e", "e"],
        ["p", "p"],
        ["q", "q"],
        ["dP", "dp"],
        ["dQ", "dq"],
        ["qInv", "qi"],
      ] as const) {
        expect(Buffer.from(key[name]).toString("base64url")).toBe(jwk[member]);
      }
    }
  });

  test("public ones are exported as Node exports them", () => {
    const key = readRsaPrivateKey(pkcs8);
    expect(rsaPublicPem(key)).toBe(pair.publicKey.export({ type: "spki", format: "pem" }));
  });

  test("of another size are refused", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const expected = expect.objectContaining({ code: "jwt-key-size" }) as unknown as Error;
    expect(() => readRsaPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }) as string)).toThrow(expected);
  });

  test("with an even modulus, or an exponent that is even, one, or longer than 32 bits, are refused", () => {
    const { n, p, q } = readRsaPrivateKey(pkcs8);
    const rest = Array.from({ length: 3 }, () => derUnsigned(p));
    const read = (modulus: Uint8Array, ...e: number[]) =>
      readRsaPrivateKey(
        der(SEQUENCE, Uint8Array.of(2, 1, 0), ...[modulus, Uint8Array.from(e), n, p, q].map(derUnsigned), ...rest),
      );
    for (const e of [[3], [1, 0, 1], [0xff, 0xff, 0xff, 0xff]]) expect([...read(n, ...e).e]).toEqual(e);
    const even = n.slice();
    even[255]! &= 0xfe;
    const refused = expect.objectContaining({ code: "jwt-key" }) as unknown as Error;
    for (const e of [[1], [2], [1, 0, 0], [1, 0, 0, 0, 1]]) expect(() => read(n, ...e)).toThrow(refused);
    expect(() => read(even, 1, 0, 1)).toThrow(refused);
  });

  test("encrypted or of another kind are refused", () => {
    const sealed = { cipher: "aes-128-cbc", passphrase: "x", format: "pem" } as const;
    for (const type of ["pkcs1", "pkcs8"] as const) {
      const text = pair.privateKey.export({ ...sealed, type }) as string;
      expect(() => readRsaPrivateKey(text)).toThrow(/encrypted/);
    }
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(() => readRsaPrivateKey(ec.privateKey.export({ type: "pkcs8", format: "pem" }) as string)).toThrow(
      /not an RSA key/,
    );
    expect(() => readRsaPrivateKey(ec.privateKey.export({ type: "sec1", format: "pem" }) as string)).toThrow(
      /EC PRIVATE KEY/,
    );
  });
});

describe("numbers", () => {
  test("bytes and numbers are two spellings of the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (input) => {
        const value = toBig(input);
        expect(value).toBe(BigInt(`0x0${Buffer.from(input).toString("hex")}`));
        expect(fromBig(value, input.length)).toEqual(input);
        expect(bitLength(input)).toBe(value === 0n ? 0 : value.toString(2).length);
        expect(() => fromBig(value + (1n << BigInt(8 * input.length)), input.length)).toThrow(RangeError);
      }),
    );
  });

  test("powers and inverses are what the definitions say", () => {
    const small = fc.bigInt({ min: 1n, max: 2n ** 40n });
    fc.assert(
      fc.property(small, fc.bigInt({ min: 0n, max: 300n }), small, (base, exponent, half) => {
        const modulus = 2n * half + 1n;
        expect(powMod(base, exponent, modulus)).toBe(base ** exponent % modulus);
        const inverted = inverse(base, modulus);
        if (inverted !== undefined) expect((base * inverted) % modulus).toBe(1n);
        else expect(base % modulus === 0n || modulus % 3n === 0n || gcd(base, modulus) > 1n).toBe(true);
      }),
    );
  });
});

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
