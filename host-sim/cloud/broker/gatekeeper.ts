// Who may connect to a broker and what he may do there: the part in which the simulated clouds differ most.

import type { Hello } from "../../world/core.js";

/** A CONNECT as far as it concerns who the client is. */
export interface Applicant {
  clientId: string;
  username: string | undefined;
  password: Uint8Array | undefined;
}

/** What a client may do. */
export interface Admission {
  admitted: true;
  /** When the connection must end, milliseconds since 1970; left out: it need not. */
  endsAt?: number | undefined;
  /** @param length of the payload, in bytes */
  mayPublish(topic: string, length: number): boolean;
  maySubscribe(filter: string): boolean;
  /** Messages that a new subscription brings at once, with the QoS granted. */
  greeting?(filter: string): readonly { topic: string; payload: Uint8Array }[];
}

export interface Refusal {
  admitted: false;
  /** One line for people, without secrets. */
  denial: string;
  /** CONNACK return code, or no CONNACK; left out: the profile's. */
  returnCode?: number | "close";
}

export type Gatekeeper = (applicant: Applicant, hello: Hello, now: number) => Admission | Refusal;

/** Admits everybody to everything, as a broker without access control. */
export const OPEN_GATE: Gatekeeper = () => ({ admitted: true, mayPublish: () => true, maySubscribe: () => true });
