// What can go wrong between the SIM and its token.

import { type Advice, Failure } from "../../platform/failure.js";

export type OnboardingCode =
  | "onboarding-bad-request" // 400
  | "onboarding-unknown-sim" // 404
  | "onboarding-server" // 500
  | "onboarding-unavailable" // 503, 429
  | "onboarding-status" // any other status but 200
  | "onboarding-body" // an answer that is neither the CSV nor the JSON that 1NCE documents
  | "onboarding-field" // a field that is missing, too long or implausible
  | "onboarding-sim" // a token for another SIM than the one in the modem
  | "onboarding-token-key" // a parameter whose name HTTP or AWS has another use for: the transport cannot carry it
  | "onboarding-root" // a root CA that is no certificate, or an address of one that is not followed
  | "onboarding-often" // tokens that end within two minutes, or a service that is busy: no other is asked for yet
  | "onboarding-endpoint"; // an endpoint that is no host name, or not one this device may talk to

/** A failed onboarding. */
export class OnboardingError extends Failure {
  declare readonly code: OnboardingCode;
}

interface Meaning {
  code: OnboardingCode;
  advice: Advice;
  text: string;
}

/**
 * The statuses that 1NCE documents, and 429, which the balancer before any service may give (RFC 6585 §4). A SIM may be
 * activated later: even then a device in the field tries again.
 */
const STATUS: Readonly<Record<number, Meaning>> = {
  400: { code: "onboarding-bad-request", advice: "give-up", text: "1NCE takes the request for malformed" },
  404: {
    code: "onboarding-unknown-sim",
    advice: "back-off",
    text: "the SIM is unknown to 1NCE or inactive, or the account is not connected to AWS with JWT tokens; see 1NCE's portal",
  },
  429: {
    code: "onboarding-unavailable",
    advice: "back-off",
    text: "1NCE's service has too many requests at the moment",
  },
  500: { code: "onboarding-server", advice: "back-off", text: "an error within 1NCE's service" },
  503: { code: "onboarding-unavailable", advice: "back-off", text: "1NCE's service is not available at the moment" },
};

/**
 * The failure for a status other than 200.
 * @param excerpt printable beginning of the body; may be empty
 */
export function statusError(status: number, excerpt: string): OnboardingError {
  const meaning = STATUS[status] ?? {
    code: "onboarding-status",
    advice: "back-off",
    text: "an answer that 1NCE does not document",
  };
  const said = excerpt === "" ? "" : `; the server says: ${excerpt}`;
  return new OnboardingError(meaning.code, `onboarding: ${status}, ${meaning.text}${said}`, meaning.advice);
}
