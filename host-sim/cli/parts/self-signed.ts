// A self-signed X.509 certificate around a device's public key, for registries that take keys in this form
// (Google Cloud IoT Core: ES256_X509_PEM, RSA_X509_PEM). It says nothing but the key.

import "../../cloud/node/reflect-metadata.js";
import { createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import type { JwtAlgorithm } from "../../../firmware/jwt/token.js";

// Not a static import: some loaders run a CommonJS package before any module that imports it, so before the polyfill.
const x509 = await import("@peculiar/x509");
x509.cryptoProvider.set(webcrypto);

const ALGORITHM = {
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
} as const satisfies Record<JwtAlgorithm, object>;

/** Registries look at the key alone; the name only must be there. */
const SUBJECT = "CN=unused";
/** For no well-defined end (RFC 5280 §4.1.2.5). */
const NO_END = new Date("9999-12-31T23:59:59Z");

/** @returns the certificate as PEM, valid from now on and for ever */
export async function selfSigned(privateKey: KeyObject, alg: JwtAlgorithm): Promise<string> {
  const { subtle } = webcrypto;
  const algorithm = ALGORITHM[alg];
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" });
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: SUBJECT,
    notBefore: new Date(),
    notAfter: NO_END,
    signingAlgorithm: algorithm,
    keys: {
      publicKey: await subtle.importKey("spki", spki, algorithm, true, ["verify"]),
      privateKey: await subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    },
  });
  return `${certificate.toString("pem").trim()}\n`;
}
