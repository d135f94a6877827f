// simkey keygen and simkey token as a user meets them; jose and openssl say whether what they print is right.

import { spawnSync } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, jest, test } from "@jest/globals";
import { calculateJwkThumbprint, importJWK, importSPKI, jwtVerify, SignJWT } from "jose";
import { registeredKey } from "../../host-sim/cloud/broker/jwt-verify.js";
import { GOOGLE_SAMPLE } from "../firmware/jwt/samples.js";
import { describeWith } from "../support/peers.js";

const COMMAND = join(process.cwd(), "dist/host-sim/cli/main.js");
jest.setTimeout(60_000);
const home = mkdtempSync(join(tmpdir(), "simkey-identity-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const file = (name: string) => join(home, name);
function simkey(args: string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { input, encoding: "utf8" });
  return { code: status, stdout, stderr };
}
/** Runs a command that must succeed. @returns what it prints */
function said(...args: string[]): string {
  const { code, stdout, stderr } = simkey(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}
/** Makes a key. @returns its file, and a file with the public half */
function keygen(name: string, ...args: string[]) {
  const path = file(name);
  const printed = said("keygen", "--out", path, ...args);
  writeFileSync(`${path}.pub`, printed);
  return { path, printed, publicPath: `${path}.pub` };
}

describe("simkey keygen", () => {
  test.each(["ES256", "RS256"] as const)(
    "makes a key for %s that only its owner may read, and prints its public half alone",
    (alg) => {
      const { path, printed } = keygen(`${alg}.pem`, "--alg", alg);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const key = createPrivateKey(readFileSync(path, "utf8"));
      expect(printed).toBe(createPublicKey(key).export({ type: "spki", format: "pem" }));
      expect(registeredKey(printed).algorithm).toBe(alg);
      expect(key.asymmetricKeyDetails).toMatchObject(
        alg === "ES256" ? { namedCurve: "prime256v1" } : { modulusLength: 2048 },
      );
    },
  );

  test("makes larger RSA keys", () => {
    const { printed } = keygen("large.pem", "--alg", "RS256", "--bits", "3072");
    expect(createPublicKey(printed).asymmetricKeyDetails!.modulusLength).toBe(3072);
  });

  test.each(["ES256", "RS256"])("prints a JWK for a key set, named by its thumbprint: %s", async (alg) => {
    const { path, printed } = keygen(`${alg}.jwk`, "--alg", alg, "--public", "jwk");
    const jwk = JSON.parse(printed);
    expect(jwk).toMatchObject({ use: "sig", alg, kid: await calculateJwkThumbprint(jwk) });
    expect(jwk).not.toHaveProperty("d");
    const token = said("token", "--key", path, "--audience", "a").trim();
    await expect(jwtVerify(token, await importJWK(jwk), { audience: "a" })).resolves.toBeDefined();
  });

  test.each(["ES256", "RS256"])("prints a self-signed certificate that a registry takes: %s", (alg) => {
    const { path, printed } = keygen(`${alg}.x509`, "--alg", alg, "--public", "x509");
    const certificate = new X509Certificate(printed);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(path, "utf8")))).toBe(true);
    expect(certificate.subject).toBe("CN=unused");
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(9999);
    expect(registeredKey(printed).algorithm).toBe(alg);
  });

  test("overwrites nothing", () => {
    const path = file("mine.txt");
    writeFileSync(path, "precious");
    const { code, stdout, stderr } = simkey(["keygen", "--out", path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^simkey: --out: .* is there already, and a key is not overwritten; choose another name\n$/);
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test.each<[string, RegExp, string[]]>([
    ["no place for the key", /--out <file> is missing/, []],
    ["a directory that is not there", /--out: .*does not exist; check the path/, ["--out", file("no/where")]],
    ["an algorithm that devices do not sign with", /ES256, RS256/, ["--out", file("x"), "--alg", "HS256"]],
    [
      "an RSA key that is too small",
      /--bits must be a whole number from 2048 to 4096/,
      ["--out", file("x"), "--bits", "1024"],
    ],
    ["bits for a curve", /--bits goes with --alg RS256/, ["--out", file("x"), "--bits", "2048"]],
  ])("says so in one line: %s", (_, message, args) => {
    const { code, stderr } = simkey(["keygen", ...args]);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(message);
  });
});

describe("simkey token", () => {
  const es = keygen("device.pem");

  test("prints a token that jose verifies, with the claims asked for", async () => {
    const options = ["--issuer", "me", "--subject", "s", "--scope", "a b", "--jti", "7", "--nbf", "--kid", "k1"];
    const more = ["--claim", "ut=3", "--claim", "sk=text", "--claim", 'acl={"pub":["a/#"]}', "--lifetime", "600"];
    const token = said("token", "--key", es.path, "--audience", "my-project", ...options, ...more).trim();
    const key = await importSPKI(es.printed, "ES256");
    const { payload, protectedHeader } = await jwtVerify(token, key, { audience: "my-project", issuer: "me" });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: "k1" });
    expect(payload).toMatchObject({ sub: "s", scope: "a b", jti: "7", ut: 3, sk: "text", acl: { pub: ["a/#"] } });
    expect([payload.exp! - payload.iat!, payload.nbf! - payload.iat!]).toEqual([600, 0]);
    expect(Math.abs(payload.iat! - Date.now() / 1000)).toBeLessThan(60);
  });

  test.each(["pem", "jwk", "x509"])(
    "checks its own tokens by the public half in the form %s, and prints the claims",
    (form) => {
      for (const alg of ["ES256", "RS256"]) {
        const { path, publicPath } = keygen(`${alg}-${form}`, "--alg", alg, "--public", form);
        const token = said("token", "--key", path, "--audience", "a").trim();
        expect(JSON.parse(said("token", "--verify", token, "--key", publicPath, "--audience", "a")).aud).toBe("a");
      }
    },
  );

  test("takes keys in DER, private and public", () => {
    const key = createPrivateKey(readFileSync(es.path, "utf8"));
    for (const type of ["pkcs8", "sec1"] as const) {
      writeFileSync(file("key.der"), key.export({ type, format: "der" }));
      writeFileSync(file("public.der"), createPublicKey(key).export({ type: "spki", format: "der" }));
      const token = said("token", "--key", file("key.der"), "--audience", "a").trim();
      expect(said("token", "--verify", token, "--key", file("public.der"))).toContain('"aud":"a"');
    }
  });

  test("refuses to verify by a JWK that says it is for something else", () => {
    const token = said("token", "--key", es.path, "--audience", "a").trim();
    const jwk = createPublicKey(es.printed).export({ format: "jwk" });
    writeFileSync(file("enc.jwk"), JSON.stringify({ ...jwk, use: "enc" }));
    expect(simkey(["token", "--verify", token, "--key", file("enc.jwk")])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'simkey: --key: the JWK\'s use is not "sig"; give a key that is for signatures\n',
    });
  });

  test("takes a token from stdin, where no list of processes shows it", () => {
    const token = said("token", "--key", es.path, "--audience", "a");
    expect(simkey(["token", "--verify", "-", "--key", es.publicPath], token)).toMatchObject({ code: 0, stderr: "" });
  });

  test("checks tokens that jose signed", async () => {
    const key = createPrivateKey(readFileSync(es.path, "utf8"));
    const signed = (seconds: number) =>
      new SignJWT({ aud: "a" })
        .setProtectedHeader({ alg: "ES256" })
        .setIssuedAt(Math.floor(Date.now() / 1000) + seconds)
        .setExpirationTime(Math.floor(Date.now() / 1000) + seconds + 60)
        .sign(key);
    const check = async (seconds: number) =>
      simkey(["token", "--verify", await signed(seconds), "--key", es.publicPath]);
    expect(await check(0)).toMatchObject({ code: 0 });
    expect(await check(-3600)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has expired \[jwt-expired\]/),
    });
    expect(await check(3600)).toMatchObject({ code: 1, stderr: expect.stringMatching(/\[jwt-not-yet-valid\]/) });
  });

  test.each<[string, RegExp, () => string[]]>([
    ["another audience", /for another audience \[jwt-audience\]: check --audience/, () => ["--audience", "b"]],
    ["another key", /signature does not fit \[jwt-signature\]/, () => ["--key", keygen("other.pem").publicPath]],
    [
      "a key of another kind",
      /not signed with RS256 \[jwt-algorithm\]/,
      () => ["--key", keygen("rs.pem", "--alg", "RS256").publicPath],
    ],
  ])("refuses a token with exit code 1 and one line: %s", (_, message, more) => {
    const token = said("token", "--key", es.path, "--audience", "a").trim();
    const { code, stdout, stderr } = simkey(["token", "--key", es.publicPath, "--verify", token, ...more()]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).not.toContain(token.split(".")[2]!);
  });

  test("refuses what is no token, an altered one, and the sample of Google's page", () => {
    const check = (token: string) => simkey(["token", "--verify", token, "--key", es.publicPath]);
    expect(check("a.b").stderr).toMatch(/^simkey: not a JWT: it must have three parts \[jwt-syntax\]/);
    const [header, claims, signature] = said("token", "--key", es.path, "--audience", "a").trim().split(".");
    const forged = Buffer.from(Buffer.from(claims!, "base64url").toString().replace('"a"', '"b"')).toString(
      "base64url",
    );
    expect(check(`${header}.${forged}.${signature}`)).toMatchObject({ code: 1 });
    expect(check(GOOGLE_SAMPLE)).toMatchObject({ code: 1 });
  });

  test.each<[string, number, RegExp, string[]]>([
    ["no audience", 2, /--audience says whom the token is for/, ["--key", es.path]],
    [
      "a key that is none",
      2,
      /--key: the file holds a public key or a certificate; give the private key/,
      ["--key", es.publicPath, "--audience", "a"],
    ],
    [
      "a key to verify with that is none",
      2,
      /--key: the file is not a key/,
      ["--key", file("text"), "--verify", "a.b.c"],
    ],
    ["a file that is not there", 2, /--key: .*does not exist/, ["--key", file("nothing"), "--audience", "a"]],
    [
      "a lifetime that no cloud takes",
      2,
      /--lifetime must be a whole number from 1 to 86400/,
      ["--key", es.path, "--lifetime", "86401"],
    ],
    ["a claim without a value", 2, /--claim must be NAME=VALUE/, ["--key", es.path, "--audience", "a", "--claim", "x"]],
    [
      "a claim of our own",
      1,
      /the claim exp is no extra one/,
      ["--key", es.path, "--audience", "a", "--claim", "exp=1"],
    ],
  ])("says so in one line: %s", (_, code, message, args) => {
    writeFileSync(file("text"), "words");
    const result = simkey(["token", ...args]);
    expect(result.code).toBe(code);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(result.stderr).toMatch(message);
  });
});

