// The device's P-256 key as the console sees it: made in place, and only its public half is ever shown. A module of its own,
// which a device whose SIM is its identity does not need.

import type { KeyValue } from "../platform/storage.js";
import type { Random } from "../platform/system.js";
import { type ConsoleKeys, DEVICE_KEY, type PublicHalf } from "./device-key.js";
import { ecPublicJwk, ecPublicPem } from "./ec-public.js";
import type { CurveOf } from "./es256.js";
import { generateKey, storedSigner } from "./key-store.js";

/** The key in `keyValue`. The curve lives only as long as a call. */
export function consoleKeys(keyValue: KeyValue, random: Random, curveOf: CurveOf): Required<ConsoleKeys> {
  return {
    get exists() {
      return keyValue.read(DEVICE_KEY) !== undefined;
    },
    generate: () => halfOf(generateKey(keyValue, random, curveOf(random))),
    publicHalf: () => {
      const signer = storedSigner(keyValue, curveOf(random));
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
