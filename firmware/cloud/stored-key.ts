// The device's own P-256 key as a profile's signer. A module of its own: it loads the curve, which no other key needs.

import { JwtError } from "../jwt/errors.js";
import { storedSigner } from "../jwt/key-store.js";
import { es256 } from "../jwt/p256.js";
import type { JwtSigner } from "../jwt/token.js";
import type { ProfileIo } from "./profile.js";

/** Signer of the key in the key-value store, blinded. @throws JwtError `jwt-key` when there is none */
export function storedKeySigner({ keyValue, random }: ProfileIo): JwtSigner {
  const signer = storedSigner(keyValue, es256(random));
  if (signer === undefined)
    throw new JwtError("jwt-key", "the device has no key: generate one, and register its public half");
  return signer;
}
