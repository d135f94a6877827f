// The device's P-256 key as the console sees it: made in place, and only its public half is ever shown. A module of its own:
// it loads the curve, which a device whose SIM is its identity does not need.

import type { KeyValue } from "../platform/storage.js";
import type { Random } from "../platform/system.js";
import { type ConsoleKeys, DEVICE_KEY, type PublicHalf } from "./device-key.js";
import { ecPublicJwk, ecPublicPem } from "./ec-public.js";
import { generateKey, storedSigner } from "./key-store.js";
import { es256 } from "./p256.js";

/** The key in `keyValue`. The curve lives only as long as a call. */
export function consoleKeys(keyValue: KeyValue, random: Random): Required<ConsoleKeys> {
  return {
    get exists() {
      return keyValue.read(DEVICE_KEY) !== undefined;
    },
    generate: () => halfOf(generateKey(keyValue, random, es256(random))),
    publicHalf: () => {
      const signer = storedSigner(keyValue, es256(random));
      if (signer === undefined) return undefined;
      const half = halfOf(signer.publicKey);
      signer.wipe();
      return half;
    },
  };
}

function halfOf(point: Uint8Array): PublicHalf {
  return { pem: ecPublicPem(point), jwk: JSON.stringify(ecPublicJwk(point)) };
}
