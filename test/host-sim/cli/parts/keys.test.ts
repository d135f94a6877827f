// A device's key out of a file in any container: what Node's crypto wrote is read, jose verifies what was signed with
// it, and a file that will not do is told by what is wrong with it.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { jwtVerify } from "jose";
import { claimsOf } from "../../../../firmware/jwt/claims.js";
import { signToken } from "../../../../firmware/jwt/token.js";
import { UsageError } from "../../../../host-sim/cli/output/errors.js";
import { signerOf, verifierOf } from "../../../../host-sim/cli/parts/keys.js";
import { selfSigned } from "../../../../host-sim/cli/parts/self-signed.js";
import { verifyToken } from "../../../../host-sim/jwt/verify.js";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
const WALL = Date.UTC(2026, 10, 22, 12);

const bytes = (content: string | Buffer) => Buffer.from(content as string);
const out = (key: KeyObject, type: "pkcs8" | "sec1" | "pkcs1" | "spki", format: "der" | "pem") =>
  bytes(key.export({ type, format } as { type: "pkcs8"; format: "der" }));
const jwk = (key: KeyObject, more: object = {}) => bytes(JSON.stringify({ ...key.export({ format: "jwk" }), ...more }));
const locked = (key: KeyObject, type: "pkcs8" | "sec1", format: "der" | "pem") =>
  bytes(key.export({ type, format, cipher: "aes-256-cbc", passphrase: "x" } as { type: "pkcs8"; format: "der" }));
const certificate = async (key: KeyObject, alg: "ES256" | "RS256") => bytes(await selfSigned(key, alg));
const inDer = (pem: Buffer) => Buffer.from(pem.toString().replace(/-----[^-]+-----/g, ""), "base64");
const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

describe("a private key", () => {
  test.each<[string, KeyObject, Buffer]>([
    ["P-256 as PKCS#8 in DER", ec, out(ec, "pkcs8", "der")],
    ["P-256 as SEC1 in DER", ec, out(ec, "sec1", "der")],
    ["RSA as PKCS#8 in DER", rsa, out(rsa, "pkcs8", "der")],
    ["RSA as PKCS#1 in DER", rsa, out(rsa, "pkcs1", "der")],
    ["P-256 as PKCS#8 in PEM", ec, out(ec, "pkcs8", "pem")],
    ["P-256 as SEC1 in PEM", ec, out(ec, "sec1", "pem")],
    ["RSA as PKCS#8 in PEM", rsa, out(rsa, "pkcs8", "pem")],
    ["RSA as PKCS#1 in PEM", rsa, out(rsa, "pkcs1", "pem")],
    ["PEM behind its curve, as openssl ecparam writes it", ec, bytes(parameters + out(ec, "sec1", "pem"))],
    ["PEM with the line ends of Windows", ec, bytes(out(ec, "pkcs8", "pem").toString().replaceAll("\n", "\r\n"))],
    ["PEM behind words that begin like DER", ec, bytes(`0 is its number\n${out(ec, "pkcs8", "pem")}`)],
    ["P-256 as JWK", ec, jwk(ec)],
    ["RSA as JWK, behind a byte order mark", rsa, bytes(`\ufeff${jwk(rsa)}\n`)],
  ])("is read from its content: %s", async (_, key, file) => {
    const alg = key === ec ? "ES256" : "RS256";
    const desk = signerOf(file);
    const registered = createPublicKey(key);
    expect(desk).toMatchObject({ alg, publicPem: registered.export({ type: "spki", format: "pem" }) });
    const token = signToken(desk.signer(), claimsOf({ wallMs: WALL, lifetimeS: 60, aud: "a" }));
    const { protectedHeader } = await jwtVerify(token, registered, { currentDate: new Date(WALL) });
    expect(protectedHeader.alg).toBe(alg);
    // The same file verifies, by its public half.
    expect(verifyToken(token, verifierOf(file), { wallMs: WALL })).toMatchObject({ aud: "a" });
  });

  test.each<[string, RegExp, () => Buffer | Promise<Buffer>]>([
    ["nothing", /neither PEM nor DER nor a JWK/, () => bytes("")],
    ["words", /neither PEM nor DER nor a JWK/, () => bytes("words")],
    [
      "32 characters, which are no scalar",
      /neither PEM nor DER nor a JWK/,
      () => bytes("0123456789abcdef".repeat(2).slice(1, 33)),
    ],
    ["DER of something else", /holds no private key/, () => Buffer.from([0x30, 3, 2, 1, 5])],
    ["DER that is cut", /holds no private key/, () => out(ec, "pkcs8", "der").subarray(0, 60)],
    ["PEM that is cut", /holds no private key/, () => out(ec, "pkcs8", "pem").subarray(0, 90)],
    ["JSON that is no key", /holds no private key/, () => bytes('{"kty":"oct","k":"AAAA"}')],
    ["broken JSON", /holds no private key/, () => bytes('{"kty":')],
    [
      "a public key in PEM",
      /a public key or a certificate; give the private key/,
      () => out(createPublicKey(ec), "spki", "pem"),
    ],
    [
      "a public key in DER",
      /a public key or a certificate; give the private key/,
      () => out(createPublicKey(ec), "spki", "der"),
    ],
    ["a public JWK", /a public key or a certificate; give the private key/, () => jwk(createPublicKey(rsa))],
    ["a certificate in PEM", /a public key or a certificate; give the private key/, () => certificate(ec, "ES256")],
    ["a certificate in DER", /a public key or a certificate/, async () => inDer(await certificate(ec, "ES256"))],
    ["an encrypted key in PEM", /is encrypted; decrypt it first: openssl pkey/, () => locked(ec, "pkcs8", "pem")],
    ["an encrypted key in OpenSSL's older PEM", /is encrypted; decrypt it first/, () => locked(ec, "sec1", "pem")],
    ["an encrypted key in DER", /is encrypted; decrypt it first/, () => locked(rsa, "pkcs8", "der")],
    ["another curve in SEC1 DER", /on the curve secp384r1; devices sign with P-256/, () => out(p384, "sec1", "der")],
    ["another curve in PKCS#8 DER", /on the curve secp384r1; devices sign/, () => out(p384, "pkcs8", "der")],
    ["another curve in PEM", /on the curve secp384r1; devices sign/, () => out(p384, "pkcs8", "pem")],
    ["another curve as JWK", /on the curve secp384r1; devices sign/, () => jwk(p384)],
    [
      "a curve by its parameters",
      /describes its curve by parameters/,
      () =>
        out(generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).privateKey, "pkcs8", "der"),
    ],
    [
      "a key of another kind",
      /of the kind ed25519; devices sign/,
      () => out(generateKeyPairSync("ed25519").privateKey, "pkcs8", "der"),
    ],
    [
      "an RSA key for PSS alone",
      /of the kind rsa-pss; devices sign/,
      () => out(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey, "pkcs8", "der"),
    ],
    [
      "an RSA key that is too small",
      /an RSA key of 1024 bits: 2048 to 4096 are supported/,
      () => out(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey, "pkcs1", "der"),
    ],
    [
      "halves of two keys",
      /./,
      () => {
        const [mine, other] = [ec, generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey].map((key) =>
          out(key, "sec1", "der"),
        );
        return Buffer.concat([mine!.subarray(0, -64), other!.subarray(-64)]);
      },
    ],
  ])("is missed in %s", async (_, message, make) => {
    const file = await make();
    const read = () => signerOf(file);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    // One line for --key that quotes nothing.
    expect(read).toThrow(/^--key: [^\n]{20,140}$/);
    expect(read).not.toThrow(/[A-Za-z0-9+/_-]{24}/);
  });
});

