// The device's own P-256 key as it lies in the device: a profile's signer, and the console's keys, whatever calculates.

import { consoleKeys } from "../../jwt/console-keys.js";
import { JwtError } from "../../jwt/errors.js";
import type { CurveOf, Es256Signer } from "../../jwt/es256.js";
import { storedSigner } from "../../jwt/key-store.js";
import type { OwnKey } from "../cloud.js";
import type { ProfileMeans } from "../profile.js";

/** The key in the key-value store. @param curveOf what calculates */
export function storedKey(curveOf: CurveOf): OwnKey {
  return {
    signer: (means) => signerOf(means, curveOf),
    console: ({ keyValue, random }) => consoleKeys(keyValue, random, curveOf),
  };
}

/** Signer of the key in the key-value store. @throws JwtError `jwt-key` when there is none */
export function signerOf({ keyValue, random }: ProfileMeans, curveOf: CurveOf): Es256Signer {
  const signer = storedSigner(keyValue, curveOf(random));
  if (signer === undefined)
    throw new JwtError("jwt-key", "the device has no key: generate one, and register its public half");
  return signer;
}
