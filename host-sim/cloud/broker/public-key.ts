// A device's public key as a registry gets it, PEM of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) or of a certificate around one,
// and what it verifies: ES256 by noble's curve, RS256 (RFC 8017 §8.2.2) by plain arithmetic, as no secret is in it.

import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { context, DerReader, INTEGER, OID, SEQUENCE } from "../../../firmware/bytes/der.js";
import { sameBytes } from "../../../firmware/bytes/equal.js";
import { decodePem } from "../../../firmware/bytes/pem.js";
import { bitLength, fromBig, powMod, toBig } from "../../../firmware/jwt/big.js";
import { PRIME256V1 } from "../../../firmware/jwt/ec-key.js";
import { EC_PUBLIC_KEY, RSA_ENCRYPTION } from "../../../firmware/jwt/pkcs8.js";

export type JwtAlgorithm = "ES256" | "RS256";

/** What a key verifies. */
export interface PublicKey {
  algorithm: JwtAlgorithm;
  verifies(message: Uint8Array, signature: Uint8Array): boolean;
}

const MIN_RSA_BITS = 2048;
/** Uncompressed: 04 X Y (SEC 1 §2.3.3). */
const POINT_BYTES = 65;
const ES256_SIGNATURE_BYTES = 64;
/** DigestInfo in front of a SHA-256 hash (RFC 8017 §9.2, note 1). */
const DIGEST_INFO = "3031300d060960864801650304020105000420";

/**
 * Reads the first block of a PEM text.
 * @throws RangeError for no PEM, and for any key but P-256 and RSA of 2048 bits or more
 */
export function readPublicKey(pem: string): PublicKey {
  const [block] = decodePem(pem);
  if (block === undefined || block.encrypted) throw notPem();
  let key: { oid: Uint8Array; curve: Uint8Array | undefined; bits: Uint8Array };
  try {
    key = subjectKey(block.label === "CERTIFICATE" ? subjectOf(block.der) : block.der);
  } catch {
    throw notPem();
  }
  if (sameBytes(key.oid, EC_PUBLIC_KEY) && key.curve && sameBytes(key.curve, PRIME256V1)) return es256Key(key.bits);
  if (sameBytes(key.oid, RSA_ENCRYPTION)) return rs256Key(key.bits);
  throw unfit();
}

const notPem = () => new RangeError("not a public key or certificate in PEM");
const unfit = () => new RangeError("neither a P-256 key nor an RSA key of 2048 bits or more");

/** The SubjectPublicKeyInfo of a certificate (RFC 5280 §4.1). */
function subjectOf(certificate: Uint8Array): Uint8Array {
  const signed = new DerReader(certificate).enter(SEQUENCE).enter(SEQUENCE);
  signed.optional(context(0)); // version
  signed.read(INTEGER); // serial number
  for (let i = 0; i < 4; i++) signed.read(SEQUENCE); // signature, issuer, validity, subject
  const content = signed.read(SEQUENCE);
  // The reader gives contents; what is read on wants the SEQUENCE around it, which stands right before.
  const from = content.byteOffset - certificate.byteOffset;
  const head = content.length < 0x80 ? 2 : content.length < 0x100 ? 3 : 4;
  return certificate.subarray(from - head, from + content.length);
}

function subjectKey(der: Uint8Array) {
  const outer = new DerReader(der);
  const info = outer.enter(SEQUENCE);
  outer.end();
  const algorithm = info.enter(SEQUENCE);
  const oid = algorithm.read(OID);
  const curve = algorithm.optional(OID);
  const bits = info.bits();
  info.end();
  return { oid, curve, bits };
}

function es256Key(point: Uint8Array): PublicKey {
  if (point.length !== POINT_BYTES || !p256.utils.isValidPublicKey(point, false)) throw unfit();
  return {
    algorithm: "ES256",
    verifies: (message, signature) =>
      signature.length === ES256_SIGNATURE_BYTES && p256.verify(signature, message, point, { lowS: false }),
  };
}

function rs256Key(der: Uint8Array): PublicKey {
  let modulus: Uint8Array;
  let exponent: bigint;
  try {
    const numbers = new DerReader(der).enter(SEQUENCE);
    modulus = numbers.unsigned();
    exponent = toBig(numbers.unsigned());
  } catch {
    throw notPem();
  }
  if (bitLength(modulus) < MIN_RSA_BITS || (modulus.at(-1)! & 1) === 0) throw unfit();
  const n = toBig(modulus);
  return {
    algorithm: "RS256",
    verifies: (message, signature) => {
      const s = toBig(signature);
      if (signature.length !== modulus.length || s >= n) return false;
      // EMSA-PKCS1-v1_5 is made anew and compared (RFC 8017 §8.2.2): nothing of it is parsed.
      const tail = `00${DIGEST_INFO}${bytesToHex(sha256(message))}`;
      const expected = `0001${"ff".repeat(modulus.length - 2 - tail.length / 2)}${tail}`;
      return bytesToHex(fromBig(powMod(s, exponent, n), modulus.length)) === expected;
    },
  };
}
