// PSM and eDRX: what is asked of the network, and what it granted (3GPP TS 27.007 §7.38–7.41; coding TS 24.008 §10.5.7).

import { PSM_ACTIVE_S, PSM_PERIOD_S } from "../../../settings/rules.js";
import { action, type Command, fields, query } from "../../at/command.js";

/** Unit of three bits and its seconds. */
type Units = readonly (readonly [bits: string, seconds: number])[];

/** T3412 extended (TS 24.008 §10.5.7.4a), shortest unit first. */
const PERIOD_UNITS: Units = [
  ["011", 2],
  ["100", 30],
  ["101", 60],
  ["000", 600],
  ["001", 3600],
  ["010", 36_000],
  ["110", 1_152_000],
];
/** T3324 (TS 24.008 §10.5.7.4). */
const ACTIVE_UNITS: Units = [
  ["000", 2],
  ["001", 60],
  ["010", 360],
];
const MAX_STEPS = 31;

/** The timer's octet, in the finest unit that reaches `seconds`, rounded up: one step at least, as 0 reads like a refusal. */
function encodeTimer(units: Units, seconds: number): string {
  const [bits, unit] = units.find((entry) => seconds <= entry[1] * MAX_STEPS) ?? units.at(-1)!;
  const steps = Math.min(MAX_STEPS, Math.max(1, Math.ceil(seconds / unit)));
  return bits + steps.toString(2).padStart(5, "0");
}

/** T3412 extended for a period in seconds, 2 to 35 712 000: `01000111` is 70 hours. */
export function encodePeriod(seconds: number): string {
  return encodeTimer(PERIOD_UNITS, seconds);
}

/** T3324 for an active time in seconds, 0 to 11 160: `00100100` is 4 minutes. */
export function encodeActive(seconds: number): string {
  return encodeTimer(ACTIVE_UNITS, seconds);
}

/** What is saved of PSM: its two timers when it is on. */
export interface PsmRequest {
  period: string;
  active: string;
}

/** AT+CPSMS?: `+CPSMS: 1,,,"01000111","00100100"`; `request` undefined when off. */
export const readPsm: Command<{ request: PsmRequest | undefined }> = query("AT+CPSMS?", 5000, "+CPSMS:", (rest) => {
  const [on, , , period, active] = fields(rest);
  if (on !== "0" && on !== "1") return undefined;
  return { request: on === "1" && period !== undefined && active !== undefined ? { period, active } : undefined };
});

/** AT+CPSMS=…; saved. The network is asked on the change from 0 to 1. */
export function setPsm(request: PsmRequest | undefined): Command<void> {
  return action(request ? `AT+CPSMS=1,,,"${request.period}","${request.active}"` : "AT+CPSMS=0", 5000);
}

/** AT+CPSMSTATUS=1: `+CPSMSTATUS: "ENTER PSM"` is printed; not saved. */
export const reportPsm = action("AT+CPSMSTATUS=1", 5000);

/** True for the URC that the modem goes to sleep. */
export function asleepUrc(line: string): true | undefined {
  return line.includes("ENTER PSM") || undefined;
}

/** PSM timers in seconds. */
export interface GrantedPsm {
  activeS: number;
  periodS: number;
}

/**
 * AT+CPSMRDP, what the network granted:
 * `+CPSMRDP: <mode>,<requested T3324>,<requested T3412ext>,<T3324>,<T3412ext>,<T3412>`, seconds. `psm` undefined: nothing, which
 * it tells by a T3324 of 0.
 */
export const readGrantedPsm: Command<{ psm: GrantedPsm | undefined }> = query(
  "AT+CPSMRDP",
  5000,
  "+CPSMRDP:",
  (rest) => {
    const numbers = fields(rest).map(Number);
    const [mode, , , activeS, extendedS, plainS] = numbers;
    if (mode !== 1 || !isTime(activeS, PSM_ACTIVE_S[1])) return { psm: undefined };
    const periodS = [extendedS, plainS].find((time) => isTime(time, PSM_PERIOD_S[1])) ?? 0;
    return { psm: { activeS, periodS } };
  },
);

/** True for a timer's time; 0 is none, and the line may be a bad one. */
const isTime = (seconds: number | undefined, most: number): seconds is number =>
  seconds !== undefined && seconds > 0 && seconds <= most;

/** eDRX cycles in seconds by their four bits (TS 24.008 §10.5.5.32). */
const CYCLES: readonly number[] = [
  5.12, 10.24, 20.48, 40.96, 61.44, 81.92, 102.4, 122.88, 143.36, 163.84, 327.68, 655.36, 1310.72, 2621.44, 5242.88,
  10485.76,
];

/** The bits of the shortest cycle that is not below `seconds`. */
export function encodeCycle(seconds: number): string {
  const index = CYCLES.findIndex((cycle) => cycle >= seconds);
  return bits(index < 0 ? CYCLES.length - 1 : index);
}

function bits(value: number): string {
  return value.toString(2).padStart(4, "0");
}

/** <AcT-type> of the eDRX commands. */
export const EDRX_ACT = { "LTE-M": 4, "NB-IoT": 5 } as const;

/** AT+CEDRXS?, cycles that are saved, as bits by <AcT-type>; the read form is refused on firmware where nothing was ever set. */
export const readEdrx: Command<ReadonlyMap<number, string>> = {
  text: "AT+CEDRXS?",
  timeoutMs: 5000,
  reply: "+CEDRXS:",
  parse: ({ lines }) => {
    const found = new Map<number, string>();
    for (const line of lines) {
      const match = /(?:^|,)\s*([45]),"([01]{4})"/.exec(line.slice("+CEDRXS:".length));
      if (match) found.set(Number(match[1]), match[2]!);
    }
    return found;
  },
};

/** AT+CEDRXS=1,…; saved. */
export function setEdrx(act: number, cycle: string): Command<void> {
  return action(`AT+CEDRXS=1,${act},"${cycle}"`, 5000);
}

/** AT+CEDRXS=0; saved. */
export const edrxOff = action("AT+CEDRXS=0", 5000);
