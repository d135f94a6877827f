// Random on the chip's generator, or the system's on lin.

import type { Random } from "../system.js";

/** Starts the chip's noise source and gives the generator. mbedTLS draws on the same one. */
export function nativeRandom(): Random {
  native("xs_simkey_random_start").call(undefined);
  return (into) => native("xs_simkey_random_fill").call(undefined, into);
}
