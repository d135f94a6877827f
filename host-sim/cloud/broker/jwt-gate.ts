// Who may enter a broker that takes a JWT as username or password, as EMQX, RabbitMQ, HiveMQ and mosquitto's plugins do.
// Sources: EMQX "JWT authentication"; mosquitto-jwt-auth; RabbitMQ OAuth 2 guide.

import type { Admission, Applicant, Gatekeeper, Refusal } from "./gatekeeper.js";
import { type Claims, numericDate, type RegisteredKey, verifyJwt } from "./jwt-verify.js";
import { isTopicFilter, matches } from "./topics.js";

export interface JwtRules {
  /** The field of CONNECT that carries the token. */
  from: "password" | "username";
  keys: readonly RegisteredKey[];
  /** The audience that must be among the token's. */
  audience?: string;
  /** What claims must be; `%c` and `%u` stand for the client's own client id and username (EMQX 4 `verify_claims`). */
  claims?: Readonly<Record<string, string>>;
  /** Clocks may differ by this much; default 0. */
  skewSeconds?: number;
  /** The connection ends when the token expires (EMQX `disconnect_after_expire`); default true. */
  endAtExpiry?: boolean;
}

const BAD_USER_NAME_OR_PASSWORD = 4;

/** Admits clients with a token that one of the keys verifies and whose claims fit. An `acl` claim limits what they may do. */
export function jwtGatekeeper(rules: JwtRules): Gatekeeper {
  return (applicant, _hello, now) => {
    const token = tokenOf(applicant, rules.from);
    if (token === undefined) return refused(`no ${rules.from}`);
    const verdict = verifyJwt(token, rules.keys, { padding: false, typ: false });
    if (!verdict.ok) return refused(verdict.denial);
    const denial = checkTimes(verdict.claims, rules, now / 1000) ?? checkClaims(verdict.claims, rules, applicant);
    return denial === undefined ? admitted(verdict.claims, rules) : refused(denial);
  };
}

function tokenOf({ username, password }: Applicant, from: JwtRules["from"]): string | undefined {
  return from === "username" ? username : password && Buffer.from(password).toString("latin1");
}

function checkTimes(claims: Claims, { skewSeconds = 0 }: JwtRules, seconds: number): string | undefined {
  const [exp, iat, nbf] = (["exp", "iat", "nbf"] as const).map((name) => numericDate(claims, name));
  if (exp === undefined) return "exp must be a whole number";
  if (seconds >= exp + skewSeconds) return "the token has expired";
  if (iat !== undefined && iat > seconds + skewSeconds) return "iat lies in the future";
  if (nbf !== undefined && nbf > seconds + skewSeconds) return "nbf lies in the future";
  return undefined;
}

function checkClaims(claims: Claims, rules: JwtRules, { clientId, username = "" }: Applicant): string | undefined {
  const { aud } = claims;
  if (rules.audience !== undefined && aud !== rules.audience && !(Array.isArray(aud) && aud.includes(rules.audience))) {
    return "the audience is another";
  }
  for (const [name, wanted] of Object.entries(rules.claims ?? {})) {
    const value = wanted === "%c" ? clientId : wanted === "%u" ? username : wanted;
    if (claims[name] !== value) return `the claim ${name} is not what it must be`;
  }
  return undefined;
}

function admitted(claims: Claims, { endAtExpiry = true, skewSeconds = 0 }: JwtRules): Admission {
  const acl = claims.acl;
  const may = (action: "pub" | "sub", topic: string): boolean =>
    acl === undefined || [...filtersOf(acl, action), ...filtersOf(acl, "all")].some((filter) => covers(filter, topic));
  return {
    admitted: true,
    endsAt: endAtExpiry ? (numericDate(claims, "exp")! + skewSeconds) * 1000 : undefined,
    mayPublish: (topic) => may("pub", topic),
    maySubscribe: (filter) => may("sub", filter),
  };
}

/** A filter covers a topic that it matches, and a filter that it equals or that lies wholly below it. */
function covers(filter: string, topic: string): boolean {
  return filter === topic || matches(filter, topic.replace(/[+#]/g, "x"), true);
}

function filtersOf(acl: unknown, name: string): string[] {
  const list: unknown = typeof acl === "object" && acl !== null ? (acl as Record<string, unknown>)[name] : undefined;
  return Array.isArray(list) ? list.filter((item) => typeof item === "string" && isTopicFilter(item)) : [];
}

function refused(denial: string): Refusal {
  return { admitted: false, denial, returnCode: BAD_USER_NAME_OR_PASSWORD };
}
