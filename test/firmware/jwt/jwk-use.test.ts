// What a JWK says of itself, in every reader of ours that takes one; jose, which keeps the same rule, is the oracle.

import { createPublicKey, type KeyObject } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { JwtError } from "../../../firmware/jwt/errors.js";
import type { JwtAlgorithm } from "../../../firmware/jwt/token.js";
import { UsageError } from "../../../host-sim/cli/output/errors.js";
import { signerOf, verifierOf } from "../../../host-sim/cli/parts/keys.js";
import { verifyToken } from "../../../host-sim/jwt/verify.js";
import { ecSample, RFC6979_A25, rsaPair } from "./samples.js";

const privateKeys: Readonly<Record<JwtAlgorithm, KeyObject>> = {
  ES256: ecSample(RFC6979_A25.d).privateKey,
  RS256: rsaPair(2048).privateKey,
};
const ALGORITHMS = ["ES256", "RS256"] as const;
const jwkOf = (key: KeyObject) => key.export({ format: "jwk" }) as JWK;
const publicJwk = (alg: JwtAlgorithm) => jwkOf(createPublicKey(privateKeys[alg]));
const WALL = Date.UTC(2026, 10, 22, 12);
const tokenOf = (alg: JwtAlgorithm) =>
  new SignJWT({})
    .setProtectedHeader({ alg })
    .setIssuedAt(WALL / 1000)
    .setExpirationTime(WALL / 1000 + 60)
    .sign(privateKeys[alg]);

/** True when it throws nothing; what it does throw is of the kind that its reader promises, and tells no value. */
function takes(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof JwtError) expect(error).toMatchObject({ code: "jwt-key-use", advice: "give-up" });
    else expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toMatch(/hidden/);
    return false;
  }
}
const fileOf = (jwk: object) => Buffer.from(JSON.stringify(jwk));
const keeps = (promise: Promise<unknown>) =>
  promise.then(
    () => true,
    () => false,
  );

/** What a key says; ALG stands for its own algorithm. */
type Words = Readonly<Record<string, unknown>>;
const said = (words: Words, alg: JwtAlgorithm): Words => (words.alg === "ALG" ? { ...words, alg } : words);

const VERIFYING: readonly [boolean, Words][] = [
  [true, {}],
  [true, { use: "sig" }],
  [true, { key_ops: ["verify"] }],
  [true, { alg: "ALG" }],
  [true, { use: "sig", key_ops: ["verify"], alg: "ALG", kid: "k", "x-hidden": ["more"] }],
  // §4.2
  [false, { use: "enc" }],
  [false, { use: "SIG" }],
  [false, { use: "" }],
  [false, { use: "hidden" }],
  [false, { use: ["sig"] }],
  [false, { use: null }],
  [false, { use: 1 }],
  // §4.3
  [false, { key_ops: [] }],
  [false, { key_ops: ["sign"] }],
  [false, { key_ops: ["encrypt"] }],
  [false, { key_ops: ["Verify"] }],
  [false, { key_ops: ["verify", "verify"] }],
  [false, { key_ops: "verify" }],
  [false, { key_ops: { 0: "verify" } }],
  [false, { key_ops: null }],
  [false, { key_ops: ["verify", null] }],
  [false, { key_ops: [["verify"]] }],
  [false, { key_ops: ["verify", "encrypt"] }],
  [false, { key_ops: ["verify", "deriveKey"] }],
  [false, { use: "enc", key_ops: ["verify"] }],
  [false, { use: "sig", key_ops: ["encrypt"] }],
  [false, { use: "sig", key_ops: ["verify", "wrapKey"] }],
  // §4.4
  [false, { alg: "none" }],
  [false, { alg: "HS256" }],
  [false, { alg: "RS512" }],
  [false, { alg: "PS256" }],
  [false, { alg: "ES384" }],
  [false, { alg: "ECDH-ES" }],
  [false, { alg: "" }],
  [false, { alg: null }],
  [false, { alg: ["ALG"] }],
];

