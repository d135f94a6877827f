// The device's own P-256 key by noble. A module of its own: it loads the curve, which no other key needs.

import type { Es256Signer } from "../../jwt/es256.js";
import { es256 } from "../../jwt/p256.js";
import type { OwnKey } from "../cloud.js";
import type { ProfileMeans } from "../profile.js";
import { signerOf, storedKey } from "./stored-key.js";

export const ownKey: OwnKey = storedKey(es256);

/** Signer of the key in the key-value store, blinded. @throws JwtError `jwt-key` when there is none */
export function storedKeySigner(means: ProfileMeans): Es256Signer {
  return signerOf(means, es256);
}
