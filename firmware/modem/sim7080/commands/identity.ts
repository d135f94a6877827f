// Who the SIM and the module are.

import { bare, type Command, query } from "../../at/command.js";

/** AT+CPIN?, state of the SIM: `READY`, `SIM PIN`, `SIM PUK` … (3GPP TS 27.007 §8.3). Missing or busy: +CME ERROR. */
export const readPinState = query("AT+CPIN?", 5000, "+CPIN:", (rest) => pinState(`+CPIN: ${rest}`));

/** State that a `+CPIN:` line tells, also as URC, or undefined for anything that is no state: the line may be a bad one. */
export function pinState(line: string): string | undefined {
  return /^\+CPIN: ?(READY|NOT READY|NOT INSERTED|SIM P(?:IN|UK)2?|PH[_-][A-Z]{2,6} P(?:IN|UK))$/.exec(line)?.[1];
}

const ENTER_PIN = "AT+CPIN=";

/**
 * AT+CPIN=… enters the PIN: OK, then `+CPIN: READY`. With the echo on, a line of its reply is a PIN that the modem has heard in
 * place of this one. `pin`: checked by `isPin`.
 */
export function enterPin(pin: string): Command<void> {
  const text = ENTER_PIN + pin;
  return { text, shown: `${ENTER_PIN}[…]`, timeoutMs: 5000, reply: ENTER_PIN, parse: () => undefined };
}

/**
 * AT+CCID, ICCID of the SIM (SIM7080 AT V1.07 §5.2.8): a bare line, 19 or 20 digits, perhaps with a filler `F` behind; some
 * firmware is said to put `+CCID:` or `+ICCID:` in front.
 */
export const readIccid = bare("AT+CCID", 2000, (line) => /^(?:\+I?CCID: ?)?"?(\d{18,20})[Ff]?"?$/.exec(line));

/** AT+CGSN, IMEI of the module: 15 digits (3GPP TS 27.007 §5.4). */
export const readImei = bare("AT+CGSN", 2000, (line) => /^(?:\+C?GSN: ?)?"?(\d{15})"?$/.exec(line));

/** AT+CGMM, model: free text (3GPP TS 27.007 §5.2), e.g. `SIMCOM_SIM7080G` or `SIMCOM_SIM7070G-HP-S`. */
export const readModel: Command<string> = bare("AT+CGMM", 2000, (line) =>
  /^(?:\+CGMM: ?)?((?:SIMCOM_)?SIM7[\w-]{2,24})$/.exec(line),
);

/** AT+CGMR, firmware: free text (3GPP TS 27.007 §5.3), e.g. `1951B16SIM7080`; `Revision:` may stand in front. */
export const readFirmware: Command<string> = bare("AT+CGMR", 2000, (line) =>
  /^(?:\+CGMR: ?Revision: ?|\+CGMR: ?|Revision: ?|(?=\d{4}B\d\d))([\w .-]{1,40})$/.exec(line),
);

/** Firmware before this of the 1951 baseline is known to register badly and to fail at TLS. */
const FIRST_GOOD_BUILD = 8;

/** True for firmware that is known to be bad: builds B01 to B07 of the 1951 baseline. */
export function isBadFirmware(firmware: string): boolean {
  const build = /^1951B(\d{2})/.exec(firmware)?.[1];
  return build !== undefined && Number(build) < FIRST_GOOD_BUILD;
}
