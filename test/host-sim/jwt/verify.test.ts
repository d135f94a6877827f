import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { importJWK, SignJWT } from "jose";
import { claimsOf } from "../../../firmware/jwt/claims.js";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { es256Signer } from "../../../firmware/jwt/es256.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { rs256Signer } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey } from "../../../firmware/jwt/rsa-key.js";
import { signToken } from "../../../firmware/jwt/token.js";
import { checkClaims, checkLifetime, decodeToken, verifierBy, verifyToken } from "../../../host-sim/jwt/verify.js";
import { GOOGLE_SAMPLE, RFC7515_A3, rsaPair } from "../../firmware/jwt/samples.js";
import { base, code, NOW, WALL } from "../../support/claims.js";

const signer = es256Signer(readEcPrivateKey(JSON.stringify(RFC7515_A3.jwk)), es256());
const verifier = verifierBy(createPublicKey({ key: RFC7515_A3.jwk, format: "jwk" }), "ES256");
const rsa = rsaPair(2048);
const rsaKey = readRsaPrivateKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" }) as string);

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
    expect(verifyToken(rs, verifierBy(rsa.publicKey, "RS256"), rules)).toMatchObject({ iat: NOW });
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
    const other = verifierBy(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, "ES256");
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
});
