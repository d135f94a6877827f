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
/** A header of its own, and none of those that a request has anyway. */
const isTokenKey = (text: string | undefined): text is string =>
  text !== undefined &&
  text.length <= TOKEN_KEY_MAX &&
  /^(?!(?:host|connection|content-.*|transfer-.*|upgrade|sec-.*)$)[a-z0-9_-]+$/.test(text);

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

/** @throws OnboardingError `onboarding-field` for a user name of another shape; the message holds no part of it */
export function authorizerOf(username: string): AuthorizerParameters {
  const mark = username.indexOf("?");
  if (mark < 0) throw shapeError();
  const query = username.slice(mark + 1);
  const values = new Map<string, string>();
  const pairs = query.split("&", PARAMETERS_MAX + 1);
  if (pairs.length > PARAMETERS_MAX) throw shapeError();
  for (const pair of pairs) {
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    values.set(decode(pair.slice(0, end)).toLowerCase(), decode(pair.slice(end + 1)));
  }
  const name = values.get(AUTHORIZER_NAME);
  const signature = values.get(AUTHORIZER_SIGNATURE);
  const tokenKey = [...values.keys()].find((key) => key !== AUTHORIZER_NAME && key !== AUTHORIZER_SIGNATURE);
  const token = tokenKey === undefined ? undefined : values.get(tokenKey);
  if (!isVisible(name) || !isVisible(signature) || !isVisible(token) || !isTokenKey(tokenKey)) throw shapeError();
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
