// What a key file holds, told by its content and read by Node's crypto: PEM, DER (PKCS#8, SEC1, PKCS#1, SubjectPublicKeyInfo,
// certificate), or JWK. Which keys are good for a device is for keys.ts. No message holds a part of the file.

import { createPrivateKey, createPublicKey, type JsonWebKeyInput, type KeyObject, X509Certificate } from "node:crypto";
import type { JwkUse } from "../../../firmware/jwt/jwk-use.js";
import { UsageError } from "../output/errors.js";

/** A key, and what it says of itself if it is a JWK. */
export interface FileKey {
  key: KeyObject;
  jwk?: JwkUse;
}

type Jwk = JsonWebKeyInput["key"] & JwkUse;
/** A file by what it is in; text where it is text. */
type Content = { form: "pem"; text: string } | { form: "json"; text: string } | { form: "der"; der: Buffer };

/** First byte of all DER of keys: a SEQUENCE (X.690 §8.9). */
const SEQUENCE = 0x30;
/** Encrypted PEM: PKCS#8's label (RFC 7468 §11), or the header that OpenSSL's older form has (RFC 1421 §4.6.1.1). */
const ENCRYPTED = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m;

/**
 * The private key in a file.
 * @throws UsageError for a file without one, or with an encrypted one
 */
export function privateKeyIn(file: Uint8Array): FileKey {
  const content = contentOf(file);
  const found = firstOf(content, privateReaders(content));
  if (found !== undefined) return found;
  const isPublic = firstOf(content, publicReaders(content)) !== undefined;
  throw isPublic
    ? keyError("the file holds a public key or a certificate; give the private key")
    : keyError("the file holds no private key: as PEM or DER it is PKCS#8, SEC1 or PKCS#1; or it is a JWK");
}

/**
 * The public key in a file. Of a private key its public half counts.
 * @throws UsageError for a file without a key, or with an encrypted one
 */
export function publicKeyIn(file: Uint8Array): FileKey {
  const content = contentOf(file);
  const found = firstOf(content, publicReaders(content));
  if (found !== undefined) return found;
  throw keyError("the file holds no key: it may be PEM, DER, a JWK, or a certificate");
}

function contentOf(file: Uint8Array): Content {
  const text = Buffer.from(file).toString("utf8").trim();
  if (text.startsWith("{")) return { form: "json", text };
  if (text.includes("-----BEGIN ")) {
    if (ENCRYPTED.test(text)) throw encrypted();
    return { form: "pem", text };
  }
  if (file[0] === SEQUENCE) return { form: "der", der: Buffer.from(file) };
  throw keyError("the file is not a key: it is neither PEM nor DER nor a JWK");
}

function privateReaders(content: Content): (() => FileKey)[] {
  if (content.form === "json") {
    return [() => withWords(content.text, (key) => createPrivateKey({ key, format: "jwk" }))];
  }
  if (content.form === "pem") return [() => ({ key: createPrivateKey(content.text) })];
  const { der: key } = content;
  return (["pkcs8", "sec1", "pkcs1"] as const).map((type) => () => ({
    key: createPrivateKey({ key, format: "der", type }),
  }));
}

function publicReaders(content: Content): (() => FileKey)[] {
  if (content.form === "json") {
    return [() => withWords(content.text, (key) => createPublicKey({ key, format: "jwk" }))];
  }
  // Of a private key in PEM, too, and of a certificate.
  if (content.form === "pem") return [() => ({ key: createPublicKey(content.text) })];
  const { der: key } = content;
  return [
    ...(["spki", "pkcs1"] as const).map((type) => () => ({ key: createPublicKey({ key, format: "der", type }) })),
    () => ({ key: new X509Certificate(key).publicKey }),
    ...privateReaders(content).map((read) => () => ({ key: createPublicKey(read().key) })),
  ];
}

/** A JWK is parsed once: what says what it is for is what the key is made of. */
function withWords(text: string, read: (jwk: Jwk) => KeyObject): FileKey {
  const jwk = JSON.parse(text) as Jwk;
  return { key: read(jwk), jwk };
}

/** What the first reader makes of a file that can read it. @throws UsageError for an encrypted key */
function firstOf(content: Content, readers: readonly (() => FileKey)[]): FileKey | undefined {
  for (const read of readers) {
    try {
      return read();
    } catch (error) {
      if (content.form === "der" && (error as NodeJS.ErrnoException).code === "ERR_MISSING_PASSPHRASE")
        throw encrypted();
    }
  }
  return undefined;
}

function encrypted(): UsageError {
  return keyError("the key is encrypted; decrypt it first: openssl pkey -in FILE -out NEW");
}

function keyError(what: string): UsageError {
  return new UsageError(`--key: ${what}`);
}
