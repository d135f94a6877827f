// Signs the tokens of the simulated cloud in real time: AWS's own algorithm, with a key made at start or one that a desk keeps.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { SIGNATURE_BYTES, type Signer } from "../onboarding/signer.js";

/** A new key for `rsaSigner`, PKCS#8 as PEM. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: SIGNATURE_BYTES * 8 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/**
 * RSASSA-PKCS1-v1_5 with SHA-256 and a 2048-bit key: what AWS's custom authorizers check (AWS IoT developer guide,
 * "custom-auth").
 * @param pem the private key; left out: a new one
 */
export function rsaSigner(pem: string = newSigningKey()): Signer {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  return {
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, privateKey)),
    verify: (bytes, signature) => verify("sha256", bytes, publicKey, signature),
  };
}
