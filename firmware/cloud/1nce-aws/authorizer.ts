// The parameters of AWS IoT Core's custom authorizer, out of the user name that 1NCE gives:
// <JWT>?x-amz-customauthorizer-name=…&x-amz-customauthorizer-signature=…&<token key>=<token>
// MQTT sends the user name untouched, a query takes the part behind `?` as it is, headers take the decoded values.

import { OnboardingError } from "./errors.js";

export const AUTHORIZER_NAME = "x-amz-customauthorizer-name";
export const AUTHORIZER_SIGNATURE = "x-amz-customauthorizer-signature";

/** Each becomes a header: no blank, no line end. */
const isVisible = (text: string | undefined): text is string => text !== undefined && /^[\x21-\x7e]+$/.test(text);
/** A header of its own, and none of those that a request has anyway. */
const isTokenKey = (text: string | undefined): text is string =>
  text !== undefined && /^(?!(?:host|connection|content-.*|transfer-.*|upgrade|sec-.*)$)[a-z0-9_-]+$/.test(text);

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

/** @throws OnboardingError `onboarding-field` for a user name of another shape; the message holds no part of it */
export function authorizerOf(username: string): AuthorizerParameters {
  const mark = username.indexOf("?");
  if (mark < 0) throw shapeError();
  const query = username.slice(mark + 1);
  const values = new Map<string, string>();
  for (const pair of query.split("&")) {
    const [key, ...rest] = pair.split("=");
    values.set(decode(key!).toLowerCase(), decode(rest.join("=")));
  }
  const name = values.get(AUTHORIZER_NAME);
  const signature = values.get(AUTHORIZER_SIGNATURE);
  const tokenKey = [...values.keys()].find((key) => key !== AUTHORIZER_NAME && key !== AUTHORIZER_SIGNATURE);
  const token = tokenKey === undefined ? undefined : values.get(tokenKey);
  if (!isVisible(name) || !isVisible(signature) || !isVisible(token) || !isTokenKey(tokenKey)) throw shapeError();
  return { query, name, signature, tokenKey, token };
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
