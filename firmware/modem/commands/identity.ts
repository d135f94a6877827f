// Who the SIM and the module are.

import { type Command, malformed, query } from "../command.js";

/** State of the SIM: `READY`, `SIM PIN`, `SIM PUK` … (AT+CPIN?, ch. 3). A missing or busy SIM is a +CME ERROR. */
export const readPinState = query("AT+CPIN?", 5000, "+CPIN:", (rest) =>
  /^[A-Z_ 0-9]{1,16}$/.test(rest) ? rest : undefined,
);

/**
 * ICCID of the SIM (AT+CCID, §5.2.8): a bare line, 19 or 20 digits, perhaps with an `F` behind; some firmware is said to
 * put `+CCID:` or `+ICCID:` in front.
 */
export const readIccid: Command<string> = bare("AT+CCID", 2000, /^(?:\+I?CCID: ?)?"?(\d{18,20})[Ff]?"?$/);

/** IMEI of the module: 15 digits (AT+CGSN, ch. 3). */
export const readImei: Command<string> = bare("AT+CGSN", 2000, /^(?:\+CGSN: ?)?"?(\d{15})"?$/);

/** A command that answers with a bare line, of which the first group of `form` is the value. */
function bare(text: string, timeoutMs: number, form: RegExp): Command<string> {
  return {
    text,
    timeoutMs,
    reply: "*",
    parse: ({ lines }) => {
      for (const line of lines) {
        const match = form.exec(line);
        if (match) return match[1]!;
      }
      throw malformed(text, lines[0]);
    },
  };
}
