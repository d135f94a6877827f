// What all private-key containers share: PEM around DER, PKCS#8 (RFC 5208, RFC 5958) around a key of one algorithm.

import { context, DerReader, OCTET_STRING, OID, SEQUENCE } from "../bytes/der.js";
import { sameBytes } from "../bytes/equal.js";
import { decodePem } from "../bytes/pem.js";
import { latin1 } from "../bytes/utf8.js";
import { JwtError } from "./errors.js";

/** Most bytes of a key's text: an RSA key of 4096 bits has 3.3 KB as PEM. */
export const KEY_LIMIT = 8192;

/** 1.2.840.10045.2.1 (RFC 5480 §2.1.1) */
export const EC_PUBLIC_KEY = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
/** 1.2.840.113549.1.1.1 (RFC 8017 §A.1) */
export const RSA_ENCRYPTION = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);

/** Runs a reader of keys; malformed DER becomes a JwtError. @throws JwtError */
export function keyErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new JwtError("jwt-key", "the key is malformed DER", error);
    throw error;
  }
}

/** PEM label and DER of the key in a text. */
export interface KeyBlock {
  label: string;
  der: Uint8Array;
}

/**
 * The key among the blocks of a PEM text; an `EC PARAMETERS` block, as openssl writes in front, is skipped.
 * @throws JwtError `jwt-key` or `jwt-key-encrypted`
 */
export function keyBlock(text: string): KeyBlock {
  if (text.length > KEY_LIMIT) throw new JwtError("jwt-key", `the key is longer than ${KEY_LIMIT} bytes`);
  let block: ReturnType<typeof decodePem>[number] | undefined;
  try {
    block = decodePem(text).find(({ label }) => label !== "EC PARAMETERS");
  } catch (error) {
    throw new JwtError("jwt-key", "the key is malformed PEM", error);
  }
  if (block === undefined) throw new JwtError("jwt-key", "no key in the text: neither PEM nor JWK");
  if (block.encrypted || block.label === "ENCRYPTED PRIVATE KEY") {
    throw new JwtError("jwt-key-encrypted", "the key is encrypted: decrypt it first, e.g. with openssl pkey");
  }
  return block;
}

/** Text of a key given as text or as its bytes; undefined when the bytes are DER, a scalar, or a point (04 ‖ X ‖ Y). */
export function keyText(source: string | Uint8Array): string | undefined {
  if (typeof source === "string") return source;
  if (source.length > KEY_LIMIT) throw new JwtError("jwt-key", `the key is longer than ${KEY_LIMIT} bytes`);
  const binary = source.length === 32 || source[0] === SEQUENCE || source[0] === 0x04;
  return binary ? undefined : latin1(source);
}

/** What PKCS#8 wraps. */
export interface Pkcs8 {
  /** Reader behind the algorithm's OID: its parameters. */
  parameters: DerReader;
  /** The algorithm's own private-key structure. */
  key: Uint8Array;
}

/**
 * Unwraps PKCS#8.
 * @param der the whole structure
 * @param algorithm OID content that it must bear
 * @param expected what the error calls a key of that algorithm
 * @returns undefined when it is not PKCS#8 but perhaps the algorithm's own structure
 * @throws JwtError `jwt-key`, RangeError
 */
export function unwrapPkcs8(der: Uint8Array, algorithm: Uint8Array, expected: string): Pkcs8 | undefined {
  const outer = new DerReader(der);
  const body = outer.enter(SEQUENCE);
  outer.end();
  const version = body.version();
  if (body.next !== SEQUENCE) return undefined;
  if (version > 1) throw new JwtError("jwt-key", "PKCS#8 of an unknown version");
  const parameters = body.enter(SEQUENCE);
  if (!sameBytes(parameters.read(OID), algorithm)) throw new JwtError("jwt-key", `the key is not ${expected}`);
  const key = body.read(OCTET_STRING);
  body.optional(context(0)); // attributes
  body.optional(0x81); // public key of RFC 5958
  body.end();
  return { parameters, key };
}
