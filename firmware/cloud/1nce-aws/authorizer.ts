// The parameters of AWS IoT Core's custom authorizer, out of the user name that 1NCE gives:
// <JWT>?x-amz-customauthorizer-name=…&x-amz-customauthorizer-signature=…&<token key>=<token>
// MQTT sends the user name untouched, a query takes the part behind `?` as it is, headers take the decoded values.

import type { HeaderFields } from "../../http/request.js";
import { OnboardingError } from "./errors.js";

const AUTHORIZER_NAME = "x-amz-customauthorizer-name";
const AUTHORIZER_SIGNATURE = "x-amz-customauthorizer-signature";

/** Each becomes a header: no blank, no line end. */
const isVisible = (text: string | undefined): text is string =>
  text !== undefined && text !== "" && !/[^\x21-\x7e]/.test(text);
/** Longest name of the parameter that bears the token (AWS IoT API Reference, CreateAuthorizer: tokenKeyName). */
const TOKEN_KEY_MAX = 128;
const isTokenKey = (text: string | undefined): text is string =>
  text !== undefined && text.length <= TOKEN_KEY_MAX && /^[a-z0-9_-]+$/.test(text);

/**
 * Names that have a use of their own where the parameters go; `*` stands for any end. The token under one of them would be
 * taken for something else: a length, a cookie, another host, the message's quality of service.
 */
const USED_NAMES: readonly string[] = [
  // HTTP (RFC 9110 §18.4, RFC 9111 §5, RFC 9112 §9.6, and what came since), WebSocket (RFC 6455 §11.3), the Fetch standard's
  // forbidden names, and what proxies go by.
  "accept",
  "accept-*",
  "access-control-*",
  "age",
  "allow",
  "alt-*",
  "authentication-*",
  "authorization",
  "cache-*",
  "cdn-*",
  "close",
  "connection",
  "content-*",
  "cookie*",
  "date",
  "dnt",
  "early-data",
  "etag",
  "expect*",
  "expires",
  "forwarded",
  "from",
  "host",
  "http2-settings",
  "if-*",
  "keep-alive",
  "last-*",
  "link",
  "location",
  "max-forwards",
  "mime-version",
  "origin",
  "pragma",
  "priority",
  "proxy-*",
  "range",
  "referer",
  "refresh",
  "retry-after",
  "sec-*",
  "server",
  "set-cookie*",
  "te",
  "trailer",
  "transfer-*",
  "upgrade*",
  "user-agent",
  "vary",
  "via",
  "want-*",
  "warning",
  "www-authenticate",
  "x-forwarded-*",
  "x-http-method*",
  "x-method-*",
  "x-original-*",
  "x-real-ip",
  // AWS: its own headers and signatures; the query of HTTPS publish (AWS IoT Data Plane API Reference, Publish).
  "x-amz*",
  "contenttype",
  "messageexpiry",
  "qos",
  "responsetopic",
  "retain",
  // The headers of 1NCE's example, see bridge.ts.
  "clientid",
  "username",
];

/** The entry that a name falls under. Some servers take `_` for `-`. @param name in lower case */
function usedName(name: string): string | undefined {
  const folded = name.replaceAll("_", "-");
  return USED_NAMES.find((used) => (used.endsWith("*") ? folded.startsWith(used.slice(0, -1)) : folded === used));
}

/** Most parameters: the three that there are, and some that somebody may add. */
const PARAMETERS_MAX = 8;

/** All are secrets but the names. */
export interface AuthorizerParameters {
  /** The part behind `?`, percent-encoded as it came. */
  query: string;
  /** Decoded. */
  name: string;
  signature: string;
  /** Name of the parameter that bears the token, as the authorizer's owner chose it: `token` with 1NCE. */
  tokenKey: string;
  token: string;
}

/**
 * Takes a user name apart, for a transport that is HTTP at least in the beginning.
 * @throws OnboardingError `onboarding-field` for a user name of another shape; `onboarding-token-key` for a parameter under a
 *   name that is used otherwise. No message holds a part of the user name.
 */
export function authorizerOf(username: string): AuthorizerParameters {
  const mark = username.indexOf("?");
  if (mark < 0) throw shapeError();
  const query = username.slice(mark + 1);
  const values = new Map<string, string>();
  const pairs = query.split("&", PARAMETERS_MAX + 1);
  if (pairs.length > PARAMETERS_MAX) throw shapeError();
  for (const pair of pairs) {
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    const key = decode(pair.slice(0, end)).toLowerCase();
    // Which of two counts, the device and AWS might see differently.
    if (values.has(key)) throw shapeError();
    values.set(key, decode(pair.slice(end + 1)));
  }
  const name = values.get(AUTHORIZER_NAME);
  const signature = values.get(AUTHORIZER_SIGNATURE);
  const others = [...values.keys()].filter((key) => key !== AUTHORIZER_NAME && key !== AUTHORIZER_SIGNATURE);
  const tokenKey = others[0];
  const token = tokenKey === undefined ? undefined : values.get(tokenKey);
  if (!isVisible(name) || !isVisible(signature) || !isVisible(token) || !isTokenKey(tokenKey)) throw shapeError();
  for (const other of others) {
    const used = usedName(other);
    if (used !== undefined) throw nameError(used);
  }
  return { query, name, signature, tokenKey, token };
}

/** The parameters as headers. */
export function headersOf({ name, signature, tokenKey, token }: AuthorizerParameters): HeaderFields {
  return [
    [AUTHORIZER_NAME, name],
    [AUTHORIZER_SIGNATURE, signature],
    [tokenKey, token],
  ];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw shapeError();
  }
}

function shapeError(): OnboardingError {
  return new OnboardingError(
    "onboarding-field",
    "onboarding: the user name holds no authorizer's parameters",
    "back-off",
  );
}

/** @param used of our own table: the name that came may be anything, a secret too */
function nameError(used: string): OnboardingError {
  return new OnboardingError(
    "onboarding-token-key",
    `onboarding: a parameter of the user name is called ${used}, which HTTP or AWS has another use for; only MQTT can carry it`,
    "back-off",
  );
}
