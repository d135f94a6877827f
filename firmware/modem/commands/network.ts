// Registration and the PDP context.

import { action, type Command, fields, malformed, query } from "../command.js";

/** 3GPP TS 27.007 §10.1.22 <stat>. */
export const REGISTRATION = { idle: 0, home: 1, searching: 2, denied: 3, unknown: 4, roaming: 5 } as const;

/** True for a state in which the network serves the device; 1NCE's SIMs are practically always roaming. */
export function isRegistered(stat: number): boolean {
  return stat === REGISTRATION.home || stat === REGISTRATION.roaming;
}

/**
 * The APN of PDP context 1, or undefined when there is none (AT+CGDCONT?, ch. 7).
 * `+CGDCONT: 1,"IP","iot.1nce.net",…`
 */
export const readContext: Command<{ type: string; apn: string } | undefined> = {
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

/** Sets PDP context 1; saved by itself, so only when different. `apn`: checked by `isApn`. */
export function setContext(apn: string): Command<void> {
  return action(`AT+CGDCONT=1,"IP","${apn}"`, 5000);
}

/** True for an APN of 1 to 100 characters (3GPP TS 23.003 §9.1): labels of letters, digits and hyphens. */
export function isApn(text: string): boolean {
  return text.length <= 100 && /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(text);
}

/** Registration changes are told by `+CEREG: <stat>`, with one field, so that they differ from the reply to CEREG? */
export const reportRegistration = action("AT+CEREG=1", 5000);

/** Registration state now (AT+CEREG?, ch. 3): `+CEREG: <n>,<stat>[,…]`. */
export const readRegistration: Command<number> = {
  text: "AT+CEREG?",
  timeoutMs: 5000,
  reply: (line) => /^\+CEREG: ?\d,\d/.test(line),
  parse: ({ lines }) => {
    const match = /^\+CEREG: ?\d,(\d)(?:,|$)/.exec(lines.at(-1) ?? "");
    if (!match) throw malformed("AT+CEREG?", lines.at(-1));
    return Number(match[1]);
  },
};

/** State in a `+CEREG: <stat>` URC, or undefined. */
export function registrationUrc(line: string): number | undefined {
  const match = /^\+CEREG: ?(\d)(?:,"|$)/.exec(line);
  return match ? Number(match[1]) : undefined;
}

/** App PDP context 0 on or off: OK at once, then `+APP PDP: 0,ACTIVE` or `0,DEACTIVE` (AT+CNACT, ch. 12). */
export function setPdp(on: 0 | 1): Command<void> {
  return action(`AT+CNACT=0,${on}`, 15_000);
}

/** State of app PDP context 0: 0 off, 1 on, 2 in progress (AT+CNACT?). */
export const readPdp: Command<number> = {
  text: "AT+CNACT?",
  timeoutMs: 5000,
  reply: "+CNACT:",
  parse: ({ lines }) => {
    const match = lines.map((line) => /^\+CNACT: ?0,([0-2])(?:,|$)/.exec(line)).find((found) => found);
    if (!match) throw malformed("AT+CNACT?", lines[0]);
    return Number(match[1]);
  },
};

/** What a `+APP PDP:` line says of context 0, or undefined. Older firmware leaves out the index. */
export function pdpUrc(line: string): "active" | "deactive" | undefined {
  const match = /^\+APP PDP: ?(?:0, ?)?(ACTIVE|DEACTIVE)$/.exec(line);
  if (match) return match[1] === "ACTIVE" ? "active" : "deactive";
  return line.startsWith("+PDP: DEACT") ? "deactive" : undefined;
}

/** Signal strength in dBm, undefined when unknown (AT+CSQ, ch. 3): 0 → -115, 1 → -111, 2..30 → -110..-54, 31 → -52. */
export const readSignal = query("AT+CSQ", 5000, "+CSQ:", (rest) => {
  const match = /^(\d{1,2}),\d{1,2}$/.exec(rest);
  return match ? { rssiDbm: signalDbm(Number(match[1])) } : undefined;
});

function signalDbm(rssi: number): number | undefined {
  if (rssi === 0) return -115;
  if (rssi === 1) return -111;
  if (rssi <= 30) return -114 + 2 * rssi;
  return rssi === 31 ? -52 : undefined;
}
