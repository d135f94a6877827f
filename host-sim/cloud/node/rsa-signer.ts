// Signs the tokens of the simulated cloud in real time: AWS's own algorithm with a key made at start.

import { generateKeyPairSync, sign, verify } from "node:crypto";
import { SIGNATURE_BYTES, type Signer } from "../onboarding/signer.js";

/**
 * RSASSA-PKCS1-v1_5 with SHA-256 and a new 2048-bit key: what AWS's custom authorizers check (AWS IoT developer
 * guide, "custom-auth").
 */
export function rsaSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: SIGNATURE_BYTES * 8 });
  return {
    sign: (bytes) => new Uint8Array(sign("sha256", bytes, privateKey)),
    verify: (bytes, signature) => verify("sha256", bytes, publicKey, signature),
  };
}
