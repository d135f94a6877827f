// The device's own P-256 key: a profile's signer, and the console's keys. A module of its own: it loads the curve, which no other
// key needs.

import { consoleKeys } from "../../jwt/console-keys.js";
import { JwtError } from "../../jwt/errors.js";
import type { Es256Signer } from "../../jwt/es256.js";
import { storedSigner } from "../../jwt/key-store.js";
import { es256 } from "../../jwt/p256.js";
import type { OwnKey } from "../cloud.js";
import type { ProfileMeans } from "../profile.js";

export const ownKey: OwnKey = {
  signer: storedKeySigner,
  console: ({ keyValue, random }) => consoleKeys(keyValue, random),
};

/** Signer of the key in the key-value store, blinded. @throws JwtError `jwt-key` when there is none */
export function storedKeySigner({ keyValue, random }: ProfileMeans): Es256Signer {
  const signer = storedSigner(keyValue, es256(random));
  if (signer === undefined)
    throw new JwtError("jwt-key", "the device has no key: generate one, and register its public half");
  return signer;
}
