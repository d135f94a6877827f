// P-256 public keys as a registry wants them: SubjectPublicKeyInfo (RFC 5480) as DER and PEM, and JWK (RFC 7518 §6.2).

import { encodeBase64Url } from "../bytes/base64.js";
import { BIT_STRING, DerReader, der, OID, SEQUENCE } from "../bytes/der.js";
import { sameBytes } from "../bytes/equal.js";
import { encodePem } from "../bytes/pem.js";
import { checkCurve, isUncompressed, jwkOf, PRIME256V1, pointOfJwk, SCALAR_LENGTH } from "./ec-key.js";
import { JwtError } from "./errors.js";
import { EC_PUBLIC_KEY, keyBlock, keyErrors, keyText } from "./pkcs8.js";

/** A public JWK, members in the order of RFC 7638 §3.2. */
export interface EcPublicJwk {
  crv: "P-256";
  kty: "EC";
  x: string;
  y: string;
}

/** DER of a public key. @param point uncompressed, 65 bytes */
export function ecPublicDer(point: Uint8Array): Uint8Array {
  const algorithm = der(SEQUENCE, der(OID, EC_PUBLIC_KEY), der(OID, PRIME256V1));
  return der(SEQUENCE, algorithm, der(BIT_STRING, Uint8Array.of(0), point));
}

/** PEM of a public key, as registries take it (`ES256_PEM`). @param point uncompressed, 65 bytes */
export function ecPublicPem(point: Uint8Array): string {
  return encodePem("PUBLIC KEY", ecPublicDer(point));
}

/** JWK of a public key. @param point uncompressed, 65 bytes */
export function ecPublicJwk(point: Uint8Array): EcPublicJwk {
  const x = encodeBase64Url(point.subarray(1, 1 + SCALAR_LENGTH));
  const y = encodeBase64Url(point.subarray(1 + SCALAR_LENGTH));
  return { crv: "P-256", kty: "EC", x, y };
}

/**
 * Reads a public key. Whether the point lies on the curve is for the verifier.
 * @param source PEM or JWK text (also as its bytes), DER, or the 65 bytes of the point
 * @returns the point, uncompressed, 65 bytes
 * @throws JwtError `jwt-key`, `jwt-key-curve` or `jwt-key-use`
 */
export function readEcPublicKey(source: string | Uint8Array): Uint8Array {
  const text = keyText(source);
  if (text === undefined) {
    const bytes = source as Uint8Array;
    return isUncompressed(bytes) ? bytes.slice() : keyErrors(() => readSpki(bytes));
  }
  if (text.trimStart().startsWith("{")) {
    const point = pointOfJwk(jwkOf(text, "verify"));
    if (point === undefined) throw new JwtError("jwt-key", "the JWK has no public key");
    return point;
  }
  const block = keyBlock(text);
  if (block.label !== "PUBLIC KEY") throw new JwtError("jwt-key", `the text holds no public key but: ${block.label}`);
  return keyErrors(() => readSpki(block.der));
}

function readSpki(bytes: Uint8Array): Uint8Array {
  const outer = new DerReader(bytes);
  const body = outer.enter(SEQUENCE);
  outer.end();
  const algorithm = body.enter(SEQUENCE);
  if (!sameBytes(algorithm.read(OID), EC_PUBLIC_KEY)) throw new JwtError("jwt-key", "the key is not an EC key");
  checkCurve(algorithm);
  const point = body.bits();
  body.end();
  if (!isUncompressed(point)) throw new JwtError("jwt-key", "the public key is not an uncompressed point");
  return point.slice();
}
