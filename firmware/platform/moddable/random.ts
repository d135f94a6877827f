// Random on the chip's generator, or the system's on lin.

import type { Random } from "../system.js";

/** Starts the chip's noise source and gives the generator. mbedTLS draws on the same one. */
export function nativeRandom(): Random {
  native("xs_simkey_random_start").call(undefined);
  return (into) => native("xs_simkey_random_fill").call(undefined, into);
}

/**
 * Runs `use` while the noise source is off: the analogue converter is free then, and no random byte may be asked for.
 * Synchronous.
 * @returns what `use` returns
 */
export function quietly<Result>(use: () => Result): Result {
  native("xs_simkey_random_stop").call(undefined);
  try {
    return use();
  } finally {
    native("xs_simkey_random_start").call(undefined);
  }
}
