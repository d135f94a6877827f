// The RSA key that lies in the device, put there when it was provisioned: a profile's signer, and the console's keys.
// A module of its own: neither it nor what it loads is needed by an ES256 key.

import type { ConsoleKeys } from "../../jwt/device-key.js";
import { DEVICE_KEY } from "../../jwt/device-key.js";
import { JwtError } from "../../jwt/errors.js";
import { rs256Signer } from "../../jwt/rs256.js";
import { type RsaPrivateKey, readRsaPrivateKey, rsaPublicJwk, rsaPublicPem } from "../../jwt/rsa-key.js";
import type { JwtSigner } from "../../jwt/token.js";
import type { KeyValue } from "../../platform/storage.js";
import type { OwnKey } from "../cloud.js";
import type { ProfileMeans } from "../profile.js";

export const ownKey: OwnKey = { signer: storedRsaSigner, console: ({ keyValue }) => rsaConsoleKeys(keyValue) };

/** Signer of the key in the key-value store, blinded. @throws JwtError `jwt-key` when there is none, or what is stored is none */
export function storedRsaSigner({ keyValue, random }: ProfileMeans): JwtSigner {
  const key = storedKey(keyValue);
  if (key === undefined)
    throw new JwtError("jwt-key", "the device has no key: an RSA key is made on a desk and put into NVS as jwt.key");
  try {
    return rs256Signer(key, random);
  } finally {
    wipe(key);
  }
}

/** The key in `keyValue`: it can be looked at, and is not made here. */
function rsaConsoleKeys(keyValue: KeyValue): ConsoleKeys {
  return {
    get exists() {
      return keyValue.read(DEVICE_KEY) !== undefined;
    },
    publicHalf: () => {
      const key = storedKey(keyValue);
      if (key === undefined) return undefined;
      wipe(key);
      return { pem: rsaPublicPem(key), jwk: JSON.stringify(rsaPublicJwk(key)) };
    },
  };
}

function storedKey(keyValue: KeyValue): RsaPrivateKey | undefined {
  const bytes = keyValue.read(DEVICE_KEY);
  if (bytes === undefined) return undefined;
  try {
    return readRsaPrivateKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** All but the public half. */
function wipe({ p, q, dP, dQ, qInv }: RsaPrivateKey): void {
  for (const secret of [p, q, dP, dQ, qInv]) secret.fill(0);
}
