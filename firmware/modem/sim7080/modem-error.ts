// What keeps the modem from getting online, above the AT line.

import { type Advice, Failure } from "../../platform/failure.js";

/** What keeps the modem from getting or staying online. */
export type ModemCode =
  | "modem-silent" // no answer to AT, also after the power key
  | "modem-off" // it switched itself off: supply too low or too high
  | "modem-asleep" // it fell into power saving mode by itself
  | "modem-supply" // the chip that feeds the modem does not answer
  | "modem-config" // an option that cannot be used
  | "sim-missing"
  | "sim-locked" // a PIN or another code is asked for and there is none
  | "sim-pin-refused"
  | "sim-puk"
  | "sim-failed"
  | "sim-busy" // not ready in time
  | "registration-denied"
  | "registration-timeout"
  | "pdp-failed"
  | "pdp-lost"
  | "gnss-refused" // no satellite receiver, or it does not start
  | "link-closed" // the driver took the link down as it was asked to
  | "time-unknown";

const ADVICE: Readonly<Record<ModemCode, Advice>> = {
  "modem-silent": "reset-modem",
  "modem-off": "reset-modem",
  "modem-asleep": "retry",
  "modem-supply": "back-off",
  "modem-config": "give-up",
  "sim-missing": "give-up",
  "sim-locked": "give-up",
  "sim-pin-refused": "give-up",
  "sim-puk": "give-up",
  "sim-failed": "reset-modem",
  "sim-busy": "reset-modem",
  // A SIM that was not activated or has used up its volume is denied until its operator changes that.
  "registration-denied": "back-off",
  "registration-timeout": "reset-modem",
  "pdp-failed": "reset-modem",
  "pdp-lost": "retry",
  "gnss-refused": "give-up",
  "link-closed": "retry",
  "time-unknown": "retry",
};

/** A failure of the modem, its SIM or the network, with advice by table. */
export class ModemError extends Failure {
  declare readonly code: ModemCode;
  constructor(code: ModemCode, message: string, cause?: unknown) {
    super(code, message, ADVICE[code], cause);
  }
}
