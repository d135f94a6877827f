// What can go wrong with keys and tokens. No message holds a key, a token, or a part of one.

import { type Advice, Failure } from "../platform/failure.js";

export type JwtCode =
  | "jwt-key" // not a key, or one that is damaged: a scalar out of range, a public half that does not fit
  | "jwt-key-encrypted"
  | "jwt-key-curve" // another curve than P-256, or a curve by its parameters instead of its name
  | "jwt-key-use" // a JWK that says it is for something else, or contradicts itself
  | "jwt-key-size" // an RSA modulus outside 2048 to 4096 bits
  | "jwt-claims" // claims that contradict each other or pass a limit
  | "jwt-clock" // the device does not know the time well enough to sign
  | "jwt-syntax" // not a JWS in compact form
  | "jwt-algorithm" // a token of another algorithm than the key's
  | "jwt-signature"
  | "jwt-expired"
  | "jwt-not-yet-valid"
  | "jwt-audience";

/** A person must change the key or the configuration; only the clock mends itself. */
const adviceOf = (code: JwtCode): Advice => (code === "jwt-clock" ? "retry" : "give-up");

/** A key or token that cannot be used. */
export class JwtError extends Failure {
  declare readonly code: JwtCode;
  constructor(code: JwtCode, message: string, cause?: unknown) {
    super(code, message, adviceOf(code), cause);
  }
}
