// Simulated SIMs: one small number gives a SIM its ICCID, IMSI and the source address the operator's network gives it.

const ICCID_PREFIX = "898828066600";
const FIRST_SECOND_OCTET = 16;
/** SIM numbers are 0 to this less one: 127.16.0.0 to 127.255.255.255, and 6 digits of an ICCID. */
const SIM_COUNT = 1_000_000;

/** Luhn check digit over decimal digits (ITU-T E.118 §4.1.2). */
function luhn(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return (10 - (sum % 10)) % 10;
}

/** ICCID of SIM `index` (0 to SIM_COUNT - 1): 19 digits, the last a check digit. */
export function iccidOf(index: number): string {
  const body = ICCID_PREFIX + String(index).padStart(6, "0");
  return body + String(luhn(body));
}

/** IMSI of SIM `index`: 15 digits, 1NCE's MCC and MNC. */
export function imsiOf(index: number): string {
  return `90140${String(index).padStart(10, "0")}`;
}

/** Number of SIM `index`: of the international range for machines (+882). */
export function msisdnOf(index: number): string {
  return `+882285${String(index).padStart(8, "0")}`;
}

/** Loopback address from which SIM `index` dials: its identity for the onboarding service. */
export function sourceAddressOf(index: number): string {
  return `127.${FIRST_SECOND_OCTET + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}

/** The number of the SIM that dials from `address`, or undefined. Inverse of `sourceAddressOf`. */
export function simAt(address: string): number | undefined {
  const match = /^(?:::ffff:)?127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (!match) return undefined;
  const [second, third, fourth] = match.slice(1).map(Number) as [number, number, number];
  const index = ((second - FIRST_SECOND_OCTET) << 16) | (third << 8) | fourth;
  return second >= FIRST_SECOND_OCTET && index < SIM_COUNT ? index : undefined;
}

/** The SIM of `simkey run`. A host without 127.16.0.1 (macOS) dials from 127.0.0.1, which is this SIM too. */
export const DEFAULT_SIM = 1;