describe("a public key", () => {
  test.each<[string, KeyObject, () => Buffer | Promise<Buffer>]>([
    ["SubjectPublicKeyInfo in DER, P-256", ec, () => out(createPublicKey(ec), "spki", "der")],
    ["SubjectPublicKeyInfo in DER, RSA", rsa, () => out(createPublicKey(rsa), "spki", "der")],
    ["PKCS#1 in DER", rsa, () => out(createPublicKey(rsa), "pkcs1", "der")],
    ["PKCS#1 in PEM", rsa, () => out(createPublicKey(rsa), "pkcs1", "pem")],
    ["a certificate in DER", rsa, async () => inDer(await certificate(rsa, "RS256"))],
    ["a certificate in PEM", ec, () => certificate(ec, "ES256")],
    ["a JWK", rsa, () => jwk(createPublicKey(rsa), { use: "sig" })],
  ])("verifies out of %s", async (_, key, make) => {
    const token = signToken(
      signerOf(out(key, "pkcs8", "der")).signer(),
      claimsOf({ wallMs: WALL, lifetimeS: 60, aud: "a" }),
    );
    expect(verifyToken(token, verifierOf(await make()), { wallMs: WALL })).toMatchObject({ aud: "a" });
  });

  test.each<[string, RegExp, () => Buffer]>([
    ["words", /neither PEM nor DER nor a JWK/, () => bytes("words")],
    ["DER of something else", /holds no key/, () => Buffer.from([0x30, 3, 2, 1, 5])],
    ["an encrypted private key in DER", /is encrypted/, () => locked(ec, "pkcs8", "der")],
    ["an encrypted private key in PEM", /is encrypted/, () => locked(ec, "pkcs8", "pem")],
    ["another curve", /on the curve secp384r1/, () => out(createPublicKey(p384), "spki", "der")],
    ["a key of another kind", /of the kind x25519/, () => out(generateKeyPairSync("x25519").publicKey, "spki", "der")],
  ])("is missed in %s", (_, message, make) => {
    expect(() => verifierOf(make())).toThrow(UsageError);
    expect(() => verifierOf(make())).toThrow(message);
  });
});

test("keys are read without their secrets' staying in what is thrown", () => {
  const secret = createPrivateKey(out(p384, "pkcs8", "pem")).export({ format: "jwk" }).d!;
  try {
    signerOf(jwk(p384));
  } catch (error) {
    expect(JSON.stringify([String(error), (error as Error).cause ?? null])).not.toContain(secret);
  }
  expect.assertions(1);
});
