// +CME ERROR numbers, their texts and what to do about them (SIM7080 AT V1.07 §22.1).
// AT+CMEE=2 gives the text, AT+CMEE=1 the number; both lead to the number.

import type { Advice } from "../../platform/failure.js";

/** Numbers that the driver decides by. */
export const CME = {
  operationNotAllowed: 3,
  simNotInserted: 10,
  simPinRequired: 11,
  simPukRequired: 12,
  simFailure: 13,
  simBusy: 14,
  simWrong: 15,
  incorrectPassword: 16,
  unrecognized: 601,
  syntax: 603,
} as const;

const TABLE: readonly (readonly [number: number, text: string, advice: Advice])[] = [
  [3, "operation not allowed", "back-off"],
  [4, "operation not supported", "give-up"],
  [10, "SIM not inserted", "give-up"],
  [11, "SIM PIN required", "give-up"],
  [12, "SIM PUK required", "give-up"],
  [13, "SIM failure", "reset-modem"],
  [14, "SIM busy", "retry"],
  [15, "SIM wrong", "give-up"],
  [16, "incorrect password", "give-up"],
  [20, "memory full", "reset-modem"],
  [22, "not found", "back-off"],
  [30, "no network service", "back-off"],
  [31, "network timeout", "back-off"],
  [32, "network not allowed - emergency call only", "back-off"],
  [100, "unknown", "back-off"],
  [103, "Illegal MS", "back-off"],
  [107, "GPRS services not allowed", "back-off"],
  [111, "PLMN not allowed", "back-off"],
  [113, "roaming not allowed", "back-off"],
  [148, "unspecified GPRS error", "back-off"],
  [149, "PDP authentication failure", "back-off"],
  [160, "DNS resolve failed", "back-off"],
  [161, "Socket open failed", "back-off"],
  [601, "Unrecognized Command", "back-off"],
  [603, "Syntax Error", "back-off"],
  [604, "Unspecified Error", "back-off"],
  [765, "Invalid input value", "back-off"],
  [767, "Operation failed", "back-off"],
  [772, "SIM powered down", "reset-modem"],
  [797, "CFUN state is 0 or 4", "reset-modem"],
];

/** The number of what stands behind `+CME ERROR:`: digits, or one of the manual's texts in any case. */
export function cmeNumber(text: string): number | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  const wanted = text.toLowerCase();
  return TABLE.find((row) => row[1].toLowerCase() === wanted)?.[0];
}

/** What to do about an error number; unknown ones: `back-off`. */
export function cmeAdvice(number: number | undefined): Advice {
  return TABLE.find((row) => row[0] === number)?.[2] ?? "back-off";
}
