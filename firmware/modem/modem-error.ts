// What keeps the modem from getting online, above the AT line.

import { type Advice, Failure } from "../platform/failure.js";

export type ModemCode =
  | "modem-silent" // no answer to AT, also after the power key
  | "modem-config" // an option that cannot be used
  | "sim-missing"
  | "sim-locked" // a PIN or PUK is asked for
  | "sim-busy" // not ready in time
  | "registration-denied"
  | "registration-timeout"
  | "pdp-failed"
  | "pdp-lost"
  | "time-unknown";

const ADVICE: Readonly<Record<ModemCode, Advice>> = {
  "modem-silent": "reset-modem",
  "modem-config": "give-up",
  "sim-missing": "give-up",
  "sim-locked": "give-up",
  "sim-busy": "reset-modem",
  // A SIM that was not activated or has used up its volume is denied until its operator changes that.
  "registration-denied": "back-off",
  "registration-timeout": "reset-modem",
  "pdp-failed": "reset-modem",
  "pdp-lost": "retry",
  "time-unknown": "retry",
};

/** A failure of the modem, its SIM or the network, with advice by table. */
export class ModemError extends Failure {
  declare readonly code: ModemCode;
  constructor(code: ModemCode, message: string, cause?: unknown) {
    super(code, message, ADVICE[code], cause);
  }
}
