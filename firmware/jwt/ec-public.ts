// P-256 public keys as a registry wants them: SubjectPublicKeyInfo (RFC 5480) as DER and PEM, and JWK (RFC 7518 §6.2).

import { encodeBase64Url } from "../bytes/base64.js";
import { BIT_STRING, der, OID, SEQUENCE } from "../bytes/der.js";
import { encodePem } from "../bytes/pem.js";
import { PRIME256V1, SCALAR_LENGTH } from "./ec-key.js";
import { EC_PUBLIC_KEY } from "./pkcs8.js";

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