describe.each(ALGORITHMS)("a public JWK for %s that is to verify", (alg) => {
  const other = ALGORITHMS.find((each) => each !== alg)!;

  test.each([...VERIFYING, [false, { alg: other }] as [boolean, Words]])(
    "is taken: %s, by what it says: %j",
    async (good, words) => {
      const jwk = { ...publicJwk(alg), ...said(words, alg) } as JWK;
      const token = await tokenOf(alg);
      const theirs = jwtVerify(token, createLocalJWKSet({ keys: [jwk] }), { currentDate: new Date(WALL) });
      expect([await keeps(theirs), "jose"]).toEqual([good, "jose"]);
      expect(takes(() => verifyToken(token, verifierOf(fileOf(jwk)), { wallMs: WALL }))).toBe(good);
    },
  );

  test("that was made to sign too verifies, which jose leaves to WebCrypto, and that leaves to private keys", () => {
    const jwk = { ...publicJwk(alg), key_ops: ["sign", "verify"] };
    expect(takes(() => verifierOf(fileOf(jwk)))).toBe(true);
  });

  test("does not verify a token of another algorithm", async () => {
    const verifier = verifierOf(fileOf({ ...publicJwk(alg), alg }));
    const token = await tokenOf(other);
    expect(() => verifyToken(token, verifier, { wallMs: WALL })).toThrow(
      expect.objectContaining({ code: "jwt-algorithm" }) as unknown as Error,
    );
  });

  test("of WebCrypto's, as it exports one, is taken", async () => {
    const { publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), ext: true, key_ops: publicKey.usages };
    expect(takes(() => verifierOf(fileOf(jwk)))).toBe(true);
  });
});

const SIGNING: readonly [boolean, Words][] = [
  [true, {}],
  [true, { use: "sig" }],
  [true, { key_ops: ["sign"] }],
  [true, { use: "sig", key_ops: ["sign"], alg: "ALG" }],
  [false, { use: "enc" }],
  [false, { key_ops: [] }],
  [false, { key_ops: ["verify"] }],
  [false, { key_ops: ["sign", "sign"] }],
  [false, { key_ops: ["sign", "decrypt"] }],
  [false, { key_ops: ["deriveBits"] }],
  [false, { use: "enc", key_ops: ["sign"] }],
  [false, { key_ops: "sign" }],
  [false, { alg: "ES384" }],
  [false, { alg: "HS256" }],
];

describe.each(ALGORITHMS)("a private JWK for %s that is to sign", (alg) => {
  test.each(SIGNING)("is taken: %s, by what it says: %j", async (good, words) => {
    const jwk = { ...jwkOf(privateKeys[alg]), ...said(words, alg) } as JWK;
    if (alg === "ES256") expect(takes(() => readEcPrivateKey(JSON.stringify(jwk)))).toBe(good);
    expect(takes(() => signerOf(fileOf(jwk)))).toBe(good);
    // jose imports by the alg it is told before the key's own, and asks `use` of key sets alone.
    const imported = importJWK(jwk, jwk.alg === undefined ? alg : undefined).then((key) =>
      new SignJWT({}).setProtectedHeader({ alg }).sign(key),
    );
    if (words.use === undefined || good) expect([await keeps(imported), "jose"]).toEqual([good, "jose"]);
  });

  test("is asked what it is for when its public half is to verify", () => {
    const jwk = jwkOf(privateKeys[alg]);
    for (const [key_ops, good] of [
      [undefined, true],
      [["sign"], false],
      [["sign", "verify"], true],
    ] as const) {
      expect(takes(() => verifierOf(fileOf({ ...jwk, key_ops })))).toBe(good);
    }
  });

  test("that is to sign and to verify does both", () => {
    const jwk = { ...jwkOf(privateKeys[alg]), key_ops: ["sign", "verify"] };
    expect([takes(() => signerOf(fileOf(jwk))), takes(() => verifierOf(fileOf(jwk)))]).toEqual([true, true]);
  });
});
