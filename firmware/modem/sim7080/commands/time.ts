// The wall clock of the network and of NTP servers.

import { action, type Command, query } from "../../at/command.js";

/** A never-set clock of the modem counts from the GPS epoch, 1980-01-06. */
const FIRST_TRUE_YEAR = 2020;

/**
 * Milliseconds since 1970-01-01 UTC of `yy/MM/dd,hh:mm:ss±zz` (3GPP TS 27.007 §8.15): local time, zone in quarter hours.
 * Undefined for anything else and for a clock that was never set.
 */
export function parseClock(text: string): number | undefined {
  const match = /^"?(\d\d|\d{4})\/(\d\d)\/(\d\d), ?(\d\d):(\d\d):(\d\d)([+-]\d\d?)?"?$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Two digits: 70 to 99 are of the last century.
  const fullYear = year >= 100 ? year : year + (year >= 70 ? 1900 : 2000);
  // One digit is that of a firmware which writes a blank, too. Elsewhere the line has lost one: +08 as +0 is two hours off.
  if (match[7]?.length === 2 && !text.includes(", ")) return undefined;
  const quarters = Number(match[7] ?? 0);
  if (fullYear < FIRST_TRUE_YEAR || month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || Math.abs(quarters) > 96) return undefined;
  return Date.UTC(fullYear, month - 1, day, hour, minute, second) - quarters * 900_000;
}

/** The modem's clock, `wallMs` undefined when it was never set (AT+CCLK?, 3GPP TS 27.007 §8.15). */
export const readClock: Command<{ wallMs: number | undefined }> = query("AT+CCLK?", 5000, "+CCLK:", (rest) => ({
  wallMs: parseClock(rest),
}));

/** NTP over PDP context 0: the context must be 0 (AT+CNTPCID). */
export const ntpContext = action("AT+CNTPCID=0", 5000);

/** Server of the query; zone 0, context 0, mode 2: set the modem's clock and print the time (AT+CNTP). */
export function ntpServer(host: string): Command<void> {
  return action(`AT+CNTP="${host}",0,0,2`, 5000);
}

/** Starts the query: OK, then `+CNTP: 1,"time"` or another code. */
export const ntpQuery = action("AT+CNTP", 5000);

/** Longest wait for the URC. */
export const NTP_TIMEOUT_MS = 30_000;

/** How an NTP query ended. */
export interface NtpAnswer {
  /** 1 is good, 61 network, 62 DNS, 63 connect, 64 server response, 65 timeout. */
  code: number;
  /** Milliseconds since 1970-01-01 UTC; undefined when it cannot be read. */
  wallMs: number | undefined;
}

/** Code and time of a `+CNTP:` line. */
export function ntpUrc(line: string): NtpAnswer | undefined {
  const match = /^\+CNTP: ?(\d{1,3})(, ?|$)/.exec(line);
  if (!match) return undefined;
  const [begin, code, comma] = match;
  return { code: Number(code), wallMs: comma === "" ? undefined : parseClock(line.slice(begin.length)) };
}
