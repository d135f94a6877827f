// The device's own P-256 key in the key-value store, generated in place; only its public half leaves.

import type { KeyValue } from "../platform/storage.js";
import type { Random } from "../platform/system.js";
import { isScalar } from "./ec-key.js";
import { JwtError } from "./errors.js";
import { type Es256Signer, es256Signer, generateScalar } from "./es256.js";
import type { Es256 } from "./p256.js";

/** Name in the key-value store. Its value is the scalar, 32 bytes. */
export const DEVICE_KEY = "jwt.key";

/** The stored key's signer, or undefined when there is none. @throws JwtError `jwt-key` when what is stored is no key */
export function storedSigner(store: KeyValue, curve: Es256): Es256Signer | undefined {
  const d = store.read(DEVICE_KEY);
  if (d === undefined) return undefined;
  if (!isScalar(d)) throw new JwtError("jwt-key", "the stored key is damaged: provision the device again");
  const signer = es256Signer({ d }, curve);
  d.fill(0);
  return signer;
}

/**
 * Generates a key in place, over one that may be there.
 * @param random a cryptographic source
 * @returns the public point to register, uncompressed, 65 bytes
 */
export function generateKey(store: KeyValue, random: Random, curve: Es256): Uint8Array {
  const d = generateScalar(random);
  const publicKey = curve.publicKeyOf(d);
  store.write(DEVICE_KEY, d);
  d.fill(0);
  return publicKey;
}
