// The device's P-256 key as the console sees it: made in place, and only its public half is ever shown. A module of its own:
// it loads the curve, which a device whose SIM is its identity does not need.

import { ecPublicJwk, ecPublicPem } from "../jwt/ec-public.js";
import { DEVICE_KEY, generateKey, storedSigner } from "../jwt/key-store.js";
import { es256 } from "../jwt/p256.js";
import type { KeyValue } from "../platform/storage.js";
import type { Random } from "../platform/system.js";

/** What is registered with a cloud. */
export interface PublicHalf {
  /** SubjectPublicKeyInfo as PEM. */
  pem: string;
  jwk: string;
}

export interface ConsoleKeys {
  readonly exists: boolean;
  /** Makes a key, over one that may be there. */
  generate(): PublicHalf;
  /** Undefined when there is no key. @throws JwtError `jwt-key` when what is stored is none */
  publicHalf(): PublicHalf | undefined;
}

/** The key in `keyValue`. The curve lives only as long as a call. */
export function consoleKeys(keyValue: KeyValue, random: Random): ConsoleKeys {
  return {
    get exists() {
      return keyValue.read(DEVICE_KEY) !== undefined;
    },
    generate: () => halfOf(generateKey(keyValue, random, es256(random))),
    publicHalf: () => {
      const signer = storedSigner(keyValue, es256(random));
      signer?.wipe();
      return signer && halfOf(signer.publicKey);
    },
  };
}

function halfOf(point: Uint8Array): PublicHalf {
  return { pem: ecPublicPem(point), jwk: JSON.stringify(ecPublicJwk(point)) };
}
