// RSA keys of 2048 to 4096 bits: private ones out of PKCS#1 (RFC 8017 §A.1.2) and PKCS#8; public halves out.

import { encodeBase64Url } from "../bytes/base64.js";
import { BIT_STRING, DerReader, der, derUnsigned, NULL, OID, SEQUENCE } from "../bytes/der.js";
import { encodePem } from "../bytes/pem.js";
import { bitLength } from "./big.js";
import { JwtError } from "./errors.js";
import { keyBlock, keyErrors, keyText, RSA_ENCRYPTION, unwrapPkcs8 } from "./pkcs8.js";

export const MODULUS_BITS = { least: 2048, most: 4096 };

/** A public key; numbers as big-endian bytes without leading zeros. */
export interface RsaPublicKey {
  n: Uint8Array;
  e: Uint8Array;
}

/** A private key with what the Chinese remainder theorem needs (RFC 8017 §3.2). The caller wipes it. */
export interface RsaPrivateKey extends RsaPublicKey {
  p: Uint8Array;
  q: Uint8Array;
  dP: Uint8Array;
  dQ: Uint8Array;
  qInv: Uint8Array;
}

/**
 * Reads a private key.
 * @param source PEM text (also as its bytes) or DER, of PKCS#1 or PKCS#8
 * @throws JwtError `jwt-key`, `jwt-key-encrypted` or `jwt-key-size`
 */
export function readRsaPrivateKey(source: string | Uint8Array): RsaPrivateKey {
  const text = keyText(source);
  if (text === undefined) return keyErrors(() => readPrivateDer(source as Uint8Array));
  const block = keyBlock(text);
  if (block.label !== "RSA PRIVATE KEY" && block.label !== "PRIVATE KEY") {
    throw new JwtError("jwt-key", `the text holds no private RSA key but: ${block.label}`);
  }
  const key = keyErrors(() => readPrivateDer(block.der));
  block.der.fill(0);
  return key;
}

function readPrivateDer(bytes: Uint8Array): RsaPrivateKey {
  const wrapped = unwrapPkcs8(bytes, RSA_ENCRYPTION, "an RSA key");
  wrapped?.parameters.optional(NULL);
  wrapped?.parameters.end();
  const outer = new DerReader(wrapped?.key ?? bytes);
  const body = outer.enter(SEQUENCE);
  outer.end();
  if (body.version() !== 0) throw new JwtError("jwt-key", "an RSA key of an unknown version");
  const [n, e, d, p, q, dP, dQ, qInv] = Array.from({ length: 8 }, () => body.unsigned().slice());
  body.end();
  d!.fill(0); // the remainders serve instead
  return { ...checkPublic(n!, e!), p: p!, q: q!, dP: dP!, dQ: dQ!, qInv: qInv! };
}

function checkPublic(n: Uint8Array, e: Uint8Array): RsaPublicKey {
  const bits = bitLength(n);
  const { least, most } = MODULUS_BITS;
  if (bits < least || bits > most) {
    throw new JwtError("jwt-key-size", `an RSA key of ${bits} bits: ${least} to ${most} are supported`);
  }
  const odd = (n.at(-1)! & 1) === 1 && (e.at(-1)! & 1) === 1;
  if (!odd || e.length > 4 || bitLength(e) < 2)
    throw new JwtError("jwt-key", "the RSA key's modulus or exponent is no such");
  return { n, e };
}

/** PEM of a public key, as registries take it (`RSA_PEM`). */
export function rsaPublicPem({ n, e }: RsaPublicKey): string {
  const algorithm = der(SEQUENCE, der(OID, RSA_ENCRYPTION), der(NULL));
  const key = der(SEQUENCE, derUnsigned(n), derUnsigned(e));
  return encodePem("PUBLIC KEY", der(SEQUENCE, algorithm, der(BIT_STRING, Uint8Array.of(0), key)));
}

/** A public JWK (RFC 7518 §6.3), members in the order of RFC 7638 §3.2. */
export function rsaPublicJwk({ n, e }: RsaPublicKey): { e: string; kty: "RSA"; n: string } {
  return { e: encodeBase64Url(e), kty: "RSA", n: encodeBase64Url(n) };
}
