// Commands of the line itself, of power and of the radio's functionality.

import { action, type Command, query } from "../../at/command.js";

/** Plain AT: does the line work? The first ones after power-on or sleep may be lost. */
export function probe(timeoutMs: number): Command<void> {
  return { text: "AT", timeoutMs, probe: true, parse: () => undefined };
}

/**
 * `+++` ends data mode (ITU-T V.250 §6.1): OK once a second of silence has followed, as one must come before. A modem
 * that is not in data mode takes it for the beginning of a command line and says nothing.
 */
export const leaveDataMode: Command<void> = {
  text: "+++",
  timeoutMs: 1200,
  probe: true,
  raw: true,
  parse: () => undefined,
};

/** ATH hangs up a data call (ITU-T V.250 §6.3.6); 20 s by the manual. */
export const hangUp = action("ATH", 20_000);

/** ATE0, echo off (ITU-T V.250 §6.2.4); not saved, so after each boot. */
export const echoOff = action("ATE0", 1000);

/** ATE1, echo on: what the modem has heard comes back. */
export const echoOn = action("ATE1", 1000);

/** AT+CMEE=2, errors as text (3GPP TS 27.007 §9.1); not saved. */
export const verboseErrors = action("AT+CMEE=2", 1000);

/** AT+IFC=2,2, RTS and CTS (ITU-T V.250 §6.2.12); not saved. */
export const hardwareFlowControl = action("AT+IFC=2,2", 1000);

/** AT+IPR?, the saved line speed in bits per second; 0: the modem follows the host (ITU-T V.250 §6.2.10). */
export const readLineSpeed = query("AT+IPR?", 1000, "+IPR:", number);

/** AT+IPR=…, in force behind the OK; saved. */
export function setLineSpeed(baud: number): Command<void> {
  return action(`AT+IPR=${baud}`, 1000);
}

/** AT+CFUN?: 0 minimum, 1 full, 4 radio off, 7 offline (3GPP TS 27.007 §8.2). */
export const readFunctionality = query("AT+CFUN?", 10_000, "+CFUN:", number);

/** AT+CFUN=…: 0 minimum, 1 full, 4 radio off; 10 s by the manual, up to 20 s seen. */
export function setFunctionality(level: 0 | 1 | 4): Command<void> {
  return action(`AT+CFUN=${level}`, 20_000);
}

/** AT+CFUN=1,1 restarts the modem: OK, then the boot URCs. */
export const restart = action("AT+CFUN=1,1", 20_000);

/** AT+CPOWD=1 switches off: NORMAL POWER DOWN and no OK. */
export const powerDown: Command<void> = {
  text: "AT+CPOWD=1",
  timeoutMs: 5000,
  final: "NORMAL POWER DOWN",
  parse: () => undefined,
};

function number(rest: string): number | undefined {
  return /^\d{1,7}$/.test(rest) ? Number(rest) : undefined;
}
