// The token that 1NCE hands a SIM: its fields, checked where they enter, and how long it lives.

import { decodeBase64Url } from "../../bytes/base64.js";
import { readJson } from "../../bytes/json.js";
import { isHostName } from "../../settings/rules.js";
import { OnboardingError } from "./errors.js";

/** What onboarding yields. `username` is a secret. */
export interface OneNceToken {
  /** User name for MQTT, to be sent exactly as it came. */
  username: string;
  /** The SIM's ICCID. */
  clientId: string;
  /** Host name of the account's AWS IoT Core endpoint. */
  endpoint: string;
  /** Where the endpoint's root can be had; undefined when the answer names none. */
  rootCaUrl: string | undefined;
  /** The endpoint's root, DER; undefined when the answer holds none (JSON): the built-in roots are used then. */
  rootCa: Uint8Array | undefined;
  /** Wall time of the answer, ms since 1970. */
  receivedAt: number;
  /** Wall time at which the token ends, ms since 1970. */
  expiresAt: number;
}

/** The answer's fields in the order of the CSV form (1NCE, JWT Token Onboarding). */
export const FIELDS = ["username", "clientId", "endpoint", "rootCaUrl", "rootCa"] as const;
export type FieldName = (typeof FIELDS)[number];

/** Most bytes of each field as text: about twice what was seen. */
export const FIELD_LIMITS: Readonly<Record<FieldName, number>> = {
  username: 2048,
  clientId: 128, // AWS IoT Core's own limit
  endpoint: 253,
  rootCaUrl: 512,
  rootCa: 4096,
};
/** Most bytes of the root's DER. */
export const ROOT_CA_DER_LIMIT = 2048;

/** Life of a token as 1NCE documents it, in ms. */
export const TOKEN_LIFE_MS = 24 * 3_600_000;

/** Asks for what must not be there: XS would keep a copy of all that does match. */
const isPrintable = (text: string) => text !== "" && !/[^\x21-\x7e]/.test(text);
/**
 * No topic separator or wildcard: the device's topics begin with it. AWS refuses a leading `$`. HTTPS publish has the topic
 * in its path, where a level of one dot or two is none (RFC 3986 §5.2.4).
 */
const isClientId = (text: string) => /^(?!\$|\.\.?$)[\x21-\x22\x24-\x2a\x2c-\x2e\x30-\x7e]{1,128}$/.test(text);

/**
 * A token from the answer's fields, each checked for its form; whether this device may use it is policy.ts's to say.
 * @param fields text of each field that was there
 * @param rootCa DER of the root, if the answer held one
 * @param receivedAt wall time, ms since 1970
 * @throws OnboardingError `onboarding-field` or `onboarding-endpoint`
 */
export function tokenOf(
  fields: Partial<Record<FieldName, string>>,
  rootCa: Uint8Array | undefined,
  receivedAt: number,
): OneNceToken {
  const { username = "", clientId = "", endpoint = "", rootCaUrl = "" } = fields;
  check(isPrintable(username), "the user name is missing or holds a control character");
  check(isClientId(clientId), "the client id is missing or no part of a topic");
  check(rootCaUrl === "" || isPrintable(rootCaUrl), "the root's address holds a control character");
  if (!isHostName(endpoint)) {
    throw new OnboardingError("onboarding-endpoint", "onboarding: the endpoint is no host name", "back-off");
  }
  return {
    username,
    clientId,
    endpoint,
    rootCaUrl: rootCaUrl === "" ? undefined : rootCaUrl,
    rootCa,
    receivedAt,
    expiresAt: expiryOf(username, receivedAt),
  };
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new OnboardingError("onboarding-field", `onboarding: ${what}`, "back-off");
}

/**
 * When a token ends: 24 h after it came, or at the `exp` of its JWT part if that lies between. The JWT is not verified
 * and serves for nothing else; one that cannot be read, or is over by the device's clock, leaves the judgement to the broker.
 * @returns wall time, ms since 1970
 */
export function expiryOf(username: string, receivedAt: number): number {
  const latest = receivedAt + TOKEN_LIFE_MS;
  const exp = expClaim(username.split("?", 1)[0]!);
  return exp !== undefined && exp * 1000 > receivedAt ? Math.min(exp * 1000, latest) : latest;
}

/** `exp` of a JWT (RFC 7519 §4.1.4), unverified; undefined for anything that is not a JWT with one. */
function expClaim(jwt: string): number | undefined {
  const parts = jwt.split(".", 4); // no more pieces than can matter, however many dots there are
  if (parts.length !== 3) return undefined;
  try {
    const { exp } = readJson(decodeBase64Url(parts[1]!), { exp: "plain" });
    return typeof exp === "number" && Number.isFinite(exp) ? exp : undefined;
  } catch {
    return undefined;
  }
}
