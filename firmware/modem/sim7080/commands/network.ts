// Registration, radio choice and the PDP context.

import { action, type Command, fields, malformed, query } from "../../at/command.js";

/** <stat> of 3GPP TS 27.007 §10.1.22. */
export const REGISTRATION = { idle: 0, home: 1, searching: 2, denied: 3, unknown: 4, roaming: 5 } as const;

/** True for a state in which the network serves the device; 1NCE's SIMs are practically always roaming. */
export function isRegistered(stat: number): boolean {
  return stat === REGISTRATION.home || stat === REGISTRATION.roaming;
}

/** AT+CEREG=1: changes are told as `+CEREG: <stat>`, one field, so that they differ from the reply to AT+CEREG? */
export const reportRegistration = action("AT+CEREG=1", 5000);

/** AT+CEREG?, registration state now: with LTE (3GPP TS 27.007 §10.1.22). */
export const readRegistration = registrationQuery("AT+CEREG?", "+CEREG:");

/** Asks for a registration state: `+CEREG: <n>,<stat>[,…]`, or `+CGREG:` with the same fields. */
export function registrationQuery(text: string, prefix: "+CEREG:" | "+CGREG:"): Command<number> {
  const reply = (line: string) => (line.startsWith(prefix) ? registrationReply(line) : undefined);
  return {
    text,
    timeoutMs: 5000,
    reply: (line) => reply(line) !== undefined,
    parse: ({ lines }) => {
      const stat = reply(lines.at(-1) ?? "");
      if (stat === undefined) throw malformed(text, lines.at(-1));
      return stat;
    },
  };
}

/** State in the reply, whose form differs from that of the URC by the number in front. */
function registrationReply(line: string): number | undefined {
  const match = /^\+C[EG]REG: ?\d, ?(\d)(?:,|$)/.exec(line);
  return match ? Number(match[1]) : undefined;
}

/** State in a `+CEREG: <stat>` or `+CGREG: <stat>` URC, or undefined. */
export function registrationUrc(line: string): number | undefined {
  const match = /^\+C[EG]REG: ?(\d)(?:,"|$)/.exec(line);
  return match ? Number(match[1]) : undefined;
}

/** A PDP context definition. */
export interface Context {
  type: string;
  apn: string;
}

/** AT+CGDCONT?, PDP context 1 or undefined (3GPP TS 27.007 §10.1.1): `+CGDCONT: 1,"IP","iot.1nce.net",…`. */
export const readContext: Command<Context | undefined> = {
  text: "AT+CGDCONT?",
  timeoutMs: 5000,
  reply: "+CGDCONT:",
  parse: ({ lines }) => {
    for (const line of lines) {
      const [cid, type, apn] = fields(line.slice("+CGDCONT:".length));
      if (cid === "1" && type !== undefined && apn !== undefined) return { type, apn };
    }
    return undefined;
  },
};

/** AT+CGDCONT=1,…; saved. `apn`: checked by `isApn`. */
export function setContext(apn: string): Command<void> {
  return action(`AT+CGDCONT=1,"IP","${apn}"`, 5000);
}

/** AT+CNMP?: 2 automatic, 13 GSM, 38 LTE, 51 GSM and LTE. */
export const readMode = query("AT+CNMP?", 5000, "+CNMP:", digits);
/** AT+CNMP values. */
export const MODE = { automatic: 2, lte: 38 } as const;
/** AT+CNMP=…; saved. */
export function setMode(mode: number): Command<void> {
  return action(`AT+CNMP=${mode}`, 5000);
}

/** AT+CMNB?: 1 LTE-M, 2 NB-IoT, 3 both. */
export const readRat = query("AT+CMNB?", 5000, "+CMNB:", digits);
/** AT+CMNB=…; saved. */
export function setRat(rat: number): Command<void> {
  return action(`AT+CMNB=${rat}`, 5000);
}

/** Technologies that AT+CBANDCFG has bands for. */
export type BandTable = "CAT-M" | "NB-IOT";

/** AT+CBANDCFG?, bands searched, by technology: `+CBANDCFG: "CAT-M",3,8,20`. */
export const readBands: Command<ReadonlyMap<string, readonly number[]>> = {
  text: "AT+CBANDCFG?",
  timeoutMs: 5000,
  reply: "+CBANDCFG:",
  parse: ({ lines }) =>
    new Map(
      lines.map((line) => {
        const [table = "", ...bands] = fields(line.slice("+CBANDCFG:".length));
        return [table, bands.map(Number)];
      }),
    ),
};

/** AT+CBANDCFG=…; saved. */
export function setBands(table: BandTable, bands: readonly number[]): Command<void> {
  return action(`AT+CBANDCFG="${table}",${bands.join(",")}`, 5000);
}

/** AT+CNACT=0,…, app PDP context 0 on or off: OK at once, then `+APP PDP: 0,ACTIVE` or `0,DEACTIVE`. */
export function setPdp(on: 0 | 1): Command<void> {
  return action(`AT+CNACT=0,${on}`, 15_000);
}

/** States of an app PDP context. */
export const PDP = { off: 0, on: 1, coming: 2 } as const;

/** AT+CNACT?, state of app PDP context 0. */
export const readPdp: Command<number> = {
  text: "AT+CNACT?",
  timeoutMs: 5000,
  reply: "+CNACT:",
  parse: ({ lines }) => {
    const match = lines.map((line) => /^\+CNACT: ?0, ?([0-2])(?:,|$)/.exec(line)).find((found) => found);
    if (!match) throw malformed("AT+CNACT?", lines[0]);
    return Number(match[1]);
  },
};

/** What may become of context 0 without being asked about. */
export type PdpChange = "active" | "deactive";

/** What a `+APP PDP:` or `+PDP:` line says of context 0, or undefined. Older firmware leaves out the index. */
export function pdpUrc(line: string): PdpChange | undefined {
  const match = /^\+APP PDP: ?(?:0, ?)?(ACTIVE|DEACTIVE)$/.exec(line);
  if (match) return match[1] === "ACTIVE" ? "active" : "deactive";
  return line.startsWith("+PDP: DEACT") ? "deactive" : undefined;
}

function digits(rest: string): number | undefined {
  return /^\d{1,3}$/.test(rest) ? Number(rest) : undefined;
}
