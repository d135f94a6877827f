// Certificates that a careful authority would not sign, for attacks: any extension, any issuer, any signature.

import { webcrypto } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import type { Identity, ServerIdentity } from "../../host-sim/cloud/node/ca.js";
import "../../host-sim/cloud/node/reflect-metadata.js";

const DAY_MS = 86_400_000;

type Rsa = "rsa1024" | "rsa2048";

/** What to forge. Defaults make an honest server certificate. */
export interface Forgery {
  subject: string;
  /** DNS names; none for an authority. */
  names?: readonly string[];
  /** Alternative names of other kinds. Without these and without `names` there is no extension for them. */
  others?: readonly X509.JsonGeneralName[];
  /** P-256 unless it says otherwise. */
  key?: Rsa;
  /** Who is named as issuer and, unless `signer` says otherwise, signs. Left out: the certificate signs itself. */
  issuer?: Identity;
  /** Whose key signs in the issuer's name. */
  signer?: Identity;
  authority?: boolean;
  /** Intermediate certificates allowed below this authority (RFC 5280 §4.2.1.9). */
  pathLength?: number;
  /** What it is for; an authority's says so only when it is given. */
  purpose?: "server" | "client";
  /** What its key is for, in place of what fits a server or an authority. */
  usage?: X509.KeyUsageFlags;
  hash?: "SHA-256" | "SHA-1";
  /** Any others. */
  extensions?: readonly X509.Extension[];
}

/** Makes a key and a certificate for it. */
export async function forge(now: number, forgery: Forgery): Promise<Identity> {
  const x509 = await import("@peculiar/x509");
  const { subject, authority = false, pathLength, hash = "SHA-256" } = forgery;
  const keys = await makeKeys(forgery.key);
  const issuer = forgery.issuer ?? { subject, keys, kind: "p256" as const };
  const signer = forgery.signer ?? issuer;
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  const extensions: X509.Extension[] = [
    new x509.BasicConstraintsExtension(authority, pathLength, true),
    new x509.KeyUsagesExtension(forgery.usage ?? (authority ? keyCertSign : digitalSignature), true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ...(forgery.extensions ?? []),
  ];
  const purpose = forgery.purpose ?? (authority ? undefined : "server");
  if (purpose !== undefined) {
    const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
    extensions.push(new x509.ExtendedKeyUsageExtension([purpose === "server" ? serverAuth : clientAuth]));
  }
  const dns = (forgery.names ?? []).map((value) => ({ type: "dns" as const, value }));
  const alternatives = [...dns, ...(forgery.others ?? [])];
  if (alternatives.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(alternatives));
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 30 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: { name: signer.keys.privateKey.algorithm.name, hash },
    extensions,
  });
  return { certificate, keys, kind: "p256", subject };
}

function makeKeys(key?: Rsa): Promise<webcrypto.CryptoKeyPair> {
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: Uint8Array.of(1, 0, 1) };
  const algorithm =
    key === undefined
      ? { name: "ECDSA", namedCurve: "P-256" }
      : { ...rsa, modulusLength: key === "rsa1024" ? 1024 : 2048 };
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

/** What a server with `leaf`'s key sends: `leaf` and `others`, in this order. */
export async function served(leaf: Identity, ...others: X509.X509Certificate[]): Promise<ServerIdentity> {
  const { pem } = await import("../../host-sim/cloud/node/ca.js");
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", leaf.keys.privateKey));
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${key.toString("base64")}\n-----END PRIVATE KEY-----\n`;
  return { chainPem: [leaf.certificate, ...others].map(pem).join(""), keyPem };
}
