// Certificates that a careful authority would not sign, for attacks: any extension, any issuer, any signature.

import { webcrypto } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import type { Identity, ServerIdentity } from "../../host-sim/cloud/ca.js";
import "../../host-sim/cloud/reflect-metadata.js";

const DAY_MS = 86_400_000;
const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** What to forge. Defaults make an honest server certificate. */
export interface Forgery {
  subject: string;
  /** DNS names; none for an authority. */
  names?: readonly string[];
  /** Who is named as issuer and, unless `signer` says otherwise, signs. Left out: the certificate signs itself. */
  issuer?: Identity;
  /** Whose key signs in the issuer's name. */
  signer?: Identity;
  authority?: boolean;
  /** Intermediate certificates allowed below this authority (RFC 5280 §4.2.1.9). */
  pathLength?: number;
  purpose?: "server" | "client";
  hash?: "SHA-256" | "SHA-1";
}

/** Makes a key and a certificate for it. */
export async function forge(now: number, forgery: Forgery): Promise<Identity> {
  const x509 = await import("@peculiar/x509");
  const { subject, authority = false, pathLength, names = [], purpose = "server", hash = "SHA-256" } = forgery;
  const keys = (await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const issuer = forgery.issuer ?? { subject, keys, kind: "p256" as const };
  const signer = forgery.signer ?? issuer;
  const usage = authority ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature;
  const extensions: X509.Extension[] = [
    new x509.BasicConstraintsExtension(authority, pathLength, true),
    new x509.KeyUsagesExtension(usage, true),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
  ];
  if (!authority) {
    extensions.push(
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[purpose === "server" ? "serverAuth" : "clientAuth"]]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
    );
  }
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 30 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: { ...P256, hash },
    extensions,
  });
  return { certificate, keys, kind: "p256", subject };
}

/** What a server with `leaf`'s key sends: `leaf` and `others`, in this order. */
export async function served(leaf: Identity, ...others: X509.X509Certificate[]): Promise<ServerIdentity> {
  const { pem } = await import("../../host-sim/cloud/ca.js");
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", leaf.keys.privateKey));
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${key.toString("base64")}\n-----END PRIVATE KEY-----\n`;
  return { chainPem: [leaf.certificate, ...others].map(pem).join(""), keyPem };
}
