// What a JWK says it is for (RFC 7517 §4.2 to §4.4), held against what is to be done with it. The one place for that rule: the
// chip's readers of keys and the desk's ask here. A key that says nothing may be used for anything.

import { JwtError } from "./errors.js";
import type { JwtAlgorithm } from "./token.js";

/** What is to be done with a key. */
export type JwkPurpose = "sign" | "verify";

/** The members that say it, for `readJson`. */
export const JWK_USE = { use: "plain", key_ops: "list", alg: "plain" } as const;
/** Their values as they came: of any kind. */
export type JwkUse = { readonly [name in keyof typeof JWK_USE]?: unknown };

/** What a key for signatures may be for; each other operation contradicts it (§4.3: no unrelated ones with one key). */
const OPERATIONS: readonly unknown[] = ["sign", "verify"] satisfies JwkPurpose[];

/**
 * Holds a JWK's own words against its use.
 * @param jwk its members; names compare by case, as all of JOSE's do
 * @param purpose what is to be done with it; for a private key whose public half verifies, `verify`
 * @param algorithm what it is to be done by
 * @throws JwtError `jwt-key-use` for a key that is for something else, or contradicts itself; the message holds no value
 */
export function checkJwkUse({ use, key_ops, alg }: JwkUse, purpose: JwkPurpose, algorithm: JwtAlgorithm): void {
  check(use === undefined || use === "sig", 'the JWK\'s use is not "sig"');
  check(alg === undefined || alg === algorithm, `the JWK's alg is not ${algorithm}`);
  if (key_ops === undefined) return;
  check(Array.isArray(key_ops), "the JWK's key_ops is no list");
  const operations = key_ops as readonly unknown[];
  check(
    operations.every((each) => OPERATIONS.includes(each)),
    "the JWK's key_ops name something else than to sign and to verify",
  );
  check(new Set(operations).size === operations.length, "the JWK's key_ops name an operation twice");
  check(operations.includes(purpose), `the JWK's key_ops do not allow it to ${purpose}`);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new JwtError("jwt-key-use", what);
}
