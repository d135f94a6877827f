// The certificate authority of the simulated cloud: roots, intermediates and server certificates, good ones and bad ones.
// Real time only: WebCrypto makes keys at random.

import "./reflect-metadata.js";
import { createPrivateKey, webcrypto } from "node:crypto";
import type { Extension, X509Certificate } from "@peculiar/x509";

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

// Not a static import: some loaders run a CommonJS package before any module that imports it, so before the polyfill.
const x509 = await import("@peculiar/x509");
x509.cryptoProvider.set(webcrypto);

/** P-256 is fast to make; RSA-2048 is what AWS's endpoints show a client that offers RSA. */
export type KeyKind = "p256" | "rsa2048";

const KEY_ALGORITHM = {
  p256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa2048: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  },
} as const;

const DAY_MS = 86_400_000;
const ROOT_LIFE_DAYS = 3650;
const LEAF_LIFE_DAYS = 90;

/** From when to when a certificate is valid, in milliseconds since 1970. */
export interface Validity {
  notBefore: number;
  notAfter: number;
}

/** A certificate with its private key. */
export interface Identity {
  certificate: X509Certificate;
  keys: CryptoKeyPair;
  kind: KeyKind;
  /** The name of the subject, as in the certificate. */
  subject: string;
}

/** What a TLS server needs. */
export interface ServerIdentity {
  /** Leaf first, then what leads to the root. */
  chainPem: string;
  keyPem: string;
}

/** What keeps an authority from one run to the next, keys included: for a desk whose devices have its root built in. */
export interface Keep {
  /** What was kept under a name; undefined: nothing. */
  read(name: string): string | undefined;
  /** Keeps a text, for its owner's eyes alone. */
  write(name: string, text: string): void;
}

/** A certificate with its key, as text. */
interface KeptIdentity {
  subject: string;
  certificate: string;
  key: string;
}

/** A certificate authority: a root that signed one intermediate. */
export class CertificateAuthority {
  readonly root: Identity;
  readonly intermediate: Identity;
  readonly #now: number;

  private constructor(now: number, root: Identity, intermediate: Identity) {
    this.#now = now;
    this.root = root;
    this.intermediate = intermediate;
  }

  /**
   * @param name common name of the root
   * @param now the certificates are valid from a day before
   */
  static async create(name: string, now: number, kind: KeyKind = "p256"): Promise<CertificateAuthority> {
    const validity = { notBefore: now - DAY_MS, notAfter: now + ROOT_LIFE_DAYS * DAY_MS };
    const root = await makeAuthority(`CN=${name}, O=Simkey simulation`, validity, kind);
    const intermediate = await makeAuthority(`CN=${name} M01, O=Simkey simulation`, validity, kind, root);
    return new CertificateAuthority(now, root, intermediate);
  }

  /**
   * The authority of that name that was kept, or a new one, which is kept: where nothing was, where what was cannot be read, and
   * where it ends within the life of a server's certificate.
   */
  static async kept(name: string, now: number, kind: KeyKind, keep: Keep): Promise<CertificateAuthority> {
    const key = `${name} ${kind}`;
    const text = keep.read(key);
    if (text !== undefined) {
      try {
        const { root, intermediate } = JSON.parse(text) as Record<"root" | "intermediate", KeptIdentity>;
        const authority = new CertificateAuthority(now, await restored(root, kind), await restored(intermediate, kind));
        if (authority.root.certificate.notAfter.getTime() > now + LEAF_LIFE_DAYS * DAY_MS) return authority;
      } catch {
        // Another is made in its place.
      }
    }
    const made = await CertificateAuthority.create(name, now, kind);
    const texts = { root: await textOf(made.root), intermediate: await textOf(made.intermediate) };
    keep.write(key, JSON.stringify(texts));
    return made;
  }

  /** The root's certificate. */
  get rootPem(): string {
    return pem(this.root.certificate);
  }

  get rootDer(): Uint8Array {
    return new Uint8Array(this.root.certificate.rawData);
  }

