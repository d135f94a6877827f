// Commands of the line itself, of power and of the radio's functionality.

import { action, type Command, query } from "../command.js";

/** Plain AT: does the line work? First ones after power-on or sleep may be lost. */
export function probe(timeoutMs: number): Command<void> {
  return { text: "AT", timeoutMs, probe: true, parse: () => undefined };
}

/** Echo off; not saved, so after each boot (ATE, SIM7080 AT V1.07 ch. 2). */
export const echoOff = action("ATE0", 1000);

/** Errors as text; not saved (AT+CMEE, ch. 3). */
export const verboseErrors = action("AT+CMEE=2", 1000);

/** 0 minimum, 1 full, 4 radio off, 6 reset, 7 offline (AT+CFUN, ch. 3): 10 s by the manual, up to 20 s seen. */
export const readFunctionality = query("AT+CFUN?", 10_000, "+CFUN:", (rest) =>
  /^\d$/.test(rest) ? Number(rest) : undefined,
);

/** Sets the functionality level. */
export function setFunctionality(level: 0 | 1 | 4): Command<void> {
  return action(`AT+CFUN=${level}`, 20_000);
}

/** Restarts the modem: OK, then the boot URCs (AT+CFUN=1,1, ch. 3). */
export const restart = action("AT+CFUN=1,1", 20_000);

/** Switches off: answers NORMAL POWER DOWN and no OK (AT+CPOWD, ch. 5). */
export const powerDown: Command<void> = {
  text: "AT+CPOWD=1",
  timeoutMs: 5000,
  final: "NORMAL POWER DOWN",
  parse: () => undefined,
};
