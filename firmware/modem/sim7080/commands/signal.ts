// How well the network is heard: AT+CSQ and AT+CPSI?, decoded into named fields with units.

import { type Command, fields, query } from "../../at/command.js";

/** AT+CSQ, received signal strength in dBm, undefined when unknown (3GPP TS 27.007 §8.5). */
export const readStrength: Command<{ rssiDbm: number | undefined }> = query("AT+CSQ", 5000, "+CSQ:", (rest) => {
  const match = /^(\d{1,3})(?:, ?\d{1,2})?$/.exec(rest);
  return match ? { rssiDbm: strengthDbm(Number(match[1])) } : undefined;
});

/** 0 is -115 dBm, 1 is -111, 2 to 30 are -110 to -54 in steps of two, 31 is -52 or more; 99 is unknown, and so is all else. */
function strengthDbm(rssi: number): number | undefined {
  if (rssi === 0) return -115;
  if (rssi === 1) return -111;
  if (rssi <= 30) return -114 + 2 * rssi;
  return rssi === 31 ? -52 : undefined;
}

/** The serving cell. */
export interface Cell {
  rat: string;
  /** MCC and MNC, leading zeros kept: `262-02`. */
  plmn: string;
  band: string;
  cellId: number;
  /** dBm. With LTE alone, as the next two. */
  rsrpDbm?: number;
  /** dB. */
  rsrqDb?: number;
  /** Signal to noise, dB. */
  sinrDb?: number;
}

const RATS: readonly (readonly [prefix: string, rat: string])[] = [
  ["LTE CAT-M1", "LTE-M"],
  ["LTE M1", "LTE-M"],
  ["LTE NB", "NB-IoT"],
];

/**
 * AT+CPSI?, the serving cell, `cell` undefined without service:
 * `+CPSI: LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7`.
 * Values are whole dB and dBm; RSSNR is (SINR + 20) / 2.
 */
export const readCell = cellQuery(lteCell);

/** Asks for the serving cell. @param read reads the fields of the answer; undefined: they tell none */
export function cellQuery(read: (field: readonly string[]) => Cell | undefined): Command<{ cell: Cell | undefined }> {
  return query("AT+CPSI?", 5000, "+CPSI:", (rest) => ({ cell: read(fields(rest)) }));
}

/** The serving cell of LTE-M or NB-IoT. */
export function lteCell(field: readonly string[]): Cell | undefined {
  const rat = RATS.find(([prefix]) => field[0]?.startsWith(prefix))?.[1];
  if (rat === undefined || field.length < 14) return undefined;
  const cellId = whole(field[4], 0, 0x0fff_ffff);
  const rsrqDb = whole(field[10], -50, 20);
  const rsrpDbm = whole(field[11], -200, 0);
  const rssnr = whole(field[13], -20, 60);
  const known = cellId !== undefined && rsrqDb !== undefined && rsrpDbm !== undefined && rssnr !== undefined;
  if (!known || !isPlmn(field[2]!)) return undefined;
  const band = /^[\w-]{1,20}$/.exec(field[6]!)?.[0].replace(/^EUTRAN-BAND/, "B") ?? "";
  return { rat, plmn: field[2]!, band, cellId, rsrqDb, rsrpDbm, sinrDb: 2 * rssnr - 20 };
}

/** True for MCC and MNC: `262-02`. */
export function isPlmn(text: string): boolean {
  return /^\d{3}-\d{2,3}$/.test(text);
}

/** A whole number from `least` to `most`: a line may be a bad one, and none is better than an absurd one. */
export function whole(text: string | undefined, least: number, most: number): number | undefined {
  const value = /^-?\d{1,9}$/.test(text ?? "") ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
