import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { importJWK, jwtVerify, SignJWT } from "jose";
import { type ClaimsOptions, checkClaims, checkLifetime, claimsOf } from "../../../firmware/jwt/claims.js";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { readEcPublicKey } from "../../../firmware/jwt/ec-public.js";
import { JwtError } from "../../../firmware/jwt/errors.js";
import { es256Signer, es256Verifier } from "../../../firmware/jwt/es256.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { rs256Signer, rs256Verifier } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey } from "../../../firmware/jwt/rsa-key.js";
import { decodeToken, type JwtSigner, signToken, TOKEN_LIMIT, verifyToken } from "../../../firmware/jwt/token.js";
import { GOOGLE_SAMPLE, RFC7515_A3, rsaPair } from "./samples.js";

const curve = es256();
const signer = es256Signer(readEcPrivateKey(JSON.stringify(RFC7515_A3.jwk)), curve);
const verifier = es256Verifier(signer.publicKey, curve);
const rsa = rsaPair(2048);
const rsaKey = readRsaPrivateKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string);

const WALL = Date.UTC(2026, 10, 22, 12);
const NOW = WALL / 1000;
const base: ClaimsOptions = { wallMs: WALL, lifetimeS: 3600, aud: "my-project" };

function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(JwtError);
    return (error as JwtError).code;
  }
  return "none";
}

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

