// The satellite receiver: AT+CGNSPWR and AT+CGNSINF (SIM7080 AT V1.07 §8). What it tells is checked field by field: a line that
// was garbled on its way must not become a place.

import type { LinkFix } from "../../../platform/link.js";
import { action, type Command, fields, query } from "../../at/command.js";

/** AT+CGNSPWR: the receiver on or off. */
export function setReceiver(on: 0 | 1): Command<void> {
  return action(`AT+CGNSPWR=${on}`, 10_000);
}

/** Fields of AT+CGNSINF. */
const FIELDS = 18;
/** What is believed: the lowest shore and the highest flight, in metres; the quickest train, in km/h. */
const ALTITUDE_M = [-500, 20_000] as const;
const SPEED_KMH = [0, 1_200] as const;
/** Beyond this it is not known where it is, in metres; the module tells 9,999,000 before it has looked. */
const ACCURACY_M = [0, 100_000] as const;

/** AT+CGNSINF: the fix, if there is one. Refused as unreadable: other than 18 fields, and what cannot be. */
export const readFix: Command<{ fix: LinkFix | undefined }> = query("AT+CGNSINF", 5000, "+CGNSINF:", (rest) => {
  const field = fields(rest);
  const [, status, utc, latitude, longitude, altitude, speed, course] = field;
  if (field.length !== FIELDS) return undefined;
  if (status !== "1") return status === "" || status === "0" ? { fix: undefined } : undefined;
  const wallMs = utcMs(utc!);
  const north = decimal(latitude, -90, 90);
  const east = decimal(longitude, -180, 180);
  if (wallMs === undefined || north === undefined || east === undefined) return undefined;
  // What a receiver says that has a time and no place.
  if (north === 0 && east === 0) return { fix: undefined };
  const fix: LinkFix = { latitude: north, longitude: east, wallMs };
  fix.altitudeM = decimal(altitude, ...ALTITUDE_M);
  fix.speedKmh = decimal(speed, ...SPEED_KMH);
  fix.courseDeg = decimal(course, 0, 360);
  fix.accuracyM = decimal(field[16], ...ACCURACY_M);
  return { fix };
});

/** A number of at most six digits and six decimals, from `least` to `most`; else undefined. */
function decimal(text: string | undefined, least: number, most: number): number | undefined {
  const value = /^-?\d{1,6}(?:\.\d{1,6})?$/.test(text ?? "") ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** `yyyyMMddhhmmss.sss` */
function utcMs(text: string): number | undefined {
  const part = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d{1,3})?$/.exec(text);
  if (part === null) return undefined;
  const [, year, month, day, hour, minute, second] = part;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
