import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { jwtVerify } from "jose";
import { claimsOf } from "../../../firmware/jwt/claims.js";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { JwtError } from "../../../firmware/jwt/errors.js";
import { es256Signer } from "../../../firmware/jwt/es256.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { rs256Signer } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey } from "../../../firmware/jwt/rsa-key.js";
import { type JwtSigner, signToken, TOKEN_LIMIT } from "../../../firmware/jwt/token.js";
import { base, code, NOW, WALL } from "../../support/claims.js";
import { RFC7515_A3, rsaPair } from "./samples.js";

const signer = es256Signer(readEcPrivateKey(JSON.stringify(RFC7515_A3.jwk)), es256());
const rsa = rsaPair(2048);
const rsaKey = readRsaPrivateKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string);

describe("signing", () => {
  test("gives Google's shape of a token to the byte", () => {
    // Header and claims of the page in one order; RFC 7515 A.3's key; RFC 6979.
    const token = signToken(signer, { iat: 1509654401, exp: 1509658001, aud: "my-project" });
    expect(token).toBe(
      "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE1MDk2NTQ0MDEsImV4cCI6MTUwOTY1ODAwMSwiYXVkIjoibXktcHJvamVjdCJ9." +
        "8b673USzyPOLOiiRlTXNYl9Euh2Jx3xeZgLOEJ-QdlXMUr0gZQKIpU8LS0senX_5ujDMDeYZsvdrESIEoxVsyA",
    );
    expect(token).toHaveLength(196);
  });

  test("gives what jose verifies, with every claim and the key's name", async () => {
    const claims = claimsOf({
      ...base,
      iss: "issuer",
      sub: "device/é",
      nbf: true,
      jti: "1",
      scope: "a.read:*/*",
      extra: { ut: 3, list: ["x"] },
    });
    const token = signToken(signer, claims, "key-1");
    const key = createPublicKey({ key: RFC7515_A3.jwk, format: "jwk" });
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      currentDate: new Date(WALL),
      audience: "my-project",
    });
    expect(payload).toEqual({
      iat: NOW,
      exp: NOW + 3600,
      aud: "my-project",
      iss: "issuer",
      sub: "device/é",
      jti: "1",
      scope: "a.read:*/*",
      nbf: NOW,
      ut: 3,
      list: ["x"],
    });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: "key-1" });
  });

  test("with RS256 gives what jose verifies", async () => {
    const token = signToken(rs256Signer(rsaKey), claimsOf(base));
    const { payload } = await jwtVerify(token, rsa.publicKey, { currentDate: new Date(WALL) });
    expect(payload.aud).toBe("my-project");
  });

  test("refuses a token beyond all measure", () => {
    expect(code(() => signToken(signer, { x: "y".repeat(TOKEN_LIMIT) }))).toBe("jwt-claims");
    // A character more makes one or two of base64url: the limit itself is met on the way.
    const blank: JwtSigner = { alg: "ES256", sign: () => new Uint8Array(64), wipe: () => {} };
    const lengths = Array.from({ length: 40 }, (_, i) => {
      const claims = { x: "y".repeat(6015 + i) };
      return code(() => signToken(blank, claims)) === "none" ? signToken(blank, claims).length : 0;
    });
    expect(Math.max(...lengths)).toBe(TOKEN_LIMIT);
    expect(lengths).toContain(0);
  });
});

describe("claims", () => {
  test("are whole seconds from now, in the order iat, exp, aud", () => {
    expect(JSON.stringify(claimsOf({ ...base, wallMs: WALL + 999 }))).toBe(
      `{"iat":${NOW},"exp":${NOW + 3600},"aud":"my-project"}`,
    );
  });

  test("need a clock that is set, and right within 10 minutes", () => {
    expect(code(() => claimsOf({ ...base, wallMs: undefined }))).toBe("jwt-clock");
    expect(code(() => claimsOf({ ...base, wallMs: 0 }))).toBe("jwt-clock");
    expect(code(() => claimsOf({ ...base, wallMs: Date.UTC(2023, 11, 31) }))).toBe("jwt-clock");
    expect(code(() => claimsOf({ ...base, clockErrorMs: 600_001 }))).toBe("jwt-clock");
    expect(code(() => claimsOf({ ...base, clockErrorMs: 600_000 }))).toBe("none");
    expect(new JwtError("jwt-clock", "").advice).toBe("retry");
  });

  test.each([0, -1, 1.5, 86_401, Number.NaN])("a lifetime of %p is refused", (lifetimeS) => {
    expect(code(() => claimsOf({ ...base, lifetimeS }))).toBe("jwt-claims");
  });

  test("24 hours is the longest life", () => {
    expect(claimsOf({ ...base, lifetimeS: 86_400 }).exp).toBe(NOW + 86_400);
  });

  test("the first second of 2024 is a time that a clock was set to", () => {
    expect(claimsOf({ ...base, wallMs: Date.UTC(2024, 0, 1) }).iat).toBe(1_704_067_200);
    expect(code(() => claimsOf({ ...base, wallMs: Date.UTC(2024, 0, 1) - 1 }))).toBe("jwt-clock");
  });

  test.each(["iat", "exp", "nbf", "aud", "iss", "sub", "jti", "scope"])("an extra one may not be called %s", (name) => {
    expect(code(() => claimsOf({ ...base, extra: { [name]: 1 } }))).toBe("jwt-claims");
  });
});
