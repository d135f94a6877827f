// What the SIM7070 tells of 2G, besides what it tells of LTE as the SIM7080 does.

import { action } from "../at/command.js";
import { registrationQuery, registrationUrc } from "../sim7080/commands/network.js";
import { type Cell, cellQuery, isPlmn, lteCell, whole } from "../sim7080/commands/signal.js";
import type { Registration } from "../sim7080/model.js";

/** Registration for packets with 2G (3GPP TS 27.007 §10.1.20); with LTE it tells the same as AT+CEREG, or is idle. */
export const GPRS_REGISTRATION: Registration = {
  report: action("AT+CGREG=1", 5000),
  read: registrationQuery("AT+CGREG?", "+CGREG:"),
  change: { prefix: "+CGREG:", parse: registrationUrc },
};

/** AT+CPSI?, the serving cell, of 2G too. */
export const readAnyCell = cellQuery((field) => (field[0] === "GSM" ? gsmCell(field) : lteCell(field)));

/** `GSM,Online,502-12,0x1054,62168,512 DCS 1800,-71,0,32-32`: PLMN, area, cell, channel and band, level. */
function gsmCell(field: readonly string[]): Cell | undefined {
  const [, , plmn = "", , id, channel = ""] = field;
  const cellId = whole(id, 0, 0xffff);
  if (cellId === undefined || !isPlmn(plmn)) return undefined;
  return { rat: "GSM", plmn, band: /^\d{1,4} ([A-Z]{3,4} \d{3,4})$/.exec(channel)?.[1] ?? "", cellId };
}