describe("verifying", () => {
  const rules = { wallMs: WALL, audience: "my-project" };
  const verify = (claims: object, at = WALL) =>
    code(() => verifyToken(signToken(signer, { ...claims }), verifier, { ...rules, wallMs: at }));

  test("yields the claims of a good token, also one that jose signed", async () => {
    expect(verifyToken(signToken(signer, claimsOf(base)), verifier, rules)).toEqual(claimsOf(base));
    const key = await importJWK(RFC7515_A3.jwk, "ES256");
    const theirs = await new SignJWT({ aud: ["other", "my-project"] })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuedAt(NOW)
      .setExpirationTime(NOW + 60)
      .sign(key);
    expect(verifyToken(theirs, verifier, rules)).toMatchObject({ exp: NOW + 60 });
    const rs = await new SignJWT({ aud: "my-project" })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuedAt(NOW)
      .setExpirationTime(NOW + 60)
      .sign(rsa.privateKey);
    expect(verifyToken(rs, rs256Verifier(rsaKey), rules)).toMatchObject({ iat: NOW });
  });

  test("refuses the sample of Google's page, whose exp lies before its iat", () => {
    const { claims } = decodeToken(GOOGLE_SAMPLE);
    expect(claims).toEqual({ aud: "my-project", exp: 1509650801, iat: 1509654401 });
    expect(code(() => checkLifetime(claims))).toBe("jwt-claims");
    expect(code(() => checkClaims(claims, { wallMs: 1509654401_000 }))).toBe("jwt-claims");
    expect(verify(claims, 1509654401_000)).toBe("jwt-claims");
  });

  test("bears with ten minutes between the clocks and not a second more", () => {
    const claims = { iat: NOW, exp: NOW + 60, aud: "my-project" };
    expect(verify(claims, WALL + 60_000 + 599_999)).toBe("none");
    expect(verify(claims, WALL + 60_000 + 600_000)).toBe("jwt-expired");
    expect(verify(claims, WALL - 600_000)).toBe("none");
    expect(verify(claims, WALL - 601_000)).toBe("jwt-not-yet-valid");
    expect(verify({ ...claims, nbf: NOW + 700 })).toBe("jwt-not-yet-valid");
  });

  test("wants no iat, and no audience where none is asked for", () => {
    expect(verify({ exp: NOW + 60, aud: "my-project" })).toBe("none");
    expect(verify({ exp: NOW + 60, nbf: NOW + 600, aud: "my-project" })).toBe("none");
    const token = signToken(signer, { exp: NOW + 60, aud: "anyone" });
    expect(code(() => verifyToken(token, verifier, { wallMs: WALL }))).toBe("none");
  });

  test("takes the beginning of time for a time, and nothing before it", () => {
    expect(code(() => checkLifetime({ iat: 0, exp: 60 }))).toBe("none");
    expect(code(() => checkLifetime({ iat: -1, exp: 60 }))).toBe("jwt-claims");
    expect(claimsOf({ ...base, lifetimeS: 1 }).exp).toBe(NOW + 1);
  });

  test("bears with as much between the clocks as it is told", () => {
    const token = signToken(signer, { iat: NOW, exp: NOW + 60 });
    const at = (wallMs: number) => code(() => verifyToken(token, verifier, { wallMs, skewMs: 1000 }));
    expect([at(WALL - 1001), at(WALL - 1000), at(WALL + 60_999), at(WALL + 61_000)]).toEqual([
      "jwt-not-yet-valid",
      "none",
      "none",
      "jwt-expired",
    ]);
  });

  test.each([
    [{ iat: NOW, exp: NOW + 87_000, aud: "my-project" }, "none"],
    [{ iat: NOW, exp: NOW + 60, nbf: "soon", aud: "my-project" }, "jwt-claims"],
    [{ iat: NOW, aud: "my-project" }, "jwt-claims"],
    [{ iat: NOW, exp: NOW, aud: "my-project" }, "jwt-claims"],
    [{ iat: NOW, exp: NOW + 87_001, aud: "my-project" }, "jwt-claims"],
    [{ iat: NOW, exp: `${NOW + 60}`, aud: "my-project" }, "jwt-claims"],
    [{ iat: -1, exp: NOW + 60, aud: "my-project" }, "jwt-claims"],
    [{ iat: NOW, exp: NOW + 60 }, "jwt-audience"],
    [{ iat: NOW, exp: NOW + 60, aud: "My-project" }, "jwt-audience"],
    [{ iat: NOW, exp: NOW + 60, aud: ["my-projects"] }, "jwt-audience"],
  ])("of %j ends in %s", (claims, expected) => {
    expect(verify(claims)).toBe(expected);
  });

  test("refuses another key's, an altered, and an unsigned token, and another algorithm", () => {
    const token = signToken(signer, claimsOf(base));
    const other = es256Verifier(curve.publicKeyOf(new Uint8Array(32).fill(1)), curve);
    expect(code(() => verifyToken(token, other, rules))).toBe("jwt-signature");
    const [header, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ ...claimsOf(base), aud: "x" })).toString("base64url");
    expect(code(() => verifyToken(`${header}.${forged}.${signature}`, verifier, rules))).toBe("jwt-signature");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(code(() => verifyToken(`${none}.${token.split(".")[1]}.`, verifier, rules))).toBe("jwt-algorithm");
    expect(code(() => verifyToken(signToken(rs256Signer(rsaKey), claimsOf(base)), verifier, rules))).toBe(
      "jwt-algorithm",
    );
    const critical = Buffer.from('{"alg":"ES256","crit":["b64"],"b64":false}').toString("base64url");
    expect(code(() => verifyToken(`${critical}.e30.AAAA`, verifier, rules))).toBe("jwt-syntax");
  });

  test.each([
    "",
    "a.b",
    "a.b.c.d",
    "..",
    "e30.e30",
    "e30=.e30.",
    "W10.e30.",
    "e30.bnVsbA.",
    "x".repeat(9000),
    "e30.e30.a b",
  ])("%j is no token", (text) => {
    expect(code(() => decodeToken(text))).toBe("jwt-syntax");
  });

  test("no failure repeats a part of the token", () => {
    for (const text of ["c2VjcmV0.c2VjcmV0.c2VjcmV0", "secret!.x.y"]) {
      try {
        decodeToken(text);
      } catch (error) {
        expect(`${(error as Error).message} ${(error as Error).cause}`).not.toMatch(/secret|c2Vj/);
      }
    }
  });

  test("the public key may come from a registry's PEM", () => {
    const pem = createPublicKey({ key: RFC7515_A3.jwk, format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
    const registered = es256Verifier(readEcPublicKey(pem as string), curve);
    expect(verifyToken(signToken(signer, claimsOf(base)), registered, rules).aud).toBe("my-project");
  });
});