test.each(["google", "clearblade"])(
  "a key of keygen carries a run against the simulated cloud of %s, which registered its public half",
  (profile) => {
    const { path } = keygen(`${profile}.key`, "--alg", "RS256");
    const run = said("run", "--profile", profile, "--key", path, "--delay-scale", "0", "--json").trim().split("\n");
    expect(run.some((line) => line.includes('"alg":"RS256"'))).toBe(true);
    expect(JSON.parse(run.at(-1)!)).toMatchObject({ event: "summary", ok: true, answered: 1, reported: 1, lost: 0 });
    expect(run.join("\n")).not.toMatch(/eyJ/);
  },
);

describeWith("openssl", "keys of another maker", () => {
  const openssl = (...args: string[]) => spawnSync("openssl", args, { encoding: "utf8" });

  test.each<[string, string[][]]>([
    [
      "ecparam",
      [
        ["ecparam", "-name", "prime256v1", "-genkey", "-out", "KEY"],
        ["ec", "-in", "KEY", "-pubout", "-out", "PUB"],
      ],
    ],
    [
      "genpkey, EC",
      [
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "KEY"],
        ["pkey", "-in", "KEY", "-pubout", "-out", "PUB"],
      ],
    ],
    [
      "genpkey, RSA",
      [
        ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "KEY"],
        ["pkey", "-in", "KEY", "-pubout", "-out", "PUB"],
      ],
    ],
    [
      "genrsa, PKCS#1",
      [
        ["genrsa", "-traditional", "-out", "KEY", "2048"],
        ["rsa", "-in", "KEY", "-pubout", "-out", "PUB"],
      ],
    ],
    [
      "req -x509",
      [
        [
          "req",
          "-x509",
          "-nodes",
          "-newkey",
          "rsa:2048",
          "-keyout",
          "KEY",
          "-out",
          "PUB",
          "-days",
          "1000000",
          "-subj",
          "/CN=unused",
        ],
      ],
    ],
  ])("sign and verify: %s", (name, commands) => {
    const names: Record<string, string> = { KEY: file(`${name}.key`), PUB: file(`${name}.pub`) };
    for (const command of commands) expect(openssl(...command.map((word) => names[word] ?? word)).status).toBe(0);
    const token = said("token", "--key", names.KEY!, "--audience", "a").trim();
    expect(said("token", "--verify", token, "--key", names.PUB!)).toContain('"aud":"a"');
  });

  test("and openssl takes ours: the key, the certificate, and the RS256 signature", () => {
    const { path, publicPath } = keygen("ours", "--alg", "RS256");
    expect(openssl("pkey", "-in", path, "-check", "-noout").stdout).toMatch(/valid/);
    const x509 = keygen("ours-x509", "--public", "x509");
    expect(openssl("verify", "-check_ss_sig", "-CAfile", x509.publicPath, x509.publicPath).stdout).toMatch(/: OK/);
    const [header, claims, signature] = said("token", "--key", path, "--audience", "a").trim().split(".");
    writeFileSync(file("input"), `${header}.${claims}`);
    writeFileSync(file("signature"), Buffer.from(signature!, "base64url"));
    const verdict = openssl("dgst", "-sha256", "-verify", publicPath, "-signature", file("signature"), file("input"));
    expect(verdict.stdout).toBe("Verified OK\n");
  });
});
