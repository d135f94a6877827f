// `simkey keygen`: a private key for a device into a file, its public half to stdout, to be registered.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { JwtAlgorithm } from "../../../firmware/jwt/token.js";
import { createPrivate } from "../../platform/private-files.js";
import { describeError, UsageError } from "../output/errors.js";
import type { Surroundings } from "../parts/surroundings.js";

export const ALGORITHMS = ["ES256", "RS256"] as const satisfies readonly JwtAlgorithm[];
export const PUBLIC_FORMS = ["pem", "jwk", "x509"] as const;
/** Sizes of an RSA modulus that the firmware signs with. */
export const RSA_BITS = { least: 2048, most: 4096 };

export interface KeygenOptions {
  alg: JwtAlgorithm;
  bits?: number;
  out: string;
  public: (typeof PUBLIC_FORMS)[number];
}

/** @throws UsageError, among others for a file that is there already */
export async function keygenCommand(options: KeygenOptions, around: Surroundings): Promise<void> {
  const { alg, bits, out } = options;
  if (bits !== undefined && alg === "ES256")
    throw new UsageError("--bits goes with --alg RS256; ES256 is always P-256");
  const privatePem = privateKey(alg, bits);
  const shown = await publicForm(privatePem, alg, options.public);
  writeNew(out, privatePem);
  around.stdout(shown);
}

/** PKCS#8 in PEM. */
function privateKey(alg: JwtAlgorithm, bits = RSA_BITS.least): string {
  const { privateKey: key } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: bits });
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

async function publicForm(privatePem: string, alg: JwtAlgorithm, form: KeygenOptions["public"]): Promise<string> {
  if (form === "x509") {
    // Loaded only here: no other command makes certificates for keys.
    const { selfSigned } = await import("../parts/self-signed.js");
    return selfSigned(createPrivateKey(privatePem), alg);
  }
  const key = createPublicKey(privatePem);
  return form === "jwk"
    ? `${JSON.stringify(jwkOf(key, alg))}\n`
    : (key.export({ type: "spki", format: "pem" }) as string);
}

/** A public JWK with what a key set wants (RFC 7517 §4); `kid` is its thumbprint (RFC 7638 §3). */
function jwkOf(key: KeyObject, alg: JwtAlgorithm): Record<string, unknown> {
  const { crv, kty, x, y, e, n } = key.export({ format: "jwk" });
  const required = kty === "EC" ? { crv, kty, x, y } : { e, kty, n };
  const kid = createHash("sha256").update(JSON.stringify(required)).digest("base64url");
  return { ...required, use: "sig", alg, kid };
}

function writeNew(path: string, text: string): void {
  try {
    createPrivate(path, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new UsageError(`--out: ${path} is there already, and a key is not overwritten; choose another name`);
    }
    throw new UsageError(`--out: ${describeError(error).line}`);
  }
}
