// The device's own P-256 key in the key-value store, generated in place; only its public half leaves.

import type { KeyValue } from "../platform/storage.js";
import type { Random } from "../platform/system.js";
import { DEVICE_KEY } from "./device-key.js";
import { isScalar, readEcPrivateKey, SCALAR_LENGTH } from "./ec-key.js";
import { JwtError } from "./errors.js";
import { type Es256Signer, type Es256Signing, es256Signer, generateScalar } from "./es256.js";

/** The stored key's signer, or undefined when there is none. @throws JwtError `jwt-key` when what is stored is no key */
export function storedSigner(store: KeyValue, curve: Es256Signing): Es256Signer | undefined {
  const stored = store.read(DEVICE_KEY);
  if (stored === undefined) return undefined;
  const key = stored.length === SCALAR_LENGTH ? { d: stored } : readEcPrivateKey(stored);
  if (!isScalar(key.d)) throw new JwtError("jwt-key", "the stored key is damaged: provision the device again");
  const signer = es256Signer(key, curve);
  key.d.fill(0);
  stored.fill(0);
  return signer;
}

/**
 * Generates a key in place, over one that may be there.
 * @param random a cryptographic source
 * @returns the public point to register, uncompressed, 65 bytes
 */
export function generateKey(store: KeyValue, random: Random, curve: Es256Signing): Uint8Array {
  const d = generateScalar(random);
  const publicKey = curve.publicKeyOf(d);
  store.write(DEVICE_KEY, d);
  d.fill(0);
  return publicKey;
}
