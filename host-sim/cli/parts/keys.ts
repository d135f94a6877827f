// Keys on the desk: ES256 or RS256, as the key is. What Node's crypto read of a file goes on to the firmware's own readers.

import type { KeyObject } from "node:crypto";
import { readEcPrivateKey } from "../../../firmware/jwt/ec-key.js";
import { ecPublicPem } from "../../../firmware/jwt/ec-public.js";
import { JwtError } from "../../../firmware/jwt/errors.js";
import { es256Signer } from "../../../firmware/jwt/es256.js";
import { checkJwkUse, type JwkPurpose } from "../../../firmware/jwt/jwk-use.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { rs256Signer } from "../../../firmware/jwt/rs256.js";
import { MODULUS_BITS, readRsaPrivateKey, rsaPublicPem } from "../../../firmware/jwt/rsa-key.js";
import type { JwtAlgorithm, JwtSigner } from "../../../firmware/jwt/token.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { Random } from "../../../firmware/platform/system.js";
import { type JwtVerifier, verifierBy } from "../../jwt/verify.js";
import { nodeRandom } from "../../platform/system.js";
import { UsageError } from "../output/errors.js";
import { type FileKey, privateKeyIn, publicKeyIn } from "./key-file.js";

export interface DeskKey {
  alg: JwtAlgorithm;
  /** A signer for one token; it is wiped after use. */
  signer: (random?: Random) => JwtSigner;
  /** What a cloud is told. */
  publicPem: string;
}

/** The only curve of ES256 (RFC 7518 §3.4), as OpenSSL calls it. */
const P256 = "prime256v1";

/**
 * A device's key out of a file.
 * @param file PEM, DER or JWK of a private key
 * @throws UsageError for a file without a key that we sign with
 */
export function signerOf(file: Uint8Array): DeskKey {
  return usable(privateKeyIn(file), "sign", (key, alg) => {
    // No Buffer: what its `slice` gives is no copy, and readers wipe what they have copied.
    const pkcs8 = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
    return alg === "ES256" ? ecKey(pkcs8) : rsaKey(pkcs8);
  });
}

function ecKey(pkcs8: Uint8Array): DeskKey {
  const probe = es256Signer(readEcPrivateKey(pkcs8), es256(nodeRandom));
  const publicPem = ecPublicPem(probe.publicKey);
  probe.wipe();
  return { alg: "ES256", publicPem, signer: (random) => es256Signer(readEcPrivateKey(pkcs8), es256(random)) };
}

function rsaKey(pkcs8: Uint8Array): DeskKey {
  const publicPem = rsaPublicPem(readRsaPrivateKey(pkcs8));
  return { alg: "RS256", publicPem, signer: (random) => rs256Signer(readRsaPrivateKey(pkcs8), random) };
}

/**
 * A verifier of a public key in any form that `keygen` prints: PEM, JWK, X.509 certificate; or in DER. Of a private key its
 * public half counts.
 * @throws UsageError for a file without a key that we verify with
 */
export function verifierOf(file: Uint8Array): JwtVerifier {
  return usable(publicKeyIn(file), "verify", (key, alg) => {
    checkSize(key);
    return verifierBy(key, alg);
  });
}

/** Makes something of a key that is good for a device. @throws UsageError for one that is not, or says that it is not */
function usable<T>({ key, jwk }: FileKey, purpose: JwkPurpose, make: (key: KeyObject, alg: JwtAlgorithm) => T): T {
  try {
    const alg = algorithmOf(key);
    const made = make(key, alg);
    if (jwk !== undefined) checkJwkUse(jwk, purpose, alg);
    return made;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const more = error.code === "jwt-key-use" ? "; give a key that is for signatures" : "";
    throw new UsageError(`--key: ${error.message}${more}`);
  }
}

/** A key that no device can have verifies nothing either. @throws JwtError `jwt-key-size` */
function checkSize({ asymmetricKeyDetails: { modulusLength: bits } = {} }: KeyObject): void {
  const { least, most } = MODULUS_BITS;
  if (bits === undefined || (bits >= least && bits <= most)) return;
  throw new JwtError("jwt-key-size", `an RSA key of ${bits} bits: ${least} to ${most} are supported`);
}

/** @throws UsageError for a key of another kind than devices have */
function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): JwtAlgorithm {
  if (type === "rsa") return "RS256";
  const kind = type === "ec" ? `on the curve ${details?.namedCurve ?? "of its own"}` : `of the kind ${type}`;
  if (type === "ec" && details?.namedCurve === P256) return "ES256";
  throw new UsageError(`--key: a key ${kind}; devices sign with P-256 (ES256) or RSA (RS256): see simkey keygen`);
}
