// `simkey token`: signs a JSON Web Token with a device's key as the firmware does, or checks one by its public key.

import { text as textOf } from "node:stream/consumers";
import type { JsonValue } from "../../../firmware/bytes/json.js";
import { claimsOf } from "../../../firmware/jwt/claims.js";
import { signToken } from "../../../firmware/jwt/token.js";
import { decodeToken, verifyToken } from "../../jwt/verify.js";
import { nodeRandom } from "../../platform/system.js";
import { readNamedBytes, UsageError } from "../output/errors.js";
import { signerOf, verifierOf } from "../parts/keys.js";
import type { Surroundings } from "../parts/surroundings.js";

export interface TokenOptions {
  key: string;
  verify?: string;
  audience?: string;
  lifetime: number;
  issuer?: string;
  subject?: string;
  scope?: string;
  jti?: string;
  nbf: boolean;
  kid?: string;
  claim: string[];
}

/** Stands for stdin. */
const STDIN = "-";

/** @throws UsageError; JwtError for a token that does not hold */
export async function tokenCommand(options: TokenOptions, around: Surroundings): Promise<void> {
  const key = readNamedBytes(options.key, "--key");
  around.stdout(
    `${options.verify === undefined ? sign(key, options) : await verify(key, options.verify, options, around)}\n`,
  );
}

function sign(key: Uint8Array, options: TokenOptions): string {
  const { audience: aud, lifetime: lifetimeS, issuer: iss, subject: sub, scope, jti, nbf, kid, claim } = options;
  const { signer: signerFor } = signerOf(key);
  if (aud === undefined) throw new UsageError("--audience says whom the token is for, and must be given");
  const extra = Object.fromEntries(claim.map(parseClaim));
  const claims = claimsOf({ wallMs: Date.now(), lifetimeS, aud, iss, sub, scope, jti, nbf, extra });
  const signer = signerFor(nodeRandom);
  try {
    return signToken(signer, claims, kid);
  } finally {
    signer.wipe();
  }
}

/** @returns all claims, as JSON */
async function verify(
  key: Uint8Array,
  given: string,
  { audience }: TokenOptions,
  around: Surroundings,
): Promise<string> {
  const token = (given === STDIN ? await textOf(around.stdin) : given).trim();
  verifyToken(token, verifierOf(key), { wallMs: Date.now(), audience });
  return JSON.stringify(JSON.parse(Buffer.from(decodeToken(token).payload).toString()));
}

/** `NAME=VALUE`; a value that is JSON counts as that, any other as text. */
function parseClaim(text: string): [string, JsonValue] {
  const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--claim must be NAME=VALUE, not "${text}"`);
  try {
    return [name, JSON.parse(value) as JsonValue];
  } catch {
    return [name, value];
  }
}
