// The device's own key as all of the device sees it, whatever it signs by.

/** Name in the key-value store. Its value is an ES256 key's scalar, 32 bytes, or a key in a container as it was provisioned. */
export const DEVICE_KEY = "jwt.key";

/** What is registered with a cloud. */
export interface PublicHalf {
  /** SubjectPublicKeyInfo as PEM. */
  pem: string;
  jwk: string;
}

/** The key as the console sees it: only its public half is ever shown. */
export interface ConsoleKeys {
  readonly exists: boolean;
  /** Makes a key, over one that may be there. Absent: such a key is made on a desk. */
  generate?(): PublicHalf;
  /** Undefined when there is no key. @throws JwtError `jwt-key` when what is stored is none */
  publicHalf(): PublicHalf | undefined;
}
