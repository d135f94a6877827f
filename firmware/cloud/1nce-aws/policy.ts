// What this device, as it is set up, takes of what onboarding answered. Reading has seen to the form (token.ts, root-url.ts);
// whether it may be used is decided here, rule by rule, and nowhere else.

import { matchesHost } from "../../settings/rules.js";
import { OnboardingError } from "./errors.js";

/** Hosts that a root is fetched from unless configured otherwise. */
export const ROOT_URL_PATTERN = "*.amazontrust.com";

/**
 * An endpoint is one that the device may talk to.
 * @param pattern host names that it may have, see `matchesHost`
 * @throws OnboardingError `onboarding-endpoint`
 */
export function checkEndpoint(endpoint: string, pattern: string): void {
  if (matchesHost(endpoint, pattern)) return;
  const message = `onboarding: the endpoint is ${endpoint}, which is not ${pattern}`;
  throw new OnboardingError("onboarding-endpoint", message, "back-off");
}

/**
 * A token is for the SIM in the modem.
 * @param iccid the SIM's number; undefined: the modem does not tell it, and any token will do
 * @throws OnboardingError `onboarding-sim`
 */
export function checkSim(clientId: string, iccid: string | undefined): void {
  if (iccid === undefined || sameSim(iccid, clientId)) return;
  throw new OnboardingError("onboarding-sim", "onboarding: the token is for another SIM than this one", "back-off");
}

/**
 * A root's address is on a host that roots are fetched from.
 * @param pattern host names that it may have, see `matchesHost`
 * @throws OnboardingError `onboarding-root`
 */
export function checkRootHost(host: string, pattern: string): void {
  if (matchesHost(host, pattern)) return;
  const message = `onboarding: the root's address leads to ${host}, which is not ${pattern}`;
  throw new OnboardingError("onboarding-root", message, "back-off");
}

/** Digits of an ICCID that tell SIMs apart: what a reader makes of the check digit and the padding behind it varies. */
const ICCID_DIGITS = 18;

/** Whether two ICCIDs are of one SIM. */
export function sameSim(a: string, b: string): boolean {
  return a.slice(0, ICCID_DIGITS) === b.slice(0, ICCID_DIGITS);
}