  /** This root's name and key under another authority's signature, as AWS's servers send it at the end of their chain. */
  async crossSigned(by: CertificateAuthority): Promise<X509Certificate> {
    const { notBefore, notAfter } = this.root.certificate;
    const validity = { notBefore: notBefore.getTime(), notAfter: notAfter.getTime() };
    return sign(this.root.subject, this.root.keys.publicKey, validity, by.root, authorityExtensions());
  }

  /**
   * A server certificate with its chain.
   * @param names DNS names, the first also as common name
   * @param options `validity` by default from a day before to 90 days after `now`; `extra` is sent behind the intermediate
   */
  async serverIdentity(
    names: readonly string[],
    options: { validity?: Validity; extra?: readonly X509Certificate[] } = {},
  ): Promise<ServerIdentity> {
    const keys = await makeKeys(this.root.kind);
    const validity = options.validity ?? {
      notBefore: this.#now - DAY_MS,
      notAfter: this.#now + LEAF_LIFE_DAYS * DAY_MS,
    };
    const leaf = await sign(`CN=${names[0]}`, keys.publicKey, validity, this.intermediate, [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
    ]);
    const chain = [leaf, this.intermediate.certificate, ...(options.extra ?? [])];
    return { chainPem: chain.map(pem).join(""), keyPem: await privateKeyPem(keys.privateKey) };
  }
}

/** Validity that ended an hour before `now`. */
export function expired(now: number): Validity {
  return { notBefore: now - LEAF_LIFE_DAYS * DAY_MS, notAfter: now - DAY_MS / 24 };
}

/** Validity that begins a day after `now`. */
export function notYetValid(now: number): Validity {
  return { notBefore: now + DAY_MS, notAfter: now + LEAF_LIFE_DAYS * DAY_MS };
}

function makeKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM[kind], true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function makeAuthority(subject: string, validity: Validity, kind: KeyKind, by?: Identity): Promise<Identity> {
  const keys = await makeKeys(kind);
  const issuer = by ?? { subject, keys, kind };
  const certificate = await sign(subject, keys.publicKey, validity, issuer, authorityExtensions());
  return { certificate, keys, kind, subject };
}

async function textOf({ subject, certificate, keys }: Identity): Promise<KeptIdentity> {
  return { subject, certificate: pem(certificate), key: await privateKeyPem(keys.privateKey) };
}

/** @throws what WebCrypto throws for a text that is none of ours */
async function restored({ subject, certificate: text, key }: KeptIdentity, kind: KeyKind): Promise<Identity> {
  const certificate = new x509.X509Certificate(text);
  const der = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, KEY_ALGORITHM[kind], true, ["sign"]);
  const publicKey = (await certificate.publicKey.export()) as CryptoKey;
  return { subject, certificate, keys: { privateKey, publicKey }, kind };
}

async function sign(
  subject: string,
  publicKey: CryptoKey,
  validity: Validity,
  issuer: Omit<Identity, "certificate">,
  extensions: Extension[],
): Promise<X509Certificate> {
  const { subtle } = webcrypto;
  const issuerKeyId = await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey);
  const subjectKeyId = await x509.SubjectKeyIdentifierExtension.create(publicKey);
  const digest = await subtle.digest("SHA-256", Buffer.from(`${issuer.subject} ${subject} ${subjectKeyId.keyId}`));
  return x509.X509CertificateGenerator.create({
    // A serial number is positive and has at most 20 bytes (RFC 5280 §4.1.2.2).
    serialNumber: `01${Buffer.from(digest).toString("hex", 0, 16)}`,
    subject,
    issuer: issuer.subject,
    notBefore: new Date(validity.notBefore),
    notAfter: new Date(validity.notAfter),
    publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: KEY_ALGORITHM[issuer.kind],
    extensions: [...extensions, subjectKeyId, issuerKeyId],
  });
}

function authorityExtensions(): Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

/** A certificate as PEM, with a line end at its end. */
export function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY").trim()}\n`;
}
