// The device's own P-256 key by native code: the same keys, tokens and console as with es256.ts, without noble's curve.

import { JwtError } from "../../jwt/errors.js";
import type { Es256Signing } from "../../jwt/es256.js";
import type { OwnKey } from "../cloud.js";
import { storedKey } from "./stored-key.js";

/** What the native side does; undefined: the library fails. */
export interface NativeEs256 {
  /** @returns R ‖ S, 64 bytes, deterministic (RFC 6979) */
  sign(message: Uint8Array, d: Uint8Array): ArrayBuffer | undefined;
  /** @returns an uncompressed point, 65 bytes */
  publicKeyOf(d: Uint8Array): ArrayBuffer | undefined;
}

/** The key in the key-value store, by native code, which blinds by itself. */
export function nativeKey(library: NativeEs256): OwnKey {
  const curve: Es256Signing = {
    sign: (message, d) => bytesOf(library.sign(message, d)),
    publicKeyOf: (d) => bytesOf(library.publicKeyOf(d)),
  };
  return storedKey(() => curve);
}

/** @throws JwtError `jwt-key` */
function bytesOf(made: ArrayBuffer | undefined): Uint8Array {
  if (made === undefined) throw new JwtError("jwt-key", "the library makes nothing of the key");
  return new Uint8Array(made);
}
