// Short messages as PDUs: SMS-DELIVER out, SMS-SUBMIT in (3GPP TS 23.040 §9.2.2), addresses and times in swapped digits.

import { fromSeptets, packed, toSeptets, unpacked } from "./gsm7.js";

/** A number longer than this is none (3GPP TS 23.040 §9.1.2.5: 20 digits). */
export const NUMBER = /^\+?\d{1,20}$/;
/** Septets, octets, and UCS2 characters of one message. */
export const SEPTETS_MAX = 160;
const OCTETS_MAX = 140;
const INTERNATIONAL = 0x91;
const UNKNOWN = 0x81;

/** The user data of a message: how it is coded, how long it is as its PDU counts, and the octets. */
export interface UserData {
  dcs: number;
  length: number;
  octets: Uint8Array;
}

/** 145 for a number with `+`, else 129: as AT commands write it. */
export function typeOfNumber(number: string): number {
  return number.startsWith("+") ? INTERNATIONAL : UNKNOWN;
}

/**
 * How a text goes into a message: the default alphabet where it fits, else UCS2; undefined: too long for one.
 * @param wide UCS2 in any case
 */
export function userData(text: string, wide = false): UserData | undefined {
  const septets = wide ? undefined : toSeptets(text);
  if (septets) {
    return septets.length > SEPTETS_MAX ? undefined : { dcs: 0, length: septets.length, octets: packed(septets) };
  }
  const octets = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    octets[2 * i] = text.charCodeAt(i) >> 8;
    octets[2 * i + 1] = text.charCodeAt(i) & 0xff;
  }
  return octets.length > OCTETS_MAX ? undefined : { dcs: 8, length: octets.length, octets };
}

/** The text of user data; 8-bit data as Latin-1. */
export function textOf({ dcs, length, octets }: UserData): string {
  if (alphabetOf(dcs) === 0) return fromSeptets(unpacked(octets, length));
  if (alphabetOf(dcs) === 2) {
    return Array.from({ length: octets.length >> 1 }, (_, i) =>
      String.fromCharCode((octets[2 * i]! << 8) | octets[2 * i + 1]!),
    ).join("");
  }
  return Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
}

/** 0: default alphabet, 1: 8-bit data, 2: UCS2 (3GPP TS 23.038 §4). */
function alphabetOf(dcs: number): number {
  if (dcs >= 0xf0) return (dcs >> 2) & 1;
  return (dcs & 0xc0) === 0 ? (dcs >> 2) & 3 : 0;
}

/** A received message as it is listed in PDU mode: service centre, then SMS-DELIVER. */
export function deliverPdu(centre: string, from: string, at: string, data: UserData): { pdu: string; length: number } {
  const tpdu = `04${addressField(from)}00${byte(data.dcs)}${timeField(at)}${byte(data.length)}${hex(data.octets)}`;
  return { pdu: centreField(centre) + tpdu, length: tpdu.length / 2 };
}

/** A message to be sent as it is listed in PDU mode. */
export function submitPdu(centre: string, to: string, data: UserData): { pdu: string; length: number } {
  const tpdu = `1100${addressField(to)}00${byte(data.dcs)}A7${byte(data.length)}${hex(data.octets)}`;
  return { pdu: centreField(centre) + tpdu, length: tpdu.length / 2 };
}

/**
 * An SMS-SUBMIT as the host typed it.
 * @param length octets behind the service centre's field, as AT+CMGS told
 * @returns undefined where it is none
 */
export function readSubmit(text: string, length: number): { to: string; data: UserData } | undefined {
  if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]{2,700}$/.test(text)) return undefined;
  const octets = Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  );
  let at = octets[0]! + 1;
  if (octets.length - at !== length) return undefined;
  const first = octets[at]!;
  // Message type 1 is SUBMIT. A user data header stays in front of the data: it is not interpreted.
  if ((first & 3) !== 1 || (first & 0x40) !== 0) return undefined;
  at += 2;
  const digits = octets[at] ?? 99;
  const international = ((octets[at + 1] ?? 0) & 0x70) === 0x10;
  const number = swapped(octets.subarray(at + 2, at + 2 + Math.ceil(digits / 2))).slice(0, digits);
  at += 2 + Math.ceil(digits / 2);
  const dcs = octets[at + 1] ?? 0;
  const validity = [0, 7, 1, 7][(first >> 3) & 3]!;
  at += 2 + validity;
  const count = octets[at];
  const body = octets.subarray(at + 1);
  const expected = alphabetOf(dcs) === 0 ? Math.ceil(((count ?? 0) * 7) / 8) : count;
  if (!/^\d{1,20}$/.test(number) || count === undefined || body.length !== expected) return undefined;
  return { to: `${international ? "+" : ""}${number}`, data: { dcs, length: count, octets: body } };
}

function addressField(number: string): string {
  const digits = number.replace("+", "");
  return byte(digits.length) + byte(typeOfNumber(number)) + swap(digits);
}

function centreField(centre: string): string {
  const digits = swap(centre.replace("+", ""));
  return centre === "" ? "00" : byte(digits.length / 2 + 1) + byte(typeOfNumber(centre)) + digits;
}

/** `yy/MM/dd,hh:mm:ss+zz` as seven swapped octets; a zone west of Greenwich has bit 3 set (3GPP TS 23.040 §9.2.3.11). */
function timeField(at: string): string {
  const digits = at.slice(0, 17).replace(/[^\d]/g, "");
  const zone = at.slice(18, 20);
  const swappedZone = swap(zone);
  return (
    swap(digits) + (at[17] === "-" ? (Number.parseInt(swappedZone, 16) | 8).toString(16).toUpperCase() : swappedZone)
  );
}

/** Digits in pairs, each pair turned round, an odd last one filled with F. */
function swap(digits: string): string {
  const even = digits.length % 2 === 0 ? digits : `${digits}F`;
  let text = "";
  for (let i = 0; i < even.length; i += 2) text += even[i + 1]! + even[i]!;
  return text;
}

function swapped(octets: Uint8Array): string {
  return Array.from(octets, (octet) => `${(octet & 15).toString(16)}${(octet >> 4).toString(16)}`).join("");
}

const byte = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");
const hex = (octets: Uint8Array): string => Array.from(octets, byte).join("");
